import { beforeEach, expect, test } from 'vitest';

import { FakeBackend, demoProfile } from '../../ipc/fake';
import { settled } from '../../ipc/testing';
import { Connections } from './connections.svelte';

let backend: FakeBackend;
let connections: Connections;

beforeEach(async () => {
  backend = new FakeBackend({ live: false, start: 1 });
  backend.profiles = [
    { ...demoProfile, id: 'a', name: 'A' },
    { ...demoProfile, id: 'b', name: 'B', password: 'ask' },
  ];
  connections = new Connections(backend);
  connections.start(await backend.startup());
});

const profile = (id: string) => {
  const found = connections.profiles.find((known) => known.id === id);
  if (!found) throw new Error(`no profile ${id}`);
  return found;
};

test('nothing is opened by starting', () => {
  expect(connections.open).toEqual([]);
  expect(backend.connections.size).toBe(0);
});

test('the start may ask for the demo', async () => {
  connections.start({ ...(await backend.startup()), openDemo: true });
  await settled();
  expect(connections.active?.name).toBe('Demo plant');
});

test('frames reach the tab, also one that came before the number', async () => {
  await connections.connect(profile('a'));
  await settled();
  expect(connections.active?.frame?.state.kind).toBe('connected');
});

test('a connection is opened once; again shows its tab', async () => {
  await connections.connect(profile('a'));
  await connections.demo();
  await connections.connect(profile('a'));
  expect(connections.open).toHaveLength(2);
  expect(connections.active?.name).toBe('A');
});

test('a password that must be asked for is asked for', async () => {
  await connections.connect(profile('b'));
  expect(connections.asking?.id).toBe('b');
  expect(connections.open).toEqual([]);
  await connections.connect(profile('b'), 'secret');
  expect(connections.asking).toBeNull();
  expect(connections.open).toHaveLength(1);
});

test('trying again after a refusal asks for the password again', async () => {
  const cause = { code: 'refused', message: 'bad password', detail: null };
  backend.outcome = { kind: 'refused', cause };
  await connections.connect(profile('b'), 'wrong');
  await settled();
  const [refused] = connections.open;
  if (!refused) throw new Error('a tab was expected');
  await connections.retry(refused);
  expect(connections.asking?.id).toBe('b');
  expect(connections.open).toEqual([]);
});

test('editing begins with what is saved now', async () => {
  await connections.connect(profile('a'));
  await connections.save({ ...profile('a'), name: 'A2' }, { kind: 'keep' });
  const [open] = connections.open;
  if (!open) throw new Error('a tab was expected');
  connections.edit(open);
  expect(connections.editing?.name).toBe('A2');
});

test('closing a tab shows its neighbour, closing the last one Welcome', async () => {
  await connections.connect(profile('a'));
  await connections.demo();
  const [first, second] = connections.open;
  if (!first || !second) throw new Error('two tabs were expected');
  await connections.close(second);
  expect(connections.active).toBe(first);
  await connections.close(first);
  expect(connections.active).toBeNull();
  expect(backend.connections.size).toBe(0);
});

test('a failure to open is kept for the page to show', async () => {
  await connections.connect({ ...profile('a'), id: 'gone' });
  expect(connections.problem?.code).toBe('profile-not-found');
  expect(connections.busy).toBe(false);
});

test('saving an open connection and connecting opens it anew', async () => {
  await connections.connect(profile('a'));
  const saved = await connections.save({ ...profile('a'), name: 'A2' }, { kind: 'keep' });
  if (!saved) throw new Error('saving was expected to work');
  await connections.reconnect(saved);
  expect(connections.open.map((connection) => connection.name)).toEqual(['A2']);
});

test('a deleted connection is gone from the list', async () => {
  await connections.remove(profile('a'));
  expect(connections.profiles.map((known) => known.id)).toEqual(['b']);
});
