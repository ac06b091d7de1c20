import { beforeEach, expect, test } from 'vitest';

import type { DoctorEvent, Profile } from '../../../ipc/backend';
import { FakeBackend, demoProfile } from '../../../ipc/fake';
import { certificates, examination, finding } from '../../../ipc/fake/doctor';
import { NOTHING_GIVEN } from '../../../ipc/secrets';
import { settled } from '../../../ipc/testing';
import { Doctor } from './doctor.svelte';
import { colons, reportOf, validity, wordsOf } from './report';

const secure: Profile = {
  ...demoProfile,
  tls: {
    trust: { kind: 'system' },
    caFile: null,
    client: null,
    serverName: null,
    alpn: [],
    minimumVersion: 'v12',
    keyLog: false,
  },
};

let backend: FakeBackend;
beforeEach(() => (backend = new FakeBackend({ live: false })));

const doctorFor = (profile: Profile = demoProfile) => new Doctor(backend, profile, NOTHING_GIVEN);
const ids = (doctor: Doctor) => doctor.findings.map(({ id, status }) => `${id} ${status}`);

test('each step has one line, which changes from running to how it went', async () => {
  const doctor = doctorFor(secure);
  const seen: string[] = [];
  backend.runDoctor = async (profile, _given, checks, receive) => {
    for (const event of examination(profile, checks)) {
      receive(event);
      seen.push(ids(doctor).at(-1) ?? '');
    }
    return 1;
  };
  await doctor.start();
  expect(seen.slice(0, 4)).toEqual(['address running', 'address ok', 'reach running', 'reach ok']);
  expect(ids(doctor)).toEqual(['address ok', 'reach ok', 'tls ok', 'connack ok', 'disconnect ok']);
  expect([doctor.ok, doctor.running]).toEqual([true, false]);
  expect(doctor.chain).toEqual(certificates);
});

test('only the checks that were chosen are run', async () => {
  const doctor = doctorFor();
  doctor.chosen.shared = true;
  doctor.chosen.allTopics = true;
  await doctor.start();
  await settled();
  expect(backend.called('runDoctor')[0]?.[2]).toEqual(['allTopics', 'shared']);
  expect(ids(doctor)).toContain('allTopics warning');
});

test('a failure keeps its cause, its fix and the chain to look at', async () => {
  backend.doctorEvents = examination(secure, [], true);
  const doctor = doctorFor(secure);
  await doctor.start();
  await settled();
  expect(doctor.ok).toBe(false);
  const failed = doctor.findings.at(-1);
  expect(failed).toMatchObject({ id: 'tls', status: 'failed' });
  expect(failed?.likelyCause).not.toBeNull();
  expect(doctor.chain).toHaveLength(2);
});

test('after Cancel nothing more is heard, and the backend is told', async () => {
  const told: ((event: DoctorEvent) => void)[] = [];
  backend.runDoctor = async (_profile, _given, _checks, receive) => {
    told.push(receive);
    return 7;
  };
  const doctor = doctorFor();
  await doctor.start();
  told[0]?.({ kind: 'finding', finding: finding({ id: 'address', name: 'A' }) });
  told[0]?.({
    kind: 'finding',
    finding: finding({ id: 'reach', name: 'R', status: 'running' }),
  });
  doctor.cancel();
  expect(backend.called('cancelDoctor')).toEqual([[7]]);
  expect(ids(doctor)).toEqual(['address ok']);
  told[0]?.({ kind: 'done', ok: true });
  expect([doctor.ok, doctor.cancelled, doctor.running]).toEqual([null, true, false]);
});

test('a second run hears nothing of the first, even where its number came late', async () => {
  const told: ((event: DoctorEvent) => void)[] = [];
  const numbers: ((job: number) => void)[] = [];
  backend.runDoctor = (_profile, _given, _checks, receive) => {
    told.push(receive);
    return new Promise((resolve) => numbers.push(resolve));
  };
  const doctor = doctorFor();
  void doctor.start();
  void doctor.start();
  numbers[0]?.(1);
  numbers[1]?.(2);
  await settled();
  expect(backend.called('cancelDoctor'), 'the first is ended').toEqual([[1]]);
  told[0]?.({ kind: 'done', ok: false });
  expect(doctor.running).toBe(true);
  told[1]?.({ kind: 'done', ok: true });
  expect(doctor.ok).toBe(true);
});

test('a secret that is missing is asked for, and the next run has it', async () => {
  const doctor = doctorFor({ ...demoProfile, password: 'ask' });
  await doctor.start();
  expect([doctor.missing, doctor.problem, doctor.running]).toEqual(['password', null, false]);
  await doctor.start({ ...NOTHING_GIVEN, password: { encoding: 'text', value: 's3cret' } });
  await settled();
  expect([doctor.missing, doctor.ok]).toEqual([null, true]);
  expect(reportOf(doctor.profile, doctor.findings)).not.toContain('s3cret');
});

test('what cannot be begun is a problem in words', async () => {
  backend.runDoctor = () =>
    Promise.reject({ code: 'profile-invalid', message: 'no host', detail: null });
  const doctor = doctorFor();
  await doctor.start();
  expect(doctor.problem?.code).toBe('profile-invalid');
});

test('the report has every step, time, cause, limit and certificate', async () => {
  backend.doctorEvents = examination(secure, [], true);
  const doctor = doctorFor(secure);
  await doctor.start();
  await settled();
  const report = reportOf(secure, doctor.findings);
  for (const part of [
    'test of mqtts://127.0.0.1:18830 (MQTT 5)',
    '[ok] Find the address (1.2 ms): 10.4.0.7',
    '[FAILED] TLS handshake',
    'Likely cause: ',
    'What to do: ',
    'SHA-256 7D:1F:0C',
    'for factory-munich.example',
  ])
    expect(report).toContain(part);
});

const refused = finding({
  id: 'reach',
  name: 'Open the connection',
  status: 'failed',
  detail: 'nobody answers at a:1',
  problem: { code: 'unreachable', message: 'nobody answers at a:1', detail: null },
  likelyCause: 'Nothing listens there',
  fix: 'Check the port',
});

test('what a failed step has to say is said once', () => {
  const { likelyCause: cause, fix } = refused;
  expect(wordsOf(refused)).toEqual({ said: [], failed: 'Nobody answers at a:1.', cause, fix });
  const message = 'nothing listens there. Check the port';
  const whole = { ...refused, detail: message, problem: { code: 'tls', message, detail: null } };
  expect(wordsOf(whole), 'the sentence is cause and fix').toEqual({
    said: [],
    failed: null,
    cause,
    fix,
  });
  expect(wordsOf({ ...refused, detail: 'after 3 tries' }).said).toEqual(['after 3 tries']);
});

const DAY = 86_400_000_000;
test.each([
  [5, 'not valid before 1970-01-11', 'bad'],
  [50, 'valid for 50 more days', 'good'],
  [99.5, 'valid for less than a day', 'warn'],
  [75, 'valid for 25 more days', 'warn'],
  [101, 'expired on 1970-04-11', 'bad'],
] as const)('on day %s a certificate of day 10 to 100 is %s', (today, words, tone) => {
  expect(validity(10 * DAY, 100 * DAY, today * DAY)).toEqual({ words, tone });
});

test('a fingerprint is written in pairs, however it came', () => {
  expect(colons('ab:CD01')).toBe('AB:CD:01');
});
