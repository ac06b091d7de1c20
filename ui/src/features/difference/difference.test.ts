// Two moments against the scripted backend.

import { beforeEach, expect, test, vi } from 'vitest';

import type { Difference as Found } from '../../ipc/backend';
import { START, opened, settled } from '../../ipc/testing';
import { Difference } from './difference.svelte';

let setup: Awaited<ReturnType<typeof opened>>;
let difference: Difference;

const say = (topic: string, text: string, retain = false) =>
  setup.plant.deliver(topic, new TextEncoder().encode(text), 0, retain);
const told = () => difference.shown.map(({ topic, kind }) => [topic, kind]);

beforeEach(async () => {
  setup = await opened();
  setup.plant.record.messages.length = 0;
  setup.plant.now = START;
  say('lamp', 'red');
  say('heating', 'on', true);
  say('same', '1');
  setup.plant.now = START + 1000;
  say('same', '1');
  say('lamp', 'green');
  say('heating', '', true);
  say('door', 'open');
  difference = new Difference(setup.backend, setup.id);
});

test('what appeared, changed and vanished is listed by topic', async () => {
  await difference.between({ kind: 'at', at: START }, { kind: 'end' });
  expect(told()).toEqual([
    ['door', 'appeared'],
    ['heating', 'vanished'],
    ['lamp', 'changed'],
  ]);
  expect(difference.counts).toEqual({ appeared: 1, changed: 1, vanished: 1 });
  expect(difference.shown[2]?.before?.preview).toBe('red');
  difference.setKind('changed');
  expect(told()).toEqual([['lamp', 'changed']]);
});

test('the order in which the moments are given does not matter', async () => {
  await difference.between({ kind: 'end' }, { kind: 'at', at: START });
  expect(difference.from?.at).toBe(START);
  expect(difference.items).toHaveLength(3);
});

test('the answer for moments that were given up is dropped', async () => {
  let release: (found: Found) => void = () => {};
  vi.spyOn(setup.backend, 'historyDifference').mockImplementationOnce(
    () => new Promise((resolve) => (release = resolve)),
  );
  const first = difference.between({ kind: 'at', at: 0 }, { kind: 'at', at: START });
  await settled();
  await difference.between({ kind: 'at', at: START }, { kind: 'end' });
  release({ items: [], next: 'more', compared: 9, total: 9 });
  await first;
  expect(difference.items).toHaveLength(3);
  expect(difference.next).toBeNull();
});

test('a comparison that is stopped can go on', async () => {
  let release: (found: Found) => void = () => {};
  const ask = vi.spyOn(setup.backend, 'historyDifference');
  ask.mockResolvedValueOnce({ items: [], next: '0', compared: 1, total: 5 });
  ask.mockImplementationOnce(() => new Promise((resolve) => (release = resolve)));
  const running = difference.between({ kind: 'at', at: START }, { kind: 'end' });
  await settled();
  difference.stop();
  release({ items: [], next: null, compared: 5, total: 5 });
  await running;
  expect([difference.loading, difference.next]).toEqual([false, '0']);
  await difference.goOn();
  expect(difference.items).toHaveLength(3);
});

test('an error is kept, and the next comparison forgets it', async () => {
  const problem = { code: 'history-read', message: 'It cannot be read', detail: null };
  vi.spyOn(setup.backend, 'findMoment').mockRejectedValueOnce(problem);
  await difference.between({ kind: 'at', at: START }, { kind: 'end' });
  expect([difference.problem?.code, difference.loading]).toEqual(['history-read', false]);
  await difference.between({ kind: 'at', at: START }, { kind: 'end' });
  expect(difference.problem).toBeNull();
  expect(difference.items).toHaveLength(3);
});

test('keys go from topic to topic, and stay at the ends', async () => {
  await difference.between({ kind: 'at', at: START }, { kind: 'end' });
  const step = (by: number) => (difference.selected = difference.beside(by)?.topic ?? null);
  expect([step(1), step(1), step(8), step(-1)]).toEqual(['door', 'heating', 'lamp', 'heating']);
});
