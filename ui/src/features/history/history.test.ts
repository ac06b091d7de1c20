import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { Selection } from '../../ipc/backend';
import { START, opened, selectionOf, settled } from '../../ipc/testing';
import { History } from './history.svelte';
import { fromField, toField } from '../../lib/time-field';

const TOPIC = 'plant/a';
let setup: Awaited<ReturnType<typeof opened>>;
let history: History;
let revision = 0;

beforeEach(async () => {
  setup = await opened();
  history = new History(setup.backend, setup.id, 0);
});
afterEach(() => vi.useRealTimers());

function selected(change: Partial<Selection> = {}): Selection {
  revision += 1;
  return selectionOf({ node: 5, topic: TOPIC, historyRevision: revision, ...change });
}

function record(count: number, payload = (at: number) => `value ${at}`): void {
  for (let at = 0; at < count; at += 1) {
    setup.plant.now += 1000;
    setup.plant.deliver(TOPIC, new TextEncoder().encode(payload(at)), 0, false);
  }
}

async function show(change: Partial<Selection> = {}): Promise<void> {
  history.apply(selected(change));
  await settled();
}

test('the newest come first, and older ones page by page', async () => {
  record(250);
  await show();
  expect(history.items.map((item) => item.preview).slice(0, 2)).toEqual(['value 249', 'value 248']);
  expect(history.items).toHaveLength(100);
  await history.older();
  await history.older();
  expect(history.items).toHaveLength(250);
});

test('while it follows, new messages come in at the top', async () => {
  record(3);
  await show();
  record(2);
  await show();
  expect(history.items).toHaveLength(5);
  expect(history.waiting).toHaveLength(0);
});

test('while it does not follow, new messages are announced and let in on demand', async () => {
  record(3);
  await show();
  history.setLive(false);
  record(12);
  await show();
  expect([history.items.length, history.waiting.length]).toEqual([3, 12]);
  history.showWaiting();
  expect([history.items.length, history.waiting.length]).toEqual([15, 0]);
  expect(new Set(history.items.map((item) => item.id)).size).toBe(15);
});

test('returning to the newest lets the announced rows in', async () => {
  record(3);
  await show();
  history.setLive(false);
  record(2);
  await show();
  history.setLive(true);
  expect([history.items.length, history.waiting.length]).toEqual([5, 0]);
});

test('a search goes on through stretches that hold nothing, and says how far it came', async () => {
  record(1, () => 'needle');
  record(2500);
  await show();
  vi.useFakeTimers();
  history.setText('needle');
  await vi.runAllTimersAsync();
  expect(history.items.map((item) => item.preview)).toEqual(['needle']);
  expect(history.next).toBeNull();
  expect(history.searchedTo).not.toBeNull();
  const searches = setup.backend
    .called('historyPage')
    .filter(([query]) => (query as { text: string }).text !== '');
  expect(searches.length).toBeGreaterThan(3);
});

test('typing runs one search, not one a letter', async () => {
  record(5);
  await show();
  vi.useFakeTimers();
  for (const text of ['v', 'va', 'val']) history.setText(text);
  await vi.runAllTimersAsync();
  const texts = setup.backend
    .called('historyPage')
    .map(([query]) => (query as { text: string }).text);
  expect(texts.filter((text) => text !== '')).toEqual(['val']);
});

test('rows that were found for another text do not stay for the one being typed', async () => {
  record(5);
  await show();
  expect(history.items).toHaveLength(5);
  vi.useFakeTimers();
  history.setText('nothing like it');
  expect(history.items).toEqual([]);
  expect(history.loading).toBe(true);
  history.cancel();
  await vi.runAllTimersAsync();
  expect(history.items, 'a search that was cancelled before it began').toEqual([]);
  expect(history.stopped).toBe(true);
});

test('a search can be stopped; what was found stays, and it can go on', async () => {
  record(1, () => 'needle');
  record(2500);
  await show();
  history.text = 'needle';
  const running = history.reload();
  await Promise.resolve();
  await Promise.resolve();
  history.cancel();
  await running;
  expect(history.loading).toBe(false);
  expect([history.stopped, history.items.length]).toEqual([true, 0]);
  await history.older();
  expect(history.items).toHaveLength(0);
  await history.goOn();
  expect(history.items.map((item) => item.preview)).toEqual(['needle']);
});

test('rows that come in while a search goes on stay, and so do those it still finds', async () => {
  record(1, () => 'needle old');
  record(900);
  record(1, () => 'needle');
  await show();
  history.text = 'needle';
  const answer = setup.backend.historyPage.bind(setup.backend);
  const older: (() => void)[] = [];
  setup.backend.historyPage = async (...asked) => {
    if (asked[2] !== null) await new Promise<void>((resolve) => older.push(resolve));
    return answer(...asked);
  };
  const searching = history.reload();
  await settled();
  expect(history.items.map((item) => item.preview)).toEqual(['needle']);
  setup.backend.historyPage = answer;
  record(1, () => 'needle new');
  await show();
  expect(history.loading).toBe(true);
  older.forEach((resolve) => resolve());
  await searching;
  expect(history.items.map((item) => item.preview)).toEqual(['needle new', 'needle', 'needle old']);
});

test('what comes while a search has found nothing yet is looked for after it', async () => {
  record(900);
  await show();
  history.text = 'needle';
  const answer = setup.backend.historyPage.bind(setup.backend);
  let goOn = () => {};
  setup.backend.historyPage = async (...asked) => {
    if (asked[2] !== null) await new Promise<void>((resolve) => (goOn = resolve));
    return answer(...asked);
  };
  const searching = history.reload();
  await settled();
  setup.backend.historyPage = answer;
  record(1, () => 'needle');
  await show();
  expect(history.items).toEqual([]);
  goOn();
  await searching;
  await settled();
  expect(history.items.map((item) => item.preview)).toEqual(['needle']);
});

test('a branch starts with its subtree, a topic with itself', async () => {
  await show({ node: 9, topic: 'plant', isTopic: false });
  expect(history.query.scope).toEqual({ topic: 'plant', subtree: true });
  await show({ node: 5 });
  expect(history.query.scope).toEqual({ topic: TOPIC, subtree: false });
});

test('an answer to an older question does not show up in a newer one', async () => {
  record(3);
  const first = show();
  history.apply(selected({ node: 6, topic: 'nothing/here' }));
  await first;
  await settled();
  expect(history.items).toEqual([]);
});

test('a time range bounds what is listed', async () => {
  record(10);
  await show();
  const limit = history.items[4]?.receivedAt ?? 0;
  history.setRange(limit, null);
  await settled();
  expect(history.items).toHaveLength(5);
});

test('beside gives the neighbour in the list', async () => {
  record(3);
  await show();
  const [newest, middle, oldest] = history.items;
  expect(history.beside(newest?.id ?? 0, 1)).toBe(middle);
  expect(history.beside(middle?.id ?? 0, -1)).toBe(newest);
  expect(history.beside(oldest?.id ?? 0, 1)).toBeNull();
});

test('a stream too quick to page through begins the list anew', async () => {
  record(3);
  await show();
  record(300);
  await show();
  expect(history.items[0]?.preview).toBe('value 299');
  const ids = history.items.map((item) => item.id);
  expect(ids).toEqual([...ids].sort((a, b) => b - a));
  expect((ids[0] ?? 0) - (ids.at(-1) ?? 0)).toBe(ids.length - 1);
});

test('the time fields keep the moment, in UTC and in local time', () => {
  const second = Math.floor(START / 1e6) * 1e6;
  for (const utc of [true, false]) expect(fromField(toField(second, utc), utc)).toBe(second);
  expect(fromField('', true)).toBeNull();
  expect(fromField('20', true)).not.toBe(undefined);
});
