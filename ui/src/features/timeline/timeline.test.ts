// The timeline against the scripted backend: what it asks for, and what it leaves where it is.

import { beforeEach, expect, test, vi } from 'vitest';

import type { Scope, Timeline as Counted } from '../../ipc/backend';
import { opened, settled } from '../../ipc/testing';
import { type Scale, carried, momentAt, placeOf, rangeOf, scaleFor, snapped, tick } from './scale';
import type { Subject } from './subject';
import { Timeline } from './timeline.svelte';

const SECOND = 1_000_000;
const SCOPE: Scope = { topic: 'acme', subtree: true };

let setup: Awaited<ReturnType<typeof opened>>;
let timeline: Timeline;
const onrange = vi.fn();

const subject = (change: Partial<Subject> = {}): Subject => ({
  scope: SCOPE,
  revision: 1,
  now: setup.plant.now,
  searched: false,
  from: null,
  to: null,
  ...change,
});
const asked = () =>
  setup.backend.calls
    .filter(({ name }) => name === 'historyTimeline')
    .map(({ arguments: [, from, to, parts] }) => [from, to, parts] as number[]);
const total = () => timeline.counts.reduce((sum, count) => sum + count, 0);
const recorded = () =>
  setup.plant.record.messages.filter(({ topic }) => topic.startsWith('acme/')).length;

beforeEach(async () => {
  onrange.mockReset();
  setup = await opened();
  for (let beat = 0; beat < 300; beat += 1) setup.plant.beat();
  timeline = new Timeline(setup.backend, setup.id, onrange, 0);
  timeline.resize(50);
  timeline.show(subject());
  await settled();
});

test('it says when the history shows only some of what is counted', () => {
  expect(timeline.searched).toBe(false);
  const before = asked().length;
  timeline.show(subject({ searched: true }));
  expect(timeline.searched).toBe(true);
  expect(asked()).toHaveLength(before);
});

test('everything is in view, and counted once', () => {
  expect(timeline.counts).toHaveLength(50);
  expect(total()).toBe(recorded());
  expect(timeline.isZoomed).toBe(false);
});

test('what was removed is counted no more', async () => {
  setup.plant.record.clear({ topic: 'acme/munich', subtree: true }, null);
  expect(recorded()).toBeGreaterThan(0);
  timeline.reload();
  await settled();
  expect(total()).toBe(recorded());
});

test('messages that come are asked for at the end only', async () => {
  const before = asked().length;
  for (let beat = 0; beat < 3; beat += 1) setup.plant.beat();
  timeline.show(subject({ revision: 2 }));
  await settled();
  expect(total()).toBe(recorded());
  const [from = 0, to = 0, parts = 0] = asked()[before] ?? [];
  expect(parts).toBeLessThan(10);
  expect((to - from) / parts).toBe(timeline.scale.step);
});

test('nothing moves under the pointer; what came is there when it leaves', async () => {
  timeline.zoom(-1, setup.plant.now);
  await settled();
  timeline.hold(true);
  const scale = timeline.scale;
  for (let beat = 0; beat < 100; beat += 1) setup.plant.beat();
  timeline.show(subject({ revision: 2 }));
  await settled();
  expect(timeline.scale).toEqual(scale);
  timeline.hold(false);
  await settled();
  expect(timeline.scale.step).toBe(scale.step);
  expect(timeline.scale.first).toBeGreaterThan(scale.first);
  expect(rangeOf(timeline.scale).to).toBeGreaterThanOrEqual(setup.plant.now);
});

test('zooming keeps the moment under the pointer, and costs as many parts as before', async () => {
  const around = setup.plant.now - 15 * SECOND;
  const before = placeOf(around, timeline.scale);
  timeline.zoom(-1, around);
  await settled();
  const { step, count } = timeline.scale;
  expect(count).toBe(50);
  expect(Math.abs(placeOf(around, timeline.scale) - before)).toBeLessThan(0.5);
  expect(timeline.isZoomed).toBe(true);
  expect(asked().at(-1)?.[2]).toBe(50);
  timeline.zoomOut();
  await settled();
  expect(timeline.scale.step).toBeGreaterThan(step);
  expect(total()).toBe(recorded());
});

test('it can be zoomed until a part is a millisecond, and no further', async () => {
  for (let turn = 0; turn < 40; turn += 1) {
    timeline.zoom(-1, setup.plant.now - SECOND);
    await settled();
  }
  expect(timeline.scale.step).toBe(1000);
});

test('a range is drawn, moved, widened by keys, and given up with Esc', () => {
  const { step } = timeline.scale;
  const { from } = rangeOf(timeline.scale);
  timeline.drag({ from: from + 10.4 * step, to: from + 12.1 * step });
  expect(timeline.brush).toEqual({ from: from + 10 * step, to: from + 13 * step });
  expect(onrange).not.toHaveBeenCalled();
  timeline.drop();
  expect(onrange).toHaveBeenLastCalledWith(from + 10 * step, from + 13 * step);
  timeline.nudge(1, false);
  expect(onrange).toHaveBeenLastCalledWith(from + 11 * step, from + 14 * step);
  timeline.nudge(2, true);
  expect(onrange).toHaveBeenLastCalledWith(from + 11 * step, from + 16 * step);
  timeline.nudge(-99, true);
  expect(timeline.brush).toEqual({ from: from + 11 * step, to: from + 12 * step });
  expect(timeline.escape()).toBe(true);
  expect(onrange).toHaveBeenLastCalledWith(null, null);
  expect(timeline.escape()).toBe(false);
});

test('the range of the history is the one that is drawn', async () => {
  const from = setup.plant.now - 5 * SECOND;
  timeline.show(subject({ from }));
  expect(timeline.brush?.from).toBe(from);
  const inside = setup.plant.record.messages.filter(
    ({ topic, receivedAt }) =>
      topic.startsWith('acme/') &&
      receivedAt >= snapped({ from, to: from }, timeline.scale.step).from,
  );
  expect(timeline.chosen).toBeLessThanOrEqual(inside.length);
  expect(timeline.chosen).toBeGreaterThan(0);
  timeline.show(subject());
  expect(timeline.brush).toBeNull();
});

test('without a range the arrows move a moment, which stays in view', () => {
  const { from, to } = rangeOf(timeline.scale);
  timeline.nudge(-1, false);
  expect(timeline.cursor).toBe(to - timeline.scale.step);
  timeline.nudge(-999, false);
  expect(timeline.cursor).toBe(from);
  timeline.escape();
  expect(timeline.cursor).toBeNull();
  timeline.nudge(-1, true);
  expect(timeline.brush).not.toBeNull();
});

test('another topic begins anew, and an answer for the old one is dropped', async () => {
  let release: (counted: Counted) => void = () => {};
  vi.spyOn(setup.backend, 'historyTimeline').mockImplementationOnce(
    () => new Promise((resolve) => (release = resolve)),
  );
  timeline.zoomOut();
  timeline.show(subject({ scope: { topic: 'nowhere', subtree: false } }));
  release({ from: 0, to: 1, counts: [9], gaps: [] });
  await settled();
  expect(timeline.counts).toEqual([]);
  expect(timeline.span).toBeNull();
});

test('a history that cannot be read is told, and read again when more comes', async () => {
  vi.spyOn(setup.backend, 'historySpan').mockRejectedValueOnce({
    code: 'history-read',
    message: 'No.',
    detail: null,
  });
  timeline.show(subject({ scope: null }));
  await settled();
  expect(timeline.problem?.code).toBe('history-read');
  timeline.show(subject({ scope: null, revision: 2 }));
  await settled();
  expect(timeline.problem).toBeNull();
  expect(total()).toBe(setup.plant.record.messages.length);
});

test.each([
  [{ from: 0, to: 1 }, 10],
  [{ from: 3, to: 60 * SECOND }, 66],
  [{ from: 1_795_170_923_144_000, to: 1_795_170_999_999_999 }, 66],
  [{ from: -5 * SECOND, to: 400 * 86_400 * SECOND }, 7],
  [{ from: 0, to: 200 * 365 * 86_400 * SECOND }, 3],
])('a scale shows its range whole: %j in %i parts', (range, count) => {
  const scale = scaleFor(range, count);
  const shown = rangeOf(scale);
  expect(scale.count).toBe(count);
  expect(shown.from).toBeLessThanOrEqual(range.from);
  expect(shown.to).toBeGreaterThanOrEqual(range.to);
  expect(momentAt(placeOf(range.to, scale), scale)).toBe(range.to);
});

test('counts are carried over by their time', () => {
  const was: Scale = { step: 5, first: 10, count: 4 };
  expect(carried([1, 2, 3, 4], was, { ...was, first: 12 })).toEqual([3, 4, 0, 0]);
  expect(carried([1, 2, 3, 4], was, { ...was, first: 9 })).toEqual([0, 1, 2, 3]);
});

test('the axis is as fine as the parts', () => {
  const at = 1_795_170_923_144_000;
  const words = (step: number) => tick(at, { step, first: 0, count: 10 }, true);
  expect(words(1000)).toBe('10:35:23.144');
  expect(words(SECOND)).toBe('10:35:23');
  expect(words(60 * SECOND)).toBe('10:35');
  expect(words(6 * 3600 * SECOND)).toBe('11-20 10:35');
  expect(words(86_400 * SECOND)).toBe('2026-11-20');
});
