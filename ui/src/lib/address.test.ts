import { expect, test } from 'vitest';

import { joinAddress, splitAddress } from './address';

test.each([
  ['mqtt://broker.local:1884', 'broker.local', 1884],
  ['mqtt://broker.local', 'broker.local', 1883],
  ['tcp://10.0.0.1:1883/', '10.0.0.1', 1883],
  ['broker.local:8883', 'broker.local', 8883],
  ['  mqtt://[::1]:1883 ', '::1', 1883],
])('%s is split into host and port', (text, host, port) => {
  expect(splitAddress(text)).toMatchObject({ host, port, unsupported: null });
});

test('a plain host name is left alone', () => {
  expect(splitAddress('broker.local')).toBeNull();
  expect(splitAddress('')).toBeNull();
});

test('credentials do not stay in the address, and the password goes nowhere', () => {
  const address = splitAddress('mqtt://ann:s3cret%40@host:1883');
  expect(address).toMatchObject({ host: 'host', username: 'ann', hadPassword: true });
  expect(JSON.stringify(address)).not.toContain('s3cret');
});

test.each([
  ['mqtts://host', 'tcp', true, 8883, ''],
  ['ssl://host:1', 'tcp', true, 1, ''],
  ['ws://host/', 'webSocket', false, 80, ''],
  ['WSS://host/mqtt?token=1', 'webSocket', true, 443, '/mqtt?token=1'],
  ['unix:///run/mqtt.sock', 'unix', null, null, '/run/mqtt.sock'],
  ['host:1883', null, null, 1883, ''],
] as const)('%s says what carries the bytes', (text, carrier, secure, port, path) => {
  expect(splitAddress(text)).toMatchObject({ carrier, secure, port, path, unsupported: null });
});

test('a scheme that is none of MQTT is named', () => {
  expect(splitAddress('http://host/mqtt')).toMatchObject({ unsupported: 'http', carrier: null });
});

test('IPv6 is written in brackets', () => {
  expect(joinAddress('::1', 1883)).toBe('[::1]:1883');
  expect(joinAddress('host', 1)).toBe('host:1');
});
