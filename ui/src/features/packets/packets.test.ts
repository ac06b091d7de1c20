import { beforeEach, expect, test } from 'vitest';

import type { PacketFilter, PacketRow, PacketWindow } from '../../ipc/backend';
import { opened, settled } from '../../ipc/testing';
import { hexRows, problemAt, rowCount } from './hex';
import { ladder } from './ladder';
import { locate } from './locate';
import { PacketInView } from './packet-in-view.svelte';
import { EVERYTHING, Packets } from './packets.svelte';
import { countWords, filterWords, ringWords, scopeWords, sinceWords } from './words';

let setup: Awaited<ReturnType<typeof opened>>;
let packets: Packets;
let packet: PacketInView;
const trace = () => setup.plant.packets;
const bytes = (text: string) => new TextEncoder().encode(text);
const publish = (topic: string, qos: number) =>
  trace().published(
    { topic, qos, retain: false, payload: { kind: 'text', text: '' }, properties: null },
    bytes('{}'),
    setup.plant.now,
  );
const grown = async () => {
  packets.apply(trace().next);
  await settled();
};
const numbers = () => packets.window.rows.map((row) => row.number);

beforeEach(async () => {
  setup = await opened();
  packets = new Packets(setup.backend, setup.id, 0);
  packet = new PacketInView(setup.backend, setup.id, 0);
  packets.setRows(0, 10);
  packets.setInView(true);
  await settled();
});

test('following shows the last packets, and goes on with the newest', async () => {
  const before = packets.window.total;
  expect(packets.window).toMatchObject({ first: before - 10 });
  publish('a/b', 0);
  await grown();
  expect(packets.window.total).toBe(before + 1);
  expect(packets.window.rows.at(-1)?.summary).toContain('a/b');
});

test('out of sight nothing is asked for', async () => {
  packets.setInView(false);
  const asked = setup.backend.called('packetWindow').length;
  publish('a/b', 0);
  await grown();
  expect(setup.backend.called('packetWindow')).toHaveLength(asked);
});

test('a held view keeps its rows, and says how many came', async () => {
  packets.setRows(5, 10);
  packets.setTop(5);
  packets.follow(false);
  packets.setRows(5, 10);
  await settled();
  const shown = numbers();
  publish('a/b', 1);
  await grown();
  expect(numbers()).toEqual(shown);
  expect(packets.fresh).toBe(2);
  packets.follow(true);
  await settled();
  expect(packets.fresh).toBe(0);
  expect(packets.window.rows.at(-1)?.packetType).toBe('PUBACK');
});

test.each([3, 25])('a held view moves with its packets when the ring forgets %i', async (gone) => {
  for (let count = 0; count < 60; count += 1) publish(`a/${count}`, 0);
  await grown();
  packets.setRows(30, 10);
  packets.setTop(32);
  packets.follow(false);
  packets.setRows(30, 10);
  await packets.refresh();
  const top = packets.window.rows[2]?.number;
  let shifted = 0;
  packets.onshift = (rows) => (shifted += rows);
  trace().entries.splice(0, gone);
  publish('a/new', 0);
  await grown();
  expect(shifted).toBe(-gone);
  const at = packets.window.rows.findIndex((row) => row.number === top);
  expect(packets.window.first + at).toBe(32 - gone);
  expect(packets.fresh).toBe(1);
});

test('the packet the view is held at is found again when the filter changes', async () => {
  for (let count = 0; count < 40; count += 1) publish(count === 20 ? 'here' : 'a', 0);
  packets.setFilter({ topic: 'here' });
  await packets.refresh();
  const [wanted] = numbers();
  packets.hold(wanted ?? 0);
  packets.setFilter({ topic: '' });
  await packets.refresh();
  expect(numbers()).toContain(wanted);
});

const FILTERS: [Partial<PacketFilter>, (row: PacketRow) => boolean][] = [
  [{ types: ['PUBACK'] }, (row) => row.packetType === 'PUBACK'],
  [{ direction: 'sent' }, (row) => row.direction === 'sent'],
  [{ packetId: 2 }, (row) => row.packetId === 2],
  [{ topic: 'deep/+' }, (row) => row.summary.startsWith('deep/')],
];
test.each(FILTERS)('the filter %j is the backend’s to apply', async (change, fits) => {
  publish('deep/x', 1);
  packets.setFilter(change);
  await packets.refresh();
  expect(setup.backend.called('packetWindow').at(-1)?.[0]).toEqual({ ...EVERYTHING, ...change });
  expect(packets.window.total).toBeGreaterThan(0);
  expect(packets.window.rows.every(fits)).toBe(true);
});

test('PINGs are hidden until asked for, then with their round trip', async () => {
  trace().pinged(setup.plant.now);
  await grown();
  expect(packets.window.rows.some((row) => row.packetType.startsWith('PING'))).toBe(false);
  packets.setFilter({ hidePings: false });
  await packets.refresh();
  expect(packets.window.rows.at(-1)).toMatchObject({ packetType: 'PINGRESP', roundTrip: 1700 });
});

test('recording is switched, and packets are forgotten, on request', async () => {
  await packets.setRecording(false);
  expect(packets.window.recording).toBe(false);
  await packets.clear();
  expect(packets.window).toMatchObject({ total: 0, kept: 0, recording: false });
});

test('a call that fails is told, and the rows stay', async () => {
  const shown = numbers();
  setup.backend.packetWindow = () =>
    Promise.reject({ code: 'closed', message: 'it is closed', detail: null });
  await packets.refresh();
  expect(packets.problem?.code).toBe('closed');
  expect(numbers()).toEqual(shown);
});

test('locating takes few calls, and ends for every number', async () => {
  const all = Array.from({ length: 5000 }, (_, at) => ({ number: at * 3 + 10 }));
  let calls = 0;
  const ask = async (first: number) => {
    calls += 1;
    return { rows: all.slice(first, first + 20), first, total: all.length } as PacketWindow;
  };
  for (const [number, index] of [
    [9, 0],
    [10, 0],
    [11, 1],
    [7000, 2330],
    [15_007, 4999],
    [99_999, 4999],
  ] as const) {
    calls = 0;
    expect((await locate(ask, number, await ask(2500))).index).toBe(index);
    expect(calls).toBeLessThan(12);
  }
});

test('a packet shows its exchange, fields and bytes; a byte finds the first of its innermost fields', async () => {
  publish('a/b', 2);
  const first = trace().next - 4;
  await packet.choose(first);
  expect(packet.handshake?.steps.map((step) => step.label)).toEqual([
    'PUBLISH Q2 #2',
    'PUBREC',
    'PUBREL',
    'PUBCOMP',
  ]);
  packet.chooseByte(4);
  expect(packet.detail?.fields[packet.field ?? -1]?.name).toBe('Topic name');
  packet.stepField(1);
  expect(packet.detail?.fields[packet.field ?? -1]?.name).toBe('Packet identifier');
  await packet.choose(2);
  packet.chooseByte(9);
  expect(packet.detail?.fields[packet.field ?? -1]?.name).toBe('Connect flags');
});

test('an exchange that is not over is looked at again when packets come', async () => {
  publish('a/b', 1);
  const [puback] = trace().entries.splice(-1);
  await packet.choose(trace().next - 2);
  expect(packet.handshake).toMatchObject({ complete: false, note: 'Waiting for the answer.' });
  if (puback) trace().entries.push(puback);
  packet.apply(trace().next + 1);
  await settled();
  expect(packet.handshake?.complete).toBe(true);
});

test('a packet that the ring has forgotten is told, and can be left', async () => {
  await packet.choose(99_999);
  expect(packet.problem?.code).toBe('packet-gone');
  packet.close();
  expect([packet.number, packet.problem]).toEqual([null, null]);
});

test('the ladder falls from the sender to the receiver, with the times between', () => {
  const step = (number: number, direction: 'sent' | 'received', sincePrevious: number | null) => ({
    number,
    label: 'X',
    direction,
    at: 0,
    sincePrevious,
  });
  const steps = [step(1, 'sent', null), step(2, 'received', 2000)];
  const drawing = ladder({ title: 'X', steps, complete: true, note: null }, 250);
  const [sent, received] = drawing.rungs;
  expect([sent?.from.x, sent?.to.x]).toEqual([drawing.left, drawing.right]);
  expect([received?.from.x, received?.to.x]).toEqual([drawing.right, drawing.left]);
  expect(drawing.rungs.every((rung) => rung.to.y > rung.from.y)).toBe(true);
  expect([sent?.since, received?.since?.text]).toEqual([null, '+2.0 ms']);
  expect(drawing.height).toBeGreaterThan(received?.to.y ?? Infinity);
});

test('bytes stand in rows, the last one may be short', () => {
  expect(rowCount('00'.repeat(17), 16)).toBe(2);
  const rows = hexRows('30' + '41'.repeat(16), 16, 1, 5);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ offset: '0010', bytes: [{ at: 16, hex: '41', ascii: 'A' }] });
  const problem = { message: 'm', clause: 'c', start: 2, end: 4 };
  expect([problemAt([problem], 3), problemAt([problem], 4)]).toEqual([problem, null]);
});

test('filters, counts and times in words', () => {
  expect(filterWords(EVERYTHING)).toBe('all');
  expect(filterWords({ ...EVERYTHING, types: ['PUBLISH'], packetId: 41 })).toBe('PUBLISH, #41');
  expect(filterWords({ ...EVERYTHING, types: ['PUBACK', 'PUBREC'], direction: 'sent' })).toBe(
    '2 types, sent',
  );
  const ring = { ...packets.window, total: 9, kept: 31_204, recorded: 40_000, discarded: 8796 };
  expect(countWords(ring)).toBe('9 of 31\u2009204');
  expect(ringWords(ring)).toContain('8\u2009796 were forgotten');
  expect(scopeWords({ ...EVERYTHING, topic: 'a\u0000' }, ring)).toBe(
    'The 9 packets of this connection that pass the filter, topic a\\u{0}, without PINGs.',
  );
  expect([sinceWords(2000), sinceWords(12_400_000)]).toEqual(['+2.0 ms', '+12.4 s']);
});
