// The present and a moment of it, against the scripted backend.

import { beforeEach, expect, test, vi } from 'vitest';

import { START, opened, settled } from '../ipc/testing';
import { Travelling } from './travelling.svelte';

let setup: Awaited<ReturnType<typeof opened>>;
let shown: Travelling;

const say = (topic: string, text: string) =>
  setup.plant.deliver(topic, new TextEncoder().encode(text), 0, false);
const names = () => shown.topics.window.rows.map(({ name }) => name);
const closed = () => vi.mocked(setup.backend.closeConnection).mock.calls.map(([id]) => id);

beforeEach(async () => {
  setup = await opened();
  vi.spyOn(setup.backend, 'closeConnection');
  setup.plant.record.messages.length = 0;
  setup.plant.now = START;
  say('lamp', 'red');
  setup.plant.now = START + 1000;
  say('lamp', 'green');
  say('late', 'open');
  shown = new Travelling(setup.backend, setup.id);
  const frame = setup.frames.at(-1);
  if (frame) shown.present.apply(frame);
  shown.topics.look(0, 20);
  await shown.topics.reveal('lamp');
  shown.looking.selected();
  await settled();
});

test('a moment takes the place of the present, selected as that was, and gives it back', async () => {
  const { present } = shown;
  await shown.travelTo({ kind: 'at', at: START });
  await settled();
  expect(shown.looking).not.toBe(present);
  expect(shown.travel.at?.at).toBe(START);
  expect(names()).toEqual(['lamp']);
  expect(shown.topics.selection?.topic).toBe('lamp');
  const past = shown.travel.at?.connection;
  shown.backToLive();
  expect(shown.looking).toBe(present);
  expect(shown.travel.at).toBeNull();
  expect(closed()).toEqual([past]);
});

test('the search and the range of the history come along', async () => {
  shown.history.text = 'red';
  shown.history.setRange(START - 5, null);
  await shown.travelTo({ kind: 'at', at: START });
  await settled();
  expect([shown.history.text, shown.history.from]).toEqual(['red', START - 5]);
  expect(shown.query.to).toBe(START + 1);
  expect(shown.history.items).toHaveLength(1);
  shown.backToLive();
  expect(shown.query.to).toBeNull();
});

test('all topics stay all topics', async () => {
  shown.history.setEverything();
  await shown.travelTo({ kind: 'at', at: START });
  await settled();
  expect(shown.looking.scope).toBeNull();
  expect(shown.history.items.map(({ topic }) => topic)).toEqual(['lamp']);
});

test('steps go from message to message of the history, and say when there is none', async () => {
  await shown.travelTo({ kind: 'message', message: 1 });
  await settled();
  await shown.stepInTime('newer');
  await settled();
  expect(shown.travel.at?.position).toBe(2);
  await shown.stepInTime('newer');
  expect(shown.notice).toBe('There is no message after');
  await shown.stepInTime('older');
  await settled();
  await shown.stepInTime('older');
  expect(shown.notice).toBe('There is no message before');
});

test('a moment that cannot be read leaves the present where it is, and is said', async () => {
  const problem = { code: 'history-read', message: 'It cannot be read', detail: null };
  vi.spyOn(setup.backend, 'openPast').mockRejectedValueOnce(problem);
  await shown.travelTo({ kind: 'at', at: START });
  expect(shown.past).toBeNull();
  expect(shown.notice).toContain('cannot be read');
  expect(shown.travel.busy).toBe(false);
});

test('a topic that differs is shown with both values', async () => {
  await shown.travelTo({ kind: 'at', at: START + 1000 });
  await settled();
  const value = (message: number) => ({ message, receivedAt: START, preview: '' });
  await shown.compare({ topic: 'lamp', kind: 'changed', before: value(1), after: value(2) });
  await settled();
  expect(shown.message.shown?.detail.id).toBe(2);
  expect(shown.notice).toBeNull();
  await shown.compare({ topic: 'nowhere', kind: 'appeared', before: null, after: value(3) });
  expect(shown.notice).toBe('This topic had no message yet at the moment in view');
});
