import { expect, test } from 'vitest';

import { ProfileForm, blankProfile, copyOf } from './profile-form.svelte';

const filled = () => {
  const form = new ProfileForm(blankProfile());
  form.name = 'Line 1';
  form.host = 'broker.local';
  return form;
};

test('a new connection suggests #, and needs a name and a host', () => {
  const form = new ProfileForm(blankProfile());
  expect(form.profile().subscriptions).toEqual([{ filter: '#', qos: 0 }]);
  expect(form.valid).toBe(false);
  expect(form.problemOf('name')).toBeNull();
  form.tried = true;
  expect(form.problemOf('name')).toContain('name');
  expect(filled().valid).toBe(true);
});

test('a pasted address is taken apart, and its password goes nowhere', () => {
  const form = filled();
  form.takeHost('mqtt://ann:s3cret@10.0.0.7:1884');
  expect(form.profile()).toMatchObject({
    host: '10.0.0.7',
    port: 1884,
    username: 'ann',
    password: 'none',
  });
  expect(form.note).toContain('left out');
  expect(JSON.stringify([form.profile(), form.passwordInput(), form.note])).not.toContain('s3cret');
});

test.each([
  ['port', 0],
  ['port', 65_536],
  ['port', 1.5],
  ['port', null],
  ['keepAlive', -1],
  ['keepAlive', 70_000],
  ['sessionExpiry', 4_294_967_296],
] as const)('%s %s is named as wrong', (field, value) => {
  const form = filled();
  form[field] = value;
  form.tried = true;
  expect(form.problemOf(field)).not.toBeNull();
  expect(form.valid).toBe(false);
});

test('a filter MQTT does not allow keeps the form from being saved', () => {
  const form = filled();
  form.addSubscription();
  expect(form.valid).toBe(false);
  const added = form.subscriptions[1];
  if (added) added.filter = 'a/#';
  expect(form.valid).toBe(true);
  form.removeSubscription(0);
  expect(form.profile().subscriptions).toEqual([{ filter: 'a/#', qos: 0 }]);
});

test.each([
  ['none', false, '', { kind: 'keep' }],
  ['keychain', false, 'pw', { kind: 'set', value: 'pw' }],
  ['keychain', true, '', { kind: 'keep' }],
  ['keychain', true, 'new', { kind: 'set', value: 'new' }],
  ['ask', true, 'pw', { kind: 'clear' }],
  ['none', true, '', { kind: 'clear' }],
] as const)('password %s, stored %s, typed %j', (source, stored, typed, wanted) => {
  const profile = {
    ...blankProfile(),
    id: stored ? 'a' : '',
    password: stored ? ('keychain' as const) : ('none' as const),
  };
  const form = new ProfileForm(profile);
  form.source = source;
  form.password = typed;
  expect(form.passwordInput()).toEqual(wanted);
});

test('a stored password belongs to the address it was stored for', () => {
  const saved = { ...blankProfile(), id: 'a', password: 'keychain' as const, host: 'one.local' };
  const form = new ProfileForm(saved);
  expect(form.stored).toBe(true);
  form.host = 'two.local';
  expect(form.stored).toBe(false);
  form.host = 'one.local';
  form.username = 'ann';
  expect(form.stored).toBe(false);
});

test('a session that is to be resumed is kept for an hour, unless something else was said', () => {
  const form = filled();
  form.clientId = 'line-1';
  form.setCleanStart(false);
  expect([form.cleanStart, form.sessionExpiry, form.expiryWarning]).toEqual([false, 3600, null]);
  form.sessionExpiry = 0;
  expect(form.expiryWarning).toContain('nothing to resume');
  expect(form.valid).toBe(true);
  form.protocol = 'v311';
  expect(form.expiryWarning).toBeNull();
  form.sessionExpiry = 60;
  form.setCleanStart(true);
  form.setCleanStart(false);
  expect(form.sessionExpiry).toBe(60);
});

test.each(['v5', 'v311'] as const)('with %s nothing is resumed without a client id', (protocol) => {
  const form = filled();
  form.protocol = protocol;
  form.setCleanStart(false);
  form.tried = true;
  expect(form.problemOf('clientId')).toContain('client identifier');
  form.clientId = 'line-1';
  expect(form.valid).toBe(true);
});

test('a copy is a new connection of its own', () => {
  const profile = { ...blankProfile(), id: 'a', name: 'A' };
  const copy = copyOf(profile);
  expect(copy).toMatchObject({ id: '', name: 'A copy' });
  expect(copy.subscriptions[0]).not.toBe(profile.subscriptions[0]);
});
