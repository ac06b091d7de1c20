import { beforeEach, expect, test } from 'vitest';

import type { Selection } from '../../ipc/backend';
import { opened, selectionOf, settled } from '../../ipc/testing';
import { MessageInView } from './message.svelte';

const TOPIC = 'acme/munich/packaging/line-1/cnc-01/vibration';
let setup: Awaited<ReturnType<typeof opened>>;
let message: MessageInView;
let revision = 0;

beforeEach(async () => {
  setup = await opened();
  message = new MessageInView(setup.backend, setup.id, 0);
});

/** The selection as the next frame brings it. */
function selected(change: Partial<Selection> = {}): Selection {
  revision += 1;
  return selectionOf({ node: 5, topic: TOPIC, historyRevision: revision, ...change });
}

async function arrive(payload: string, topic = TOPIC): Promise<void> {
  setup.plant.deliver(topic, new TextEncoder().encode(payload), 0, false);
  message.apply(selected());
  await settled();
}

const text = () =>
  message.shown?.page.lines
    .map((line) => line.tokens.map((token) => token.text).join(''))
    .join('\n');

test('selecting a topic shows its newest message and follows', async () => {
  message.apply(selected());
  await settled();
  expect(message.shown?.detail.topic).toBe(TOPIC);
  expect(message.following).toBe(true);
  await arrive('42');
  expect(text()).toBe('42');
});

test('a message of the history is held while others arrive; F returns to the newest', async () => {
  await arrive('1');
  const older = message.shown?.detail.id ?? 0;
  await arrive('2');
  await message.pin(older);
  await arrive('3');
  expect([message.following, text()]).toEqual([false, '1']);
  await message.toggleFollowing();
  expect([message.following, text()]).toEqual([true, '3']);
});

test('F holds the message in view, also when a newer one is on its way', async () => {
  await arrive('1');
  setup.plant.deliver(TOPIC, new TextEncoder().encode('2'), 0, false);
  const loading = message.refresh();
  await message.toggleFollowing();
  await loading;
  expect(text()).toBe('1');
  expect(message.current).toBe(message.shown?.detail.id);
});

test('F holds the message in view', async () => {
  await arrive('1');
  await message.toggleFollowing();
  await arrive('2');
  expect(text()).toBe('1');
});

test('another topic begins by following again', async () => {
  await arrive('1');
  await message.pin(message.shown?.detail.id ?? 0);
  message.apply(selected({ node: 6, topic: 'odd/html' }));
  await settled();
  expect(message.following).toBe(true);
  expect(message.shown?.detail.topic).toBe('odd/html');
});

test('what changed since the message before is marked, until switched off', async () => {
  await arrive('{"rpm":11790,"on":true}');
  await arrive('{"rpm":11840,"on":true}');
  const changed = message.shown?.page.lines.filter((line) => line.change === 'changed');
  expect(changed?.map((line) => line.note)).toEqual(['11790 → 11840']);
  await message.toggleCompare();
  expect(message.shown?.page.changes).toBe(0);
});

test('the first message of a topic has nothing to compare with', async () => {
  message.apply(selected({ node: 7, topic: 'odd/html' }));
  await message.setTab('diff');
  await settled();
  expect(message.shown?.detail.previous).toBeNull();
});

test('a branch without messages shows none and asks for none', async () => {
  message.apply(selected({ node: 8, topic: 'acme', isTopic: false }));
  await settled();
  expect([message.shown, message.empty]).toEqual([null, true]);
  expect(setup.backend.called('historyPage')).toEqual([]);
});

test('the format switch goes round through every view', async () => {
  await arrive('{"a":1}');
  const views = [];
  for (let turn = 0; turn < 4; turn += 1) {
    await message.nextView();
    views.push(`${message.view}:${message.shown?.page.view}`);
  }
  expect(views).toEqual(['json:json', 'text:text', 'hex:hex', 'auto:json']);
});

test('a long payload is loaded by the lines in view', async () => {
  await arrive(JSON.stringify(Array.from({ length: 1000 }, (_, at) => at)));
  expect(message.shown?.page.total).toBe(1002);
  await message.look(600, 50);
  expect(message.shown?.page.first).toBe(600);
  const asked = setup.backend.called('messageLines').length;
  await message.look(610, 30);
  expect(setup.backend.called('messageLines').length).toBe(asked);
});

test('a new message keeps the place in a long payload', async () => {
  const long = (from: number) => JSON.stringify(Array.from({ length: 1000 }, (_, at) => from + at));
  await arrive(long(0));
  await message.look(600, 50);
  await arrive(long(1));
  expect(message.shown?.page.first).toBe(600);
});

test('copying takes the true bytes', async () => {
  setup.plant.deliver(TOPIC, new Uint8Array([0xff, 0x00, 0x41]), 0, false);
  message.apply(selected());
  await settled();
  expect([...new Uint8Array(await message.payload())]).toEqual([255, 0, 65]);
});

test('a failing load is shown as a problem and can be tried again', async () => {
  await arrive('1');
  await message.pin(99_999);
  expect(message.problem?.code).toBe('message-not-found');
  await message.follow();
  expect(message.problem).toBeNull();
});
