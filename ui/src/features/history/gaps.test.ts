import { expect, test } from 'vitest';

import type { Gap, HistoryItem } from '../../ipc/backend';
import { opened, selectionOf, settled } from '../../ipc/testing';
import { Rows, damagedWords, gapTimes, gapWords, joinDamaged, joinGaps } from './gaps';
import { History } from './history.svelte';

const item = (id: number) => ({ id, receivedAt: id * 1_000_000 }) as HistoryItem;
const items = [50, 40, 30, 20].map(item);
const gap = (change: Partial<Gap>): Gap => ({
  afterMessage: null,
  from: 31_000_000,
  to: 39_000_000,
  cause: 'The connection was lost.',
  sessionKept: false,
  ...change,
});
const shape = (rows: Rows) =>
  rows.slice(0, rows.length).map((row) => (row.kind === 'gap' ? 'gap' : row.item.id));

test.each([
  ['at its message', gap({ afterMessage: 30 }), [50, 40, 'gap', 30, 20]],
  ['by its time', gap({}), [50, 40, 'gap', 30, 20]],
  ['newer than all', gap({ from: 60_000_000, to: null }), ['gap', 50, 40, 30, 20]],
  ['older than all', gap({ from: 1_000_000 }), [50, 40, 30, 20, 'gap']],
])('a gap stands %s', (_, one, expected) => {
  expect(shape(new Rows(items, [one]))).toEqual(expected);
});

test('rows and messages find each other past several gaps', () => {
  const rows = new Rows(items, [gap({ afterMessage: 20, from: 21_000_000 }), gap({})]);
  expect(shape(rows)).toEqual([50, 40, 'gap', 30, 'gap', 20]);
  expect([50, 40, 30, 20, 99].map((id) => rows.rowOf(id))).toEqual([0, 1, 3, 5, -1]);
  expect(rows.slice(1, 4).map((row) => row.kind)).toEqual(['message', 'gap', 'message']);
  const [before] = rows.slice(1, 2);
  expect(before?.kind === 'message' && before.older?.id).toBe(30);
});

test('a gap that has ended takes the place of the open one', () => {
  const ended = gap({ to: 1 });
  expect(joinGaps([gap({ to: null }), gap({ from: 1 })], [ended])).toEqual([
    gap({ from: 1 }),
    ended,
  ]);
});

test('gaps in words: since when, until when, and what is missing', () => {
  expect(gapTimes(gap({}), true)).toBe('gap 00:00:31 → 00:00:39');
  expect(gapTimes(gap({ to: null }), true)).toBe('gap 00:00:31 → now');
  expect(gapWords(gap({}))).toBe('Messages in between are not here. The connection was lost.');
  expect(gapWords(gap({ sessionKept: true }))).toContain('The broker kept the session');
});

test('the pages of the history bring their gaps', async () => {
  const { backend, id, plant } = await opened();
  const history = new History(backend, id, 0);
  const last = plant.record.messages.findLast(({ topic }) => topic === 'odd/html');
  if (!last) throw new Error('a message was expected');
  plant.record.gaps = [gap({ afterMessage: last.id, from: last.receivedAt + 1 })];
  history.apply(selectionOf({ topic: 'odd/html' }));
  await settled();
  expect(history.rows.length).toBe(history.items.length + 1);
  expect(history.rows.slice(0, 1)[0]?.kind).toBe('gap');
  plant.record.gaps = [];
  await history.reload();
  expect(history.gaps).toEqual([]);
});

test('what is damaged is told once, however often it is met', () => {
  const one = { messages: 3, first: 7, from: 1_000_000, to: 2_000_000 };
  const other = { messages: 1, first: 90, from: 3_000_000, to: 3_000_000 };
  const known = joinDamaged([], [one]);
  expect(joinDamaged(known, [one])).toBe(known);
  const both = joinDamaged(known, [one, other]);
  expect(both).toEqual([one, other]);
  expect(damagedWords(both, true)).toMatch(
    /^4 messages, received between 1970-01-01 00:00:01.* and 1970-01-01 00:00:03.*, are damaged/,
  );
  expect(damagedWords([other], true)).toMatch(/^1 message, .* is damaged .* topic it may/);
});
