import { beforeEach, expect, test } from 'vitest';

import { FakeBackend } from '../../../ipc/fake';
import { filterProblem } from '../../../lib/topic';
import { blankProfile } from '../profile';
import { PRESETS } from './presets';
import { ProfileForm } from './profile-form.svelte';

let form: ProfileForm;
beforeEach(() => (form = new ProfileForm(blankProfile(), new FakeBackend({ live: false }))));

const all = PRESETS.flatMap(({ presets }) => presets);

function apply(id: string): ProfileForm {
  const preset = all.find((one) => one.id === id);
  if (!preset) throw new Error(`no preset ${id}`);
  preset.apply(form);
  return form;
}
const filters = () => form.profile.subscriptions.map(({ filter, qos }) => `${filter} ${qos}`);

test.each([
  ['plain', 'tcp', false, 1883],
  ['tls', 'tcp', true, 8883],
  ['ws', 'webSocket', false, 80],
  ['wss', 'webSocket', true, 443],
] as const)('%s chooses transport, TLS and port', (id, kind, secure, port) => {
  form.draft.port = 7;
  const { profile } = apply(id);
  expect([profile.transport.kind, profile.tls !== null, profile.port]).toEqual([
    kind,
    secure,
    port,
  ]);
});

test('AWS IoT: its protocol name on 443, a client certificate, an identifier, and no #', () => {
  const { profile } = apply('aws');
  expect(profile).toMatchObject({ port: 443, subscriptions: [] });
  expect(profile.tls).toMatchObject({
    alpn: ['x-amzn-mqtt-ca'],
    client: { files: { kind: 'pem' } },
  });
  expect(profile.clientId).not.toBe('');
});

test('a ThingsBoard device subscribes to what the server answers on, with QoS 1', () => {
  const { profile } = apply('tb-device');
  expect(profile).toMatchObject({ purpose: 'thingsBoardDevice', port: 1883 });
  expect(filters()).toEqual([
    'v1/devices/me/attributes 1',
    'v1/devices/me/attributes/response/+ 1',
    'v1/devices/me/rpc/request/+ 1',
    'v1/devices/me/rpc/response/+ 1',
    'v2/fw/response/+/chunk/+ 1',
    'v2/sw/response/+/chunk/+ 1',
    'v2/fw/error 1',
    'v2/sw/error 1',
  ]);
});

test.each([
  ['plain', ['v2/a 1', 'v2/a/res/+ 1', 'v2/r/req/+ 1', 'v2/r/res/+ 1']],
  ['j', ['v2/a/j 1', 'v2/a/res/j/+ 1', 'v2/r/req/j/+ 1', 'v2/r/res/j/+ 1']],
  ['p', ['v2/a/p 1', 'v2/a/res/p/+ 1', 'v2/r/req/p/+ 1', 'v2/r/res/p/+ 1']],
] as const)('the short topics of ThingsBoard come as %s', (encoding, wanted) => {
  apply(`tb-device-v2-${encoding}`);
  expect(filters().slice(0, 4)).toEqual(wanted);
});

test('a gateway and a provisioning connection have their own topics', () => {
  apply('tb-gateway');
  expect(filters()).toEqual([
    'v1/gateway/attributes 1',
    'v1/gateway/attributes/response 1',
    'v1/gateway/rpc 1',
  ]);
  apply('tb-provisioning');
  expect(filters()).toEqual(['/provision/response 1']);
  expect(form.profile).toMatchObject({ username: 'provision', password: 'none' });
  expect(form.note).toContain('only the provisioning topics');
  apply('tb-device');
  expect(form.profile).toMatchObject({ username: null, accessToken: true });
});

test('a preset for a device leaves a sign-in that was chosen', () => {
  form.draft.username = 'ann';
  form.draft.password = 'ask';
  expect(apply('tb-gateway').profile).toMatchObject({
    username: 'ann',
    password: 'ask',
    accessToken: false,
  });
});

test('ThingsBoard behind TLS keeps TLS', () => {
  form.setSecure(true);
  expect(apply('tb-gateway').profile.port).toBe(8883);
});

test.each(['plain', 'tls', 'ws', 'wss', 'tb-device', 'test.mosquitto.org'])(
  '%s takes back what AWS IoT had put there, but no certificate that was chosen',
  (id) => {
    apply('aws');
    apply(id);
    form.setSecure(true);
    expect(form.profile.tls).toMatchObject({ alpn: [], client: null });
    expect(form.note ?? '').not.toContain('AWS');
    apply('aws').draft.tls.certificate = '/mine.pem';
    apply(id);
    form.setSecure(true);
    expect(form.profile.tls?.client?.files).toMatchObject({ certificate: '/mine.pem' });
  },
);

test.each(['aws', 'test.mosquitto.org'])('%s is no device of ThingsBoard', (id) => {
  for (const before of ['tb-provisioning', 'tb-device']) {
    apply(before);
    expect(apply(id).profile).toMatchObject({
      purpose: 'general',
      username: null,
      password: 'none',
      accessToken: false,
    });
  }
});

test('public test brokers come with the warning that anyone reads along', () => {
  const group = PRESETS.find(({ warning }) => warning !== undefined);
  expect(group?.warning).toContain('Anyone reads along');
  for (const { id } of group?.presets ?? []) {
    apply(id);
    expect(form.profile.host).toBe(id);
    expect(form.note).toContain('Anyone reads along');
  }
});

test.each(all.map(({ id }) => id).filter((id) => !['plain', 'tls', 'ws', 'wss'].includes(id)))(
  '%s subscribes to valid filters, and never to everything',
  (id) => {
    const { profile } = apply(id);
    for (const { filter } of profile.subscriptions) {
      expect(filterProblem(filter)).toBeNull();
      expect(['#', '+/#']).not.toContain(filter);
    }
  },
);

test('a preset leaves name, sign-in and everything else as it was', () => {
  form.draft.name = 'Mine';
  form.draft.username = 'ann';
  const { profile } = apply('tls');
  expect(profile).toMatchObject({ name: 'Mine', username: 'ann' });
  expect(profile.subscriptions.map(({ filter }) => filter)).toEqual(['#']);
});
