import { beforeEach, expect, test } from 'vitest';

import type { ConnectionState } from '../../ipc/backend';
import { opened } from '../../ipc/testing';
import { type ActName, type Standing, actsFor } from './acts';
import { Control } from './control.svelte';
import { Farewell, REASONS } from './farewell.svelte';

let setup: Awaited<ReturnType<typeof opened>>;
let control: Control;
beforeEach(async () => {
  setup = await opened();
  control = new Control(setup.backend, setup.id);
});

test('a ping tells its round trip, and is remembered', async () => {
  expect(await control.pingNow()).toBe('PINGRESP after 1.7 ms');
  expect(control.ping?.roundTrip).toBe(1700);
});

test('a ping without a connection is a sentence', async () => {
  setup.backend.ping = () =>
    Promise.reject({ code: 'not-connected', message: 'there is no connection', detail: null });
  expect(await control.pingNow()).toBe('There is no connection.');
});

test('disconnecting sends what was typed, and the connection rests', async () => {
  const farewell = new Farewell();
  farewell.reason = 4;
  farewell.expiry = '3600';
  farewell.words = 'for a test';
  farewell.add();
  Object.assign(farewell.properties[0] ?? {}, { name: 'why', value: 'will' });
  farewell.add();
  control.ask('disconnect');
  await control.disconnect(farewell.input());
  expect(control.asking).toBeNull();
  expect(setup.backend.called('disconnect')).toEqual([
    [
      {
        reason: 4,
        sessionExpiry: 3600,
        reasonString: 'for a test',
        userProperties: [{ name: 'why', value: 'will' }],
      },
    ],
  ]);
  expect(setup.plant.state).toEqual({ kind: 'paused', dropped: false });
});

test('a plain farewell says nothing beyond DISCONNECT', () => {
  expect(new Farewell().input()).toEqual({
    reason: 0,
    sessionExpiry: null,
    reasonString: null,
    userProperties: [],
  });
  expect(REASONS.find(({ code }) => code === 4)?.about).toContain('publishes the will');
});

test.each([
  ['', true],
  ['0', true],
  ['4294967295', true],
  ['4294967296', false],
  ['-1', false],
  ['1.5', false],
  ['soon', false],
])('a session expiry of %j is allowed: %s', (typed, allowed) => {
  const farewell = new Farewell();
  farewell.expiry = typed;
  expect(farewell.expiryProblem === null).toBe(allowed);
});

test('what is refused keeps its dialog, with the reason; unlocked it goes through', async () => {
  setup.backend.locked = true;
  control.ask('drop');
  await control.drop();
  expect(control.asking).toBe('drop');
  expect(control.problem).toContain('unlock it first');
  await control.unlock();
  expect(control.unlocked).toBe(true);
  control.ask('drop');
  await control.drop();
  expect(setup.plant.state).toEqual({ kind: 'paused', dropped: true });
});

const UP: ConnectionState = {
  kind: 'connected',
  sessionPresent: false,
  clientId: 'c',
  since: 0,
  limits: [],
};
const cause = { code: 'refused', message: 'no', detail: null };
const standing = (change: Partial<Standing>): Standing => ({
  state: UP,
  v5: true,
  scram: false,
  recordingPaused: false,
  locked: false,
  editable: true,
  ...change,
});
const CASES: [string, Partial<Standing>, ActName[], ActName[]][] = [
  ['connected', {}, ['ping', 'disconnect', 'drop'], ['connect', 'reauthenticate', 'unlock']],
  ['paused', { state: { kind: 'paused', dropped: true } }, ['connect'], ['ping', 'drop']],
  ['refused', { state: { kind: 'refused', cause } }, ['connect', 'edit', 'test'], ['disconnect']],
  ['with SCRAM', { scram: true }, ['reauthenticate'], []],
  ['with SCRAM under 3.1.1', { scram: true, v5: false }, [], ['reauthenticate']],
  ['recording', {}, ['pauseRecording', 'keep', 'clearHistory'], ['resumeRecording']],
  ['recording paused', { recordingPaused: true }, ['resumeRecording'], ['pauseRecording']],
  ['locked', { locked: true }, ['unlock'], []],
  ['the demo', { editable: false }, ['close', 'tester'], ['edit', 'test']],
];
test.each(CASES)('%s: what can be done fits the state', (_, change, offered, withheld) => {
  const names = actsFor(standing(change)).map(({ name }) => name);
  for (const name of offered) expect(names).toContain(name);
  for (const name of withheld) expect(names).not.toContain(name);
});
