import { beforeEach, expect, test } from 'vitest';

import { FakeBackend, demoProfile } from '../../ipc/fake';
import { settled } from '../../ipc/testing';
import { NOTHING_GIVEN } from '../../ipc/secrets';
import { Connections } from './connections.svelte';
import { noSecrets, secretsInput } from './secrets';

let backend: FakeBackend;
let connections: Connections;
const KEEP = secretsInput(demoProfile, demoProfile, noSecrets());
const secret = (value: string) => ({
  ...NOTHING_GIVEN,
  password: { encoding: 'text' as const, value },
});

beforeEach(async () => {
  backend = new FakeBackend({ live: false, start: 1 });
  backend.profiles = [
    { ...demoProfile, id: 'a', name: 'A' },
    { ...demoProfile, id: 'b', name: 'B', password: 'ask' },
  ];
  connections = new Connections(backend);
  connections.start(await backend.startup(() => {}));
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
  connections.start({ ...(await backend.startup(() => {})), openDemo: true });
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
  expect(connections.asking?.profile.id).toBe('b');
  expect(connections.open).toEqual([]);
  await connections.connect(profile('b'), secret('secret'));
  expect(connections.asking).toBeNull();
  expect(connections.open).toHaveLength(1);
});

test('trying again after a refusal asks for the password again', async () => {
  const cause = { code: 'refused', message: 'bad password', detail: null };
  backend.outcome = { kind: 'refused', cause };
  await connections.connect(profile('b'), secret('wrong'));
  await settled();
  const [refused] = connections.open;
  if (!refused) throw new Error('a tab was expected');
  await connections.retry(refused);
  expect(connections.asking?.profile.id).toBe('b');
  expect(connections.open).toEqual([]);
});

test('editing begins with what is saved now', async () => {
  await connections.connect(profile('a'));
  await connections.save({ ...profile('a'), name: 'A2' }, KEEP);
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
  const saved = await connections.save({ ...profile('a'), name: 'A2' }, KEEP);
  if (!saved) throw new Error('saving was expected to work');
  await connections.reconnect(saved);
  expect(connections.open.map((connection) => connection.name)).toEqual(['A2']);
});

test('a deleted connection is gone from the list', async () => {
  await connections.remove(profile('a'));
  expect(connections.profiles.map((known) => known.id)).toEqual(['b']);
});

test('what is to be opened at the start is opened in order; what fails keeps a tab that says so', async () => {
  const [a, b] = [profile('a'), profile('b')];
  backend.profiles = [
    { ...b, autoConnect: true },
    a,
    { ...a, id: 'c', name: 'C', autoConnect: true },
  ];
  connections.start(await backend.startup(() => {}));
  await settled();
  expect(connections.open.map(({ name }) => name)).toEqual(['B', 'C']);
  expect(connections.asking, 'a start asks for nothing').toBeNull();
  const [failed, opened] = connections.open;
  expect(connections.active).toBe(failed);
  expect(failed?.state).toMatchObject({ kind: 'refused', cause: { code: 'password-needed' } });
  expect(opened?.state?.kind).toBe('connected');
  if (failed) await connections.retry(failed);
  expect(connections.asking?.missing).toBe('password');
  await connections.connect(b, secret('pw'));
  expect(connections.open.map(({ name }) => name)).toEqual(['C', 'B']);
});

test('each missing secret is asked for, and what was given before is given again', async () => {
  const tls = {
    trust: { kind: 'system' as const },
    caFile: null,
    client: {
      files: { kind: 'pkcs12' as const, file: '/a.p12' },
      passphrase: 'ask' as const,
    },
    serverName: null,
    alpn: [],
    minimumVersion: 'v12' as const,
    keyLog: false,
  };
  backend.profiles = [{ ...profile('b'), tls }];
  const [both] = backend.profiles;
  if (!both) throw new Error('a profile was expected');
  await connections.connect(both);
  expect(connections.asking?.missing).toBe('password');
  await connections.connect(both, secret('pw'));
  expect(connections.asking?.missing).toBe('keyPassphrase');
  await connections.connect(both, { ...secret('pw'), keyPassphrase: 'key' });
  expect(connections.asking).toBeNull();
  expect(connections.open).toHaveLength(1);
});

test('the doctor of a tab may pin a certificate: the form opens with it', async () => {
  const tls = {
    trust: { kind: 'system' as const },
    caFile: null,
    client: null,
    serverName: null,
    alpn: [],
    minimumVersion: 'v12' as const,
    keyLog: false,
  };
  backend.profiles = [{ ...profile('a'), tls }];
  connections.start(await backend.startup(() => {}));
  await connections.connect(profile('a'));
  const [open] = connections.open;
  if (!open) throw new Error('a tab was expected');
  connections.examine(open);
  connections.examining?.onpin?.('ab:cd');
  expect(connections.editing?.tls?.trust).toEqual({ kind: 'pinned', fingerprint: 'ab:cd' });
  expect(profile('a').tls?.trust, 'not saved yet').toEqual({ kind: 'system' });
});

test('a passphrase that did not open the key is asked for again, also one of the keychain', async () => {
  const cause = { code: 'passphrase-wrong', message: 'wrong passphrase', detail: null };
  backend.outcome = { kind: 'refused', cause };
  await connections.connect(profile('a'));
  await settled();
  const [refused] = connections.open;
  if (!refused) throw new Error('a tab was expected');
  await connections.retry(refused);
  expect(connections.asking).toEqual({ profile: profile('a'), missing: 'keyPassphrase' });
  expect(connections.open).toEqual([]);
});

test('a connection that cannot be opened from another’s tab has a tab that says why', async () => {
  await connections.connect(profile('a'));
  const cause = { code: 'tls-setup', message: 'The CA file cannot be read.', detail: null };
  backend.openConnection = () => Promise.reject(cause);
  const c = { ...demoProfile, id: 'c', name: 'C' };
  await connections.reconnect(c);
  expect(connections.active?.name).toBe('C');
  expect(connections.active?.failure).toEqual(cause);
  expect(connections.open.map(({ name }) => name)).toEqual(['A', 'C']);
});
