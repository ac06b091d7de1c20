import { expect, test } from 'vitest';

import { addressOf, blankProfile, folders, isUnverified, tidy } from './profile';

const named = (name: string, folder = '') => ({ ...blankProfile(), id: name, name, folder });

test('connections stand by folder and name, those without a folder first', () => {
  const sorted = folders([
    named('b', 'plant/south'),
    named('line 10'),
    named('a', ' plant / south/'),
    named('line 9'),
    named('c', 'Home'),
  ]);
  expect(sorted.map(({ path, profiles }) => [path, ...profiles.map(({ name }) => name)])).toEqual([
    ['', 'line 9', 'line 10'],
    ['Home', 'c'],
    ['plant/south', 'a', 'b'],
  ]);
});

test.each([
  ['', ''],
  ['/a//b/', 'a/b'],
  ['  ', ''],
])('the folder %j is %j', (typed, path) => expect(tidy(typed)).toBe(path));

const TLS = {
  trust: { kind: 'anything' as const },
  caFile: null,
  client: null,
  serverName: null,
  alpn: [],
  minimumVersion: 'v12' as const,
  keyLog: false,
};

test('an address says what carries the bytes, and whether it is verified', () => {
  const plain = { ...named('a'), host: '::1', username: 'ann' };
  const ws = { kind: 'webSocket' as const, path: '/mqtt', subprotocol: 'mqtt', headers: [] };
  expect(addressOf(plain)).toBe('mqtt://[::1]:1883');
  expect(addressOf({ ...plain, tls: TLS, port: 8883 })).toBe('mqtts://[::1]:8883');
  expect(addressOf({ ...plain, transport: ws })).toBe('ws://[::1]:1883/mqtt');
  expect(addressOf({ ...plain, transport: { kind: 'unix', path: '/run/m' } })).toBe(
    'unix:///run/m',
  );
  expect([isUnverified(plain), isUnverified({ ...plain, tls: TLS })]).toEqual([false, true]);
});
