import { expect, test } from 'vitest';

import { FakeBackend } from '../../../ipc/fake';
import { blankProfile } from '../profile';
import { draftOf, profileOf } from './draft';
import { ProfileForm } from './profile-form.svelte';
import { rich } from './testing';

const byToken = { ...blankProfile(), accessToken: true, password: 'keychain' as const };

test.each([
  ['blank', blankProfile()] as const,
  ['rich', rich] as const,
  ['token', byToken] as const,
])('a %s connection comes out of the form as it went in', (_, profile) => {
  expect(profileOf(profile.id, draftOf(profile))).toEqual(profile);
});

test('what is switched off is not saved, and comes back when it is switched on', () => {
  const form = new ProfileForm(rich, new FakeBackend({ live: false }));
  form.setCarrier('unix');
  form.draft.socket = '/run/mqtt.sock';
  form.draft.hasWill = false;
  form.draft.protocol = 'v311';
  expect(form.profile).toMatchObject({
    transport: { kind: 'unix', path: '/run/mqtt.sock' },
    tls: null,
    proxy: null,
    will: null,
  });
  expect(form.profile.scram, 'there is none in 3.1.1').toBe(false);
  expect(form.profile.properties, 'kept for MQTT 5').toEqual(rich.properties);
  form.setCarrier('webSocket');
  form.draft.hasWill = true;
  form.draft.protocol = 'v5';
  expect(form.profile).toEqual(rich);
});
