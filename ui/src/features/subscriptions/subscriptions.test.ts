import { beforeEach, expect, test } from 'vitest';

import { opened } from '../../ipc/testing';
import { plainSubscription, subscriptionTo } from '../../ipc/subscription';
import { LiveSubscriptions } from './live-subscriptions.svelte';
import { Tester } from './tester.svelte';
import { narrower, optionWords } from './words';

let setup: Awaited<ReturnType<typeof opened>>;
let live: LiveSubscriptions;
beforeEach(async () => {
  setup = await opened();
  live = new LiveSubscriptions(setup.backend, setup.id);
});

test('a pasted list is one filter a line, each once, with the options of all', async () => {
  live.setText('  a/#\n\n b/+ \r\na/#', []);
  live.options.qos = 2;
  live.options.noLocal = true;
  expect(live.filters).toEqual(['a/#', 'b/+']);
  await live.subscribe([]);
  const [asked] = setup.backend.called('subscribe')[0] as [unknown[]];
  expect(asked).toEqual(
    ['a/#', 'b/+'].map((filter) => ({ ...subscriptionTo(filter, 2), noLocal: true })),
  );
  expect(setup.plant.subscriptions.map(({ filter }) => filter)).toContain('b/+');
});

test('each filter has its answer; what was refused stays to be mended', async () => {
  setup.backend.refusedFilters = ['secret/#'];
  live.setText('a/#\nsecret/#', []);
  await live.subscribe([]);
  expect(live.answers).toEqual([
    { filter: 'a/#', tone: 'good', words: 'granted: Granted QoS 0 (0x00)' },
    { filter: 'secret/#', tone: 'bad', words: 'refused: Not authorized (0x87)' },
  ]);
  expect(live.text).toBe('secret/#');
});

test('a lower QoS than asked for is said', async () => {
  setup.backend.subscribe = async (_, asked) =>
    asked.map((each) => ({ ...each, result: 'granted', grantedQos: 1, reason: 'as SUBACK says' }));
  live.options.qos = 2;
  live.setText('a', []);
  await live.subscribe([]);
  expect(live.answers[0]).toMatchObject({
    tone: 'warn',
    words: 'asked 2, granted 1: as SUBACK says',
  });
});

test('lint warns of load and overlap, and keeps what MQTT forbids from being sent', async () => {
  live.setText('#', ['acme/#']);
  await live.lint(['acme/#']);
  expect(live.findings.map(({ finding }) => finding.rule)).toContain('everything');
  live.setText('acme/x', ['acme/#']);
  await live.lint(['acme/#']);
  expect(live.findings[0]?.finding.message).toContain('overlaps with acme/#');
  live.setText('a/#/b', []);
  await live.subscribe([]);
  expect(live.blocked).toBe(true);
  expect(setup.backend.called('subscribe')).toEqual([]);
});

test('a subscription is taken up with its options, to be changed', () => {
  const subscription = { ...plainSubscription('a', 1), identifier: 7, retainAsPublished: true };
  live.edit({ ...subscription, result: 'granted', grantedQos: 1, reason: '' }, []);
  expect(live.text).toBe('a');
  expect(live.options).toMatchObject({ qos: 1, identifier: 7, retainAsPublished: true });
  expect(live.identifier).toBe('7');
});

test.each(['abc', '0', '1.5', '-1', '268435456'])(
  '%s is no subscription identifier',
  async (id) => {
    live.setText('a', []);
    live.setIdentifier(id);
    expect(live.identifierProblem).toContain('from 1 to 268 435 455');
    await live.subscribe([]);
    expect(setup.backend.called('subscribe')).toEqual([]);
    live.setIdentifier(' 268435455 ');
    expect([live.identifierProblem, live.options.identifier]).toEqual([null, 268_435_455]);
  },
);

test('unsubscribing says what UNSUBACK said', async () => {
  await live.unsubscribe(['#']);
  expect(live.answers).toEqual([
    { filter: '#', tone: 'good', words: 'unsubscribed: Success (0x00)' },
  ]);
  expect(setup.plant.subscriptions.map(({ filter }) => filter)).not.toContain('#');
});

test('a call that is refused loses nothing typed', async () => {
  setup.backend.locked = true;
  live.setText('a', []);
  await live.subscribe([]);
  expect([live.problem?.code, live.text, live.busy]).toEqual(['read-only', 'a', false]);
});

test.each([
  ['a/b/#', 'a/b/c', true],
  ['a/+', 'b/x', false],
])('the tester says whether %s matches %s', async (filter, topic, matches) => {
  const tester = new Tester(setup.backend);
  tester.set({ filter, topic });
  await tester.test();
  expect(tester.result?.matches).toBe(matches);
});

test('a filter that MQTT forbids is explained, not tested', async () => {
  const tester = new Tester(setup.backend);
  tester.set({ filter: 'a/#/b', topic: 'a/b' });
  await tester.test();
  expect(tester.result).toBeNull();
  expect(tester.findings[0]?.level).toBe('error');
});

test('an answer for what was changed meanwhile is dropped', async () => {
  const tester = new Tester(setup.backend);
  let release = () => {};
  const slow = new Promise<void>((resolve) => (release = resolve));
  setup.backend.testFilter = async (filter) => {
    if (filter === 'old') await slow;
    return { matches: filter === 'old', why: filter, filterLevel: null, topicLevel: null };
  };
  tester.set({ filter: 'old', topic: 't' });
  const first = tester.test();
  tester.set({ filter: 'new' });
  await tester.test();
  release();
  await first;
  expect(tester.result?.why).toBe('new');
});

test('options and suggestions in words', () => {
  expect(optionWords(plainSubscription('a', 0))).toBe('');
  expect(
    optionWords({
      ...plainSubscription('$share/g/a', 0),
      noLocal: true,
      retainHandling: 'doNotSend',
      identifier: 7,
    }),
  ).toBe('shared, no local, no retained, id 7');
  expect([narrower('acme/x/y'), narrower(''), narrower(null)]).toEqual(['acme/#', null, null]);
});
