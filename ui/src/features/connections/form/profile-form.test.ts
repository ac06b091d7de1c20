import { beforeEach, expect, test } from 'vitest';

import type { FieldProblem, Profile } from '../../../ipc/backend';
import { FakeBackend } from '../../../ipc/fake';
import { settled } from '../../../ipc/testing';
import { subscriptionTo } from '../../../ipc/subscription';
import { blankProfile, copyOf } from '../profile';
import { ProfileForm } from './profile-form.svelte';
import { isField, sectionOf, summaryOf } from './sections';

let backend: FakeBackend;
beforeEach(() => (backend = new FakeBackend({ live: false })));

const formOf = (change: Partial<Profile> = {}) =>
  new ProfileForm({ ...blankProfile(), ...change }, backend);
const filled = () => formOf({ name: 'Line 1', host: 'broker.local' });

test('a new connection suggests #, and needs a name and a host', () => {
  const form = formOf();
  expect(form.profile.subscriptions).toEqual([subscriptionTo('#')]);
  expect(form.valid).toBe(false);
  expect(form.say('name').problem).toBeNull();
  form.tried = true;
  expect(form.say('name').problem).toContain('name');
  expect(filled().valid).toBe(true);
});

test('a pasted address is taken apart, and its password goes nowhere', () => {
  const form = filled();
  form.takeHost('mqtt://ann:s3cret@10.0.0.7:1884');
  expect(form.profile).toMatchObject({
    host: '10.0.0.7',
    port: 1884,
    username: 'ann',
    password: 'none',
    transport: { kind: 'tcp' },
    tls: null,
  });
  expect(form.note).toContain('left out');
  const kept = [form.profile, form.secretsInput(), form.givenSecrets(), form.note];
  expect(JSON.stringify(kept)).not.toContain('s3cret');
});

test.each([
  ['wss://broker/ws', { kind: 'webSocket', path: '/ws' }, true, 443],
  ['mqtts://broker', { kind: 'tcp' }, true, 8883],
  ['unix:///run/m.sock', { kind: 'unix', path: '/run/m.sock' }, false, 1883],
] as const)('%s chooses the transport', (text, transport, secure, port) => {
  const form = filled();
  form.takeHost(text);
  expect(form.profile).toMatchObject({ transport, port });
  expect(form.profile.tls !== null).toBe(secure);
});

test('the usual port follows transport and TLS, any other stays', () => {
  const form = filled();
  form.setSecure(true);
  expect(form.draft.port).toBe(8883);
  form.setCarrier('webSocket');
  expect(form.draft.port).toBe(443);
  form.setSecure(false);
  expect(form.draft.port).toBe(80);
  form.draft.port = 9001;
  form.setSecure(true);
  form.setCarrier('tcp');
  expect(form.draft.port).toBe(9001);
});

test.each([
  ['port', (form: ProfileForm): unknown => (form.draft.port = 0)],
  ['port', (form: ProfileForm): unknown => (form.draft.port = 65_536)],
  ['port', (form: ProfileForm): unknown => (form.draft.port = 1.5)],
  ['port', (form: ProfileForm): unknown => (form.draft.port = null)],
  ['keepAlive', (form: ProfileForm): unknown => (form.draft.keepAlive = -1)],
  ['keepAlive', (form: ProfileForm): unknown => (form.draft.keepAlive = 70_000)],
  ['sessionExpiry', (form: ProfileForm): unknown => (form.draft.sessionExpiry = 4_294_967_296)],
  ['connectTimeout', (form: ProfileForm): unknown => (form.draft.connectTimeout = 0)],
  ['packetLimit', (form: ProfileForm): unknown => (form.draft.packetLimit = 0)],
  [
    'properties.receiveMaximum',
    (form: ProfileForm): unknown => (form.draft.properties.receiveMaximum = 0),
  ],
  [
    'will.delay',
    (form: ProfileForm) => {
      form.draft.hasWill = true;
      form.draft.will.delay = -1;
    },
  ],
  [
    'proxy.port',
    (form: ProfileForm) => {
      Object.assign(form.draft, { proxied: true });
      Object.assign(form.draft.proxy, { host: 'proxy', port: 0 });
    },
  ],
] as const)('a wrong %s is named, and the backend is only given what it can read', (field, set) => {
  const form = filled();
  set(form);
  expect(form.say(field).problem).not.toBeNull();
  expect(form.valid).toBe(false);
  expect(form.problemsIn(sectionOf(field))).toBe(1);
  for (const value of [form.profile.port, form.profile.keepAlive, form.profile.sessionExpiry])
    expect(Number.isInteger(value) && value >= 0).toBe(true);
});

test('numbers of MQTT 5 do not matter with 3.1.1', () => {
  const form = filled();
  form.draft.sessionExpiry = -1;
  form.draft.properties.receiveMaximum = 0;
  form.draft.protocol = 'v311';
  expect(form.valid).toBe(true);
});

test('a filter MQTT does not allow keeps the form from being saved', () => {
  const form = filled();
  form.draft.subscriptions.push(subscriptionTo(''));
  expect(form.valid).toBe(false);
  expect(form.say('subscriptions.1.filter').problem, 'not typed yet').toBeNull();
  const added = form.draft.subscriptions[1];
  if (added) added.filter = 'a/#/b';
  expect(form.say('subscriptions.1.filter').problem).toContain('last level');
  if (added) added.filter = 'a/#';
  expect(form.valid).toBe(true);
});

test('what the backend finds stands at its field; only errors keep it from being saved', async () => {
  const form = filled();
  form.setSecure(true);
  form.draft.tls.trust = 'caFile';
  await form.check();
  expect(form.valid).toBe(false);
  expect(form.say('tls.caFile').problem, 'nothing was typed yet').toBeNull();
  expect(await form.ready()).toBe(false);
  expect(form.say('tls.caFile').problem).toContain('authority');
  expect(form.open.security, 'the section unfolds').toBe(true);
  form.draft.tls.caFile = '/ca.pem';
  expect(await form.ready()).toBe(true);
  expect(form.say('subscriptions.0.filter').warning).toContain('#');
});

test('what has no field of its own is said in the head of its section', async () => {
  const odd: FieldProblem = { field: 'tls.somethingNew', level: 'error', message: 'New.' };
  backend.fieldProblems = [odd];
  const form = filled();
  await form.check();
  expect(isField('tls.caFile')).toBe(true);
  expect(form.elsewhere('security')).toEqual([odd]);
  expect(form.elsewhere('broker')).toEqual([]);
  expect(await form.ready()).toBe(false);
});

test('an answer that was overtaken is dropped', async () => {
  const answers: ((found: FieldProblem[]) => void)[] = [];
  backend.checkProfile = () => new Promise((resolve) => answers.push(resolve));
  const form = filled();
  void form.check();
  void form.check();
  const late: FieldProblem = { field: 'host', level: 'error', message: 'old' };
  answers[1]?.([]);
  answers[0]?.([late]);
  await settled();
  expect(form.found).toEqual([]);
});

test('a check that fails is said, and nothing is saved', async () => {
  backend.checkProfile = () =>
    Promise.reject({ code: 'profiles-read', message: 'gone', detail: null });
  const form = filled();
  expect(await form.ready()).toBe(false);
  expect(form.problem?.code).toBe('profiles-read');
});

test('a session that is to be resumed is kept for an hour, unless something else was said', () => {
  const form = filled();
  const { draft } = form;
  draft.clientId = 'line-1';
  form.setCleanStart(false);
  expect([draft.cleanStart, draft.sessionExpiry, form.expiryWarning]).toEqual([false, 3600, null]);
  draft.sessionExpiry = 0;
  expect(form.expiryWarning).toContain('nothing to resume');
  expect(form.valid).toBe(true);
  draft.protocol = 'v311';
  expect(form.expiryWarning).toBeNull();
  draft.sessionExpiry = 60;
  form.setCleanStart(true);
  form.setCleanStart(false);
  expect(draft.sessionExpiry).toBe(60);
});

test.each(['v5', 'v311', 'v31'] as const)('with %s nothing is resumed without a client id', (v) => {
  const form = filled();
  form.draft.protocol = v;
  form.setCleanStart(false);
  expect(form.say('clientId').problem).toContain('client identifier');
  form.generateClientId();
  expect(form.draft.clientId).toMatch(/^wiretree-[0-9a-f]{8}$/);
  expect(form.valid).toBe(true);
});

test('the status template fills will and birth on one topic, retained', () => {
  const form = filled();
  form.draft.clientId = 'line-1';
  form.useStatusTemplate();
  const common = { topic: 'status/line-1', qos: 1, retain: true };
  expect(form.profile.will).toMatchObject({ ...common, payload: { value: 'offline' } });
  expect(form.profile.birth).toMatchObject({ ...common, payload: { value: 'online' } });
});

test('pinning trusts that certificate and shows it', () => {
  const form = filled();
  form.setSecure(true);
  form.pin('AB:'.repeat(31) + 'AB');
  expect(form.valid).toBe(true);
  expect(form.profile.tls?.trust).toMatchObject({ kind: 'pinned' });
  form.draft.tls.fingerprint = 'ab';
  expect(form.say('tls.trust.fingerprint').problem).toContain('64');
});

test('a chosen file is taken; leaving the dialog changes nothing', async () => {
  const form = filled();
  const take = (path: string) => (form.draft.tls.caFile = path);
  await form.choose('authority', take);
  expect(form.draft.tls.caFile).toBe('/home/ann/certificates/chosen.pem');
  backend.chosenFile = null;
  await form.choose('authority', take);
  expect(form.draft.tls.caFile).toBe('/home/ann/certificates/chosen.pem');
});

test('what verifies nothing says so where it is folded', () => {
  const form = filled();
  form.setSecure(true);
  form.draft.tls.trust = 'anything';
  expect(summaryOf('security', form.draft)).toContain('nothing is verified');
});

test('a copy is a new connection of its own', () => {
  const profile = { ...blankProfile(), id: 'a', name: 'A', autoConnect: true };
  const copy = copyOf(profile);
  expect(copy).toMatchObject({ id: '', name: 'A copy', autoConnect: false });
  expect(copy.subscriptions[0]).not.toBe(profile.subscriptions[0]);
});
