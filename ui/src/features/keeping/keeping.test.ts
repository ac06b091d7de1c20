import { beforeEach, expect, test, vi } from 'vitest';

import type { KeepPolicy, RemovalEvent } from '../../ipc/backend';
import { START, opened, settled } from '../../ipc/testing';
import { Clearing } from './clearing.svelte';
import {
  ageProblem,
  bytesProblem,
  draftOf,
  isComplete,
  messagesProblem,
  newRule,
  policyOf,
  ruleProblem,
} from './draft';
import { Policies } from './policies.svelte';
import { damageWords, effectWords, policyWords, removalWords, removingWords } from './words';

const DAY = 86_400;
const POLICY: KeepPolicy = {
  maxAge: 30 * DAY,
  maxMessages: 1_000_000,
  maxBytes: 2 ** 30,
  rules: [
    { filter: 'acme/#', keep: { kind: 'record' } },
    { filter: 'noise/+', keep: { kind: 'dontRecord' } },
    { filter: '#', keep: { kind: 'for', seconds: 5400 } },
  ],
};

let setup: Awaited<ReturnType<typeof opened>>;
const ended = vi.fn<(event: RemovalEvent) => void>();

beforeEach(async () => {
  setup = await opened();
  ended.mockClear();
});

function clearing(): Clearing {
  return new Clearing(setup.backend, setup.id, 'Plant', ended, () => START);
}

async function look(of: Clearing | Policies): Promise<void> {
  if (of.request !== null) await of.removal.look(of.request);
}

test('a policy stands in the form as it is, and comes back', () => {
  const draft = draftOf(POLICY);
  expect(draft.age).toEqual({ text: '30', factor: DAY });
  expect(draft.bytes).toEqual({ text: '1', factor: 2 ** 30 });
  expect(draft.rules[2]?.age).toEqual({ text: '90', factor: 60 });
  expect(policyOf(draft)).toEqual(POLICY);
  const forEver = { maxAge: null, maxMessages: null, maxBytes: null, rules: [] };
  expect(policyOf(draftOf(forEver))).toEqual(forEver);
});

test('what is typed wrong is said, and nothing is asked', () => {
  const draft = draftOf(POLICY);
  expect(isComplete(draft)).toBe(true);
  expect(ageProblem({ text: 'x', factor: 1 })).toBe('Give a number.');
  expect(ageProblem({ text: '-1', factor: 1 })).toBe('Give a number.');
  expect(ageProblem({ text: '99999999', factor: DAY })).toBe('That time is too large.');
  expect(bytesProblem({ text: '5000', factor: 2 ** 40 })).toBe('That size is too large.');
  expect(messagesProblem('1.5')).toBe('Give a whole number.');
  expect(ruleProblem({ ...newRule('a#') })).toContain('#');
  expect(ruleProblem({ filter: 'a', keep: 'for', age: { text: '', factor: 1 } })).toBe(
    'Give a time.',
  );
  draft.messages = 'many';
  expect(isComplete(draft)).toBe(false);
});

test('clearing a branch says first what goes, and then removes just that', async () => {
  for (let beat = 0; beat < 20; beat += 1) setup.plant.beat();
  const before = setup.plant.record.messages.length;
  const clear = clearing();
  clear.open({ topic: 'acme/munich', subtree: true });
  await look(clear);
  const meant = clear.removal.effect?.messages ?? 0;
  expect(meant).toBeGreaterThan(0);
  expect(clear.needsName).toBe(false);
  expect(clear.ready).toBe(true);
  await clear.start();
  await settled();
  expect(ended).toHaveBeenCalledOnce();
  expect(removalWords(clear.removal.job?.event ?? null)).toContain(`${meant} messages removed`);
  expect(setup.plant.record.messages.length).toBe(before - meant);
});

test('a double click removes once', async () => {
  for (let beat = 0; beat < 20; beat += 1) setup.plant.beat();
  const clear = clearing();
  clear.open({ topic: 'acme/munich', subtree: true });
  await look(clear);
  const first = clear.start();
  expect(clear.ready).toBe(false);
  await clear.start();
  await clear.removal.start({ kind: 'clear', scope: null, before: null });
  await first;
  expect(setup.backend.called('startRemoval')).toHaveLength(1);
  expect(clear.removal.starting).toBe(false);
});

test('all of a connection goes only when its name is typed', async () => {
  const clear = clearing();
  clear.open(null);
  await look(clear);
  expect([clear.needsName, clear.ready]).toEqual([true, false]);
  clear.typed = ' Plant ';
  expect(clear.ready).toBe(true);
  clear.typed = '';
  clear.older = { text: '7', factor: DAY };
  expect(clear.needsName).toBe(false);
  expect(clear.request).toEqual({
    kind: 'clear',
    scope: null,
    before: START - 7 * DAY * 1_000_000,
  });
  await look(clear);
  expect(clear.ready, 'nothing is that old').toBe(false);
});

test('an answer for another question is not shown', async () => {
  const clear = clearing();
  clear.open({ topic: 'acme', subtree: true });
  const first = look(clear);
  clear.removal.changed(null);
  await first;
  expect(clear.removal.effect).toBeNull();
});

test('a removal that fails says so, and can be tried again', async () => {
  const problem = { code: 'disk-full', message: 'The disk is full', detail: null };
  setup.backend.removalEvents = [{ kind: 'failed', problem }];
  const clear = clearing();
  clear.open({ topic: 'acme', subtree: true });
  await look(clear);
  await clear.start();
  await settled();
  expect(clear.removal.problem).toEqual(problem);
  clear.close();
  clear.open({ topic: 'acme', subtree: true });
  expect([clear.removal.job, clear.removal.problem]).toEqual([null, null]);
});

test('one that runs comes back with its dialog, and can be stopped', async () => {
  const progress = { messages: 5, bytes: 0, scanned: 10, total: 40, milliseconds: 9 };
  setup.backend.removalEvents = [{ kind: 'progress', ...progress }];
  const clear = clearing();
  const scope = { topic: 'acme', subtree: true };
  clear.open(scope);
  await look(clear);
  await clear.start();
  await settled();
  clear.close();
  expect(removingWords(clear.removal.running, clear.removal.job?.event ?? null)).toBe(
    'removing: 5 messages',
  );
  clear.open(null);
  expect(clear.subject?.scope).toEqual(scope);
  await clear.removal.cancel();
  expect(setup.backend.called('cancelRemoval')).toEqual([[55]]);
});

test('a connection follows the policy of all until it gets its own', async () => {
  setup.backend.general = POLICY;
  setup.backend.policyEffect = { messages: 3, topics: 1 };
  const policies = new Policies(setup.backend, setup.id, ended);
  await policies.show();
  expect([policies.inherits, policies.isChanged]).toEqual([true, false]);
  policies.isOwn = true;
  policies.draft.age.text = '7';
  await look(policies);
  expect(policies.ready).toBe(true);
  await policies.apply();
  await settled();
  expect(setup.backend.own).toEqual({ ...POLICY, maxAge: 7 * DAY });
  policies.close();
  await policies.show();
  expect([policies.isOwn, policies.draft.age.text]).toEqual([true, '7']);
  policies.isOwn = false;
  expect(policies.request).toEqual({ kind: 'policy', target: 'connection', policy: null });
  policies.choose('general');
  expect(policies.draft).toEqual(draftOf(POLICY));
});

test('to stop recording a topic is a rule that stands first', async () => {
  setup.backend.own = POLICY;
  const policies = new Policies(setup.backend, setup.id, ended);
  await policies.show('noise/#');
  expect(policies.draft.rules[0]).toMatchObject({ filter: 'noise/#', keep: 'dontRecord' });
  expect(policies.draft.rules).toHaveLength(4);
  policies.choose('connection');
  expect(policies.draft.rules, 'only once').toHaveLength(3);
});

test('words say what is kept, what goes and what was left', () => {
  expect(policyWords({ maxAge: null, maxMessages: null, maxBytes: null, rules: [] })).toEqual([
    'Everything is kept for ever.',
  ]);
  expect(policyWords(POLICY)).toEqual([
    'What is older than 30 days, or beyond the newest 1 000 000 messages, or beyond 1 GiB on the disk is removed.'.replace(
      '1 000 000',
      '1\u2009000\u2009000',
    ),
    'acme/#: kept for ever',
    'noise/+: not recorded',
    '#: kept for 90 minutes',
  ]);
  const nothing = { messages: 0, bytes: 0, topics: 0, oldest: null, newest: null, total: 9 };
  expect(effectWords(nothing, true)).toBe('Nothing that is recorded goes by this.');
  const some = { ...nothing, messages: 1, topics: 1, bytes: 2048, oldest: START, newest: START };
  expect(effectWords(some, true)).toContain('1 message of 9 in the history will be removed');
  expect(damageWords({ kind: 'finished', messages: 1, bytes: 0, damaged: 2 })).toContain(
    '2 messages could not be removed',
  );
  expect(damageWords({ kind: 'finished', messages: 1, bytes: 0, damaged: 0 })).toBeNull();
});
