import { beforeEach, expect, test } from 'vitest';

import type { Profile } from '../../../ipc/backend';
import { FakeBackend } from '../../../ipc/fake';
import { blankProfile } from '../profile';
import { ProfileForm } from './profile-form.svelte';
import { rich } from './testing';

let backend: FakeBackend;
beforeEach(() => (backend = new FakeBackend({ live: false })));

const formOf = (change: Partial<Profile> = {}) =>
  new ProfileForm({ ...blankProfile(), ...change }, backend);

test.each([
  ['none', false, '', { kind: 'keep' }],
  ['keychain', false, 'pw', { kind: 'set', value: 'pw', encoding: 'text' }],
  ['keychain', true, '', { kind: 'keep' }],
  ['keychain', true, 'new', { kind: 'set', value: 'new', encoding: 'text' }],
  ['ask', true, 'pw', { kind: 'clear' }],
  ['none', true, '', { kind: 'clear' }],
] as const)('password %s, stored %s, typed %j', (source, stored, typed, wanted) => {
  const form = formOf({ id: stored ? 'a' : '', password: stored ? 'keychain' : 'none' });
  form.draft.password = source;
  form.secrets.password.value = typed;
  expect(form.secretsInput().password).toEqual(wanted);
});

test('a binary password goes with its encoding, to the keychain and to Test', () => {
  const form = formOf();
  form.draft.password = 'keychain';
  form.secrets.password = { encoding: 'hex', value: '00ff' };
  expect(form.secretsInput().password).toEqual({ kind: 'set', encoding: 'hex', value: '00ff' });
  expect(form.givenSecrets().password).toEqual({ encoding: 'hex', value: '00ff' });
});

test('passphrase and proxy password have entries of their own', () => {
  const form = new ProfileForm(rich, backend);
  form.secrets.keyPassphrase.value = 'key';
  form.secrets.proxyPassword.value = 'proxy';
  expect(form.secretsInput()).toEqual({
    password: { kind: 'keep' },
    keyPassphrase: { kind: 'keep' },
    proxyPassword: { kind: 'set', value: 'proxy', encoding: 'text' },
  });
  expect(form.givenSecrets()).toEqual({
    password: null,
    keyPassphrase: 'key',
    proxyPassword: 'proxy',
  });
});

test.each<[string, (form: ProfileForm) => void]>([
  ['another host', (form) => (form.draft.host = 'two.local')],
  ['another port', (form) => (form.draft.port = 1884)],
  ['another user', (form) => (form.draft.username = 'ann')],
  ['plain text', (form) => form.setSecure(false)],
  ['less trust', (form) => (form.draft.tls.trust = 'anything')],
])('a stored password is not for %s', (_, change) => {
  const form = formOf({ id: 'a', password: 'keychain', host: 'one.local', tls: rich.tls });
  expect(form.isStored('password')).toBe(true);
  change(form);
  expect(form.isStored('password')).toBe(false);
});

test('an access token goes where secrets go, and the profile never has it', () => {
  const form = new ProfileForm({ ...blankProfile(), username: 'ann' }, backend, true);
  form.secrets.password.value = 'a password';
  form.setSignIn('token');
  expect(form.secrets.password.value, 'a password is not sent as a user name').toBe('');
  form.secrets.password.value = 'T0KEN';
  expect(form.profile).toMatchObject({ username: null, password: 'keychain', accessToken: true });
  expect(JSON.stringify(form.profile)).not.toContain('T0KEN');
  expect(form.secretsInput().password).toEqual({ kind: 'set', value: 'T0KEN', encoding: 'text' });
  expect(form.givenSecrets().password).toEqual({ value: 'T0KEN', encoding: 'text' });
  form.setSignIn('basic');
  expect(form.profile).toMatchObject({ username: 'ann', password: 'none', accessToken: false });
  expect(form.secrets.password.value).toBe('');
});

test('without a keychain an access token is asked for', () => {
  const form = new ProfileForm(blankProfile(), backend, false);
  form.setSignIn('token');
  expect(form.profile.password).toBe('ask');
});

test('a stored password is not for signing in by token', () => {
  const form = formOf({ id: 'a', password: 'keychain' });
  expect(form.isStored('password')).toBe(true);
  form.setSignIn('token');
  form.draft.tokenFrom = 'keychain';
  expect(form.isStored('password')).toBe(false);
});

test.each([
  [true, 'keychain', { kind: 'set', value: 'T0KEN', encoding: 'text' }, 'goes to the keychain'],
  [false, 'ask', { kind: 'keep' }, 'keep a copy'],
] as const)(
  'a token saved as a user name leaves the file on saving; keychain %j',
  (keychain, source, input, words) => {
    const saved = { ...blankProfile(), id: 'a', purpose: 'thingsBoardDevice' as const };
    const form = new ProfileForm({ ...saved, username: 'T0KEN' }, backend, keychain);
    expect(form.profile).toMatchObject({ username: null, password: source, accessToken: true });
    expect(form.secretsInput().password).toEqual(input);
    expect(form.secrets.password.value, 'it can still be seen and copied').toBe('T0KEN');
    expect(form.note).toContain(words);
    expect(form.changed, 'opening it changes nothing').toBe(false);
  },
);
