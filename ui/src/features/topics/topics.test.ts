import { beforeEach, expect, test } from 'vitest';

import type { Frame, Row } from '../../ipc/backend';
import { opened, selectionOf, settled } from '../../ipc/testing';
import { activity } from './activity';
import { ROW, Topics } from './topics.svelte';
import { TreeKeys } from './tree-keys';

let setup: Awaited<ReturnType<typeof opened>>;
let topics: Topics;

beforeEach(async () => {
  setup = await opened();
  topics = new Topics(setup.backend, setup.id);
  await settled();
});

const latest = () => setup.frames.at(-1) as Frame;
const rowOf = (node: number): Row => ({
  ...(latest().tree.rows[0] as Row),
  node,
  name: `n${node}`,
});

/** A frame whose tree shows these nodes from this index on. */
function frame(revision: number, nodes: number[], first = 0, change: Partial<Frame> = {}): Frame {
  const rows = nodes.map(rowOf);
  return { ...latest(), revision, selection: null, tree: { first, total: 500, rows }, ...change };
}

test('a frame brings the rows in', () => {
  topics.apply(latest());
  expect(topics.window.rows.map((row) => row.name)).toContain('acme');
});

test('rows that come in above do not move what is in view', () => {
  topics.scroller = { scrollTop: 2 * ROW + 5, clientHeight: 240 };
  topics.apply(frame(1, [10, 11, 12, 13]));
  topics.settle();
  topics.apply(frame(2, [7, 8, 9, 10, 11, 12, 13]));
  topics.settle();
  expect(topics.scroller.scrollTop).toBe(5 * ROW + 5);
});

test('rows that vanish above do not move it either', () => {
  topics.scroller = { scrollTop: 3 * ROW, clientHeight: 240 };
  topics.apply(frame(1, [7, 8, 9, 10, 11]));
  topics.settle();
  topics.apply(frame(2, [8, 10, 11]));
  topics.settle();
  expect(topics.scroller.scrollTop).toBe(1 * ROW);
});

test('at the very top the first topics may come in above, until the pointer is there', () => {
  topics.scroller = { scrollTop: 0, clientHeight: 240 };
  topics.apply(frame(1, [10]));
  topics.settle();
  topics.apply(frame(2, [9, 10]));
  topics.settle();
  expect(topics.scroller.scrollTop).toBe(0);
  topics.pointer = 0;
  topics.apply(frame(3, [8, 9, 10]));
  topics.settle();
  expect(topics.scroller.scrollTop).toBe(ROW);
});

test('what is selected stays where it is, also in a tree too short to scroll', () => {
  const selection = selectionOf({ node: 12 });
  const short = (nodes: number[]) => ({ first: 0, total: nodes.length, rows: nodes.map(rowOf) });
  topics.scroller = { scrollTop: 0, clientHeight: 240 };
  topics.apply(frame(1, [], 0, { selection, tree: short([10, 11, 12, 13]) }));
  topics.settle();
  topics.apply(frame(2, [], 0, { selection, tree: short([10, 5, 6, 11, 12, 13]) }));
  expect(topics.reach).toBe(2 * ROW + 240);
  topics.settle();
  expect(topics.scroller.scrollTop).toBe(2 * ROW);
  topics.scroller.scrollTop = 0;
  topics.scrolled();
  expect(topics.reach).toBe(240);
});

test('the row under the pointer stays before all others', () => {
  const selection = selectionOf({ node: 13 });
  topics.scroller = { scrollTop: 0, clientHeight: 240 };
  topics.apply(frame(1, [10, 11, 12, 13], 0, { selection }));
  topics.settle();
  topics.pointer = ROW + 5;
  topics.apply(frame(2, [10, 11, 7, 8, 12, 13], 0, { selection }));
  topics.settle();
  expect(topics.scroller.scrollTop).toBe(0);
});

test('the selection holds when a frame arrives that was made before it', async () => {
  topics.apply(frame(4, [1, 2, 3]));
  await topics.select(latest().tree.rows[0] as Row);
  const chosen = topics.selection?.node;
  expect(chosen).toBeDefined();
  topics.apply(frame(5, [1, 2, 3], 0, { selection: selectionOf({ node: 99 }) }));
  expect(topics.selection?.node).toBe(chosen);
  topics.apply(frame(6, [1, 2, 3], 0, { selection: selectionOf({ node: 98 }) }));
  expect(topics.selection?.node).toBe(98);
});

test('a step by keyboard brings the chosen row into view', async () => {
  topics.apply(latest());
  topics.scroller = { scrollTop: 0, clientHeight: 2 * ROW };
  await topics.step({ kind: 'last' });
  const row = topics.selection?.row ?? 0;
  expect(row).toBeGreaterThan(2);
  expect(topics.scroller.scrollTop).toBe((row - 1) * ROW);
});

test('a topic below closed branches is brought into view once its rows are there', async () => {
  topics.apply(latest());
  topics.scroller = { scrollTop: 0, clientHeight: 2 * ROW };
  await topics.reveal('zigbee2mqtt/kitchen/motion');
  await settled();
  topics.apply(latest());
  topics.settle();
  expect(topics.selection?.topic).toBe('zigbee2mqtt/kitchen/motion');
  expect(topics.scroller.scrollTop).toBe(((topics.selection?.row ?? 0) - 1) * ROW);
});

test('whole levels of + and # make the text an MQTT filter; the switch overrides', async () => {
  await topics.setText('acme/+/quality/#');
  expect(setup.backend.called('setFilter').at(-1)).toEqual([
    { text: 'acme/+/quality/#', mode: 'mqtt', retainedOnly: false },
  ]);
  await topics.setMode('text');
  expect(topics.filter.mode).toBe('text');
  await topics.setText('c++');
  expect(topics.filter.mode).toBe('text');
});

test('a filter that MQTT does not allow is named and not sent', async () => {
  await topics.setText('a/#/b/+');
  expect(topics.filterProblem).toContain('#');
  expect(setup.backend.called('setFilter')).toEqual([]);
  await topics.setText('a');
  expect(topics.filterProblem).toBeNull();
});

test('the same window is asked for only once', () => {
  topics.look(0, 40);
  topics.look(0, 40);
  topics.look(10, 40);
  expect(setup.backend.called('setWindow')).toEqual([
    [0, 40],
    [10, 40],
  ]);
});

test('a call that fails is said, not thrown', async () => {
  await setup.backend.closeConnection(setup.id);
  await topics.step({ kind: 'down' });
  expect(topics.problem).toBe('This connection is closed.');
});

test.each([
  ['ArrowDown', { kind: 'down' }],
  ['j', { kind: 'down' }],
  ['h', { kind: 'collapseOrParent' }],
  ['ArrowRight', { kind: 'expandOrChild' }],
  ['PageDown', { kind: 'pageDown', rows: 20 }],
  ['Home', { kind: 'first' }],
  [' ', { kind: 'toggle' }],
  ['*', { kind: 'expandSiblings' }],
  ['s', { kind: 'typeAhead', text: 's' }],
  ['d', null],
  ['/', null],
  ['Tab', null],
])('key %s', (key, step) => {
  expect(new TreeKeys().step(key, 20, 0)).toEqual(step);
});

test('while typing ahead every letter counts, until a pause', () => {
  const keys = new TreeKeys();
  keys.step('s', 20, 0);
  expect(keys.step('p', 20, 300)).toEqual({ kind: 'typeAhead', text: 'sp' });
  expect(keys.step('j', 20, 600)).toEqual({ kind: 'typeAhead', text: 'spj' });
  expect(keys.step('j', 20, 5000)).toEqual({ kind: 'down' });
});

test('the activity mark fades in steps', () => {
  const at = (seconds: number) => activity(1, 1 + seconds * 1e6);
  expect([at(0), at(2), at(10), at(60), activity(0, 5)]).toEqual([
    'now',
    'fresh',
    'recent',
    'quiet',
    'quiet',
  ]);
});
