import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { opened, selectionOf, settled } from '../../ipc/testing';
import { History } from './history.svelte';
import { SearchLine } from './search-line.svelte';

const TOPIC = 'plant/a';
let setup: Awaited<ReturnType<typeof opened>>;
let history: History;
let line: SearchLine;

beforeEach(async () => {
  setup = await opened();
  history = new History(setup.backend, setup.id, 0);
  line = new SearchLine(setup.backend, setup.id, history);
});
afterEach(() => vi.useRealTimers());

function record(topic: string, payload: string): void {
  setup.plant.now += 1000;
  setup.plant.deliver(topic, new TextEncoder().encode(payload), 0, false);
}

async function show(revision: number): Promise<void> {
  history.apply(selectionOf({ node: 5, topic: TOPIC, historyRevision: revision }));
  await settled();
}

async function search(text: string): Promise<void> {
  vi.useFakeTimers();
  history.setText(text);
  await vi.runAllTimersAsync();
  vi.useRealTimers();
}

test('a query that is wrong says where, and nothing is searched for', async () => {
  record(TOPIC, '{"rpm":5}');
  await show(1);
  const before = setup.backend.called('historyPage').length;
  await search('$.rpm > fast');
  expect(history.fault).toMatchObject({ start: 8, end: 12 });
  expect([history.items.length, history.loading]).toEqual([0, false]);
  record(TOPIC, '{"rpm":6}');
  await show(2);
  expect(setup.backend.called('historyPage')).toHaveLength(before);
  await search('$.rpm > 5');
  expect(history.fault).toBeNull();
  expect(history.items.map((item) => item.preview)).toEqual(['{"rpm":6}']);
});

test('messages that come in while a query stands are chosen by it', async () => {
  await show(1);
  await search('$.rpm > 5');
  record(TOPIC, '{"rpm":1}');
  record(TOPIC, '{"rpm":9}');
  await show(2);
  expect(history.items.map((item) => item.preview)).toEqual(['{"rpm":9}']);
});

test('on all topics it looks without a selection, and goes on when another is made', async () => {
  record('one', 'x');
  record('two', 'x');
  expect(history.ready).toBe(false);
  history.setEverything();
  await settled();
  expect(history.query.scope).toBeNull();
  expect(history.items.slice(0, 2).map((item) => item.topic)).toEqual(['two', 'one']);
  const { length } = history.items;
  await show(1);
  expect(history.items, 'the list stays').toHaveLength(length);
  record('three', 'x');
  history.recorded(3);
  await settled();
  expect(history.items.slice(0, 3).map((item) => item.topic)).toEqual(['three', 'two', 'one']);
  history.setSubtree(false);
  await settled();
  expect(history.query.scope).toEqual({ topic: TOPIC, subtree: false });
  expect(history.items).toEqual([]);
});

test('how much was looked at is counted', async () => {
  for (let at = 0; at < 900; at += 1) record(TOPIC, 'x');
  await show(1);
  await search('nowhere');
  expect(history.scanned).toBe(setup.plant.record.messages.length);
});

test('a proposal takes the place of the word that was begun', async () => {
  vi.useFakeTimers();
  line.typed('qos:1 to', 8);
  await vi.runAllTimersAsync();
  expect(line.items.map((item) => item.label)).toEqual(['topic:', 'to:']);
  line.move(1);
  line.move(1);
  expect(line.active).toBe(1);
  line.move(1);
  expect(line.active, 'around the end').toBe(0);
  expect(line.accept('qos:1 to')).toEqual({ text: 'qos:1 topic:', caret: 12 });
  expect(line.open).toBe(false);
});

test('nothing is proposed unasked where no word has begun, and everything when asked', async () => {
  vi.useFakeTimers();
  line.typed('a ', 2);
  await vi.runAllTimersAsync();
  expect(line.open).toBe(false);
  await line.propose('a ', 2);
  expect(line.items.length).toBeGreaterThan(3);
  expect(line.accept('a '), 'none is chosen yet').toBeNull();
});

test('proposals for what was typed before do not come up', async () => {
  const late = line.propose('to', 2);
  line.close();
  await late;
  expect(line.open).toBe(false);
});
