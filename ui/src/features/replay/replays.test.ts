import { beforeEach, expect, test, vi } from 'vitest';

import type { HistoryQuery } from '../../ipc/backend';
import { REPLAYED } from '../../ipc/fake/replay';
import { START, opened, settled } from '../../ipc/testing';
import { isSendable, newDraft, numberProblem, requestOf } from './draft';
import { Replays } from './replays.svelte';
import { outlookWords, paceWords, replayingWords, stageWords } from './words';

const QUERY: HistoryQuery = {
  scope: { topic: 'acme', subtree: true },
  text: '',
  utcOffsetMinutes: 0,
  from: null,
  to: null,
};

let setup: Awaited<ReturnType<typeof opened>>;
let replays: Replays;

beforeEach(async () => {
  setup = await opened();
  replays = new Replays(setup.backend, setup.id);
  replays.open(QUERY, START, true);
  await replays.look('glance');
});

test('a new replay goes under a prefix, at no more than a thousand a second', () => {
  const request = requestOf(QUERY, newDraft(3), '', 'x.ndjson');
  expect(request).toMatchObject({
    target: 3,
    rules: [{ from: '', to: 'replay/' }],
    cap: 1000,
    timing: { kind: 'original', speed: 1 },
    qos: null,
    times: 1,
    outcomes: null,
    confirmed: null,
  });
  expect(replays.outlook?.topics[0]?.to).toBe('replay/acme/spindle');
});

test('what is typed is what is asked for', () => {
  const draft = { ...newDraft(3), pace: 'fixedRate' as const, rate: '2.5', cap: '', qos: 1 };
  const request = requestOf(
    QUERY,
    { ...draft, forever: true, outcomes: true, rules: [{ from: '', to: '' }] },
    ' Plant ',
    'x.ndjson',
  );
  expect(request).toMatchObject({
    timing: { kind: 'fixedRate', perSecond: 2.5 },
    cap: null,
    rules: [],
    qos: 1,
    times: null,
    outcomes: 'x.ndjson',
  });
});

test.each([
  ['speed', '', false],
  ['speed', '0', false],
  ['speed', '2x', false],
  ['speed', '0.5', true],
  ['cap', '', true],
  ['cap', '-1', false],
  ['times', '1.5', false],
] as const)('%s %j', (field, text, good) => {
  expect(numberProblem(field, text) === null).toBe(good);
  expect(isSendable({ ...newDraft(1), [field]: text })).toBe(good);
});

test('without rules the name has to be typed before anything is sent', async () => {
  replays.draft.rules = [];
  await replays.look('glance');
  expect(replays.ready).toBe(false);
  await replays.start('Plant');
  expect(setup.backend.called('startReplay')).toEqual([]);
  replays.typed = 'Plant ';
  expect(replays.ready).toBe(true);
  await replays.start('Plant');
  expect(setup.backend.called('startReplay')).toMatchObject([[{ confirmed: 'Plant ' }]]);
});

test('a change makes the outlook stale, and it is looked at anew once the typing rests', async () => {
  vi.useFakeTimers();
  replays.changed();
  replays.changed();
  expect(replays.ready).toBe(false);
  await vi.advanceTimersByTimeAsync(300);
  vi.useRealTimers();
  expect(setup.backend.called('replayOutlook').map(([, extent]) => extent)).toEqual([
    'glance',
    'glance',
  ]);
  expect(replays.ready).toBe(true);
});

test('only the newest look counts, and a refused rule is told', async () => {
  setup.backend.replayOutlook = () =>
    Promise.reject({ code: 'replay-invalid', message: 'Rule 1 has +.', detail: null });
  const refused = replays.look('glance');
  replays.close();
  await refused;
  expect(replays.problem).toBeNull();
  replays.open(QUERY, START, true);
  await replays.look('whole');
  expect(replays.problem?.code).toBe('replay-invalid');
  expect(replays.outlook).toBeNull();
});

test('a replay runs to its end; a running one can be left and comes back', async () => {
  setup.backend.replayEvents = [REPLAYED];
  await replays.start('Plant');
  await settled();
  replays.close();
  expect(replayingWords(replays.running, replays.job?.event ?? null)).toBe(
    'replaying: 120 messages',
  );
  const job = replays.job;
  replays.open(QUERY, START, true);
  expect(replays.job).toBe(job);
  await replays.steer('pause');
  await replays.steer('stop');
  expect(setup.backend.called('steerReplay')).toEqual([
    [91, 'pause'],
    [91, 'stop'],
  ]);
  job?.receive({ ...REPLAYED, end: { kind: 'stopped' } });
  expect(replays.running).toBe(false);
  expect(stageWords(job?.event ?? null)).toBe('Stopped');
  replays.again();
  expect(replays.job).toBeNull();
});

test('a double click begins one replay', async () => {
  const first = replays.start('Plant');
  expect(replays.ready).toBe(false);
  await replays.start('Plant');
  await first;
  expect(setup.backend.called('startReplay')).toHaveLength(1);
  expect(replays.starting).toBe(false);
});

test('failures add up, each told once', async () => {
  const failure = (message: number) => ({
    message,
    receivedAt: START,
    from: 'a',
    to: 'b',
    reason: 'Not authorized.',
  });
  setup.backend.replayEvents = [
    { ...REPLAYED, failed: 1, failures: [failure(1)] },
    { ...REPLAYED, failed: 2, failures: [failure(2)], end: { kind: 'finished' } },
  ];
  await replays.start('Plant');
  await settled();
  expect(replays.job?.failures.map(({ message }) => message)).toEqual([1, 2]);
});

test('a refusal to start keeps the form and what was typed', async () => {
  setup.backend.startReplay = () =>
    Promise.reject({ code: 'read-only', message: 'unlock it', detail: null });
  await replays.start('Plant');
  expect(replays.job).toBeNull();
  expect(replays.problem?.code).toBe('read-only');
  expect(replays.subject).toBe(QUERY);
});

test('words say what would be done and how it goes', () => {
  const outlook = replays.outlook;
  if (!outlook) throw new Error('there is one');
  const some = { ...outlook, unchanged: 2, refused: 1, skipped: 5, unreadable: 64 };
  const words = outlookWords(some, true).join(' ');
  expect(words).toContain('400 messages, 50 KiB, sent in 10 s. Recorded from 2026-11-20');
  expect(words).toContain('keep 3 retained messages');
  expect(words).toContain('2 messages will go to the topic as it was recorded');
  expect(words).toContain('1 message cannot be sent');
  expect(words).toContain('64 messages of the history cannot be read');
  const none = outlookWords({ ...outlook, messages: 0, retained: 0, unchanged: 0 }, true);
  expect(none).toEqual(['No message would be sent.']);
  expect(paceWords({ ...REPLAYED, lag: 2_000_000 })).toBe(
    '40 messages a second, 2 s behind its schedule, 7 s left',
  );
});
