// Saved connections as a person meets them: the form, its presets, the doctor, what is asked for.
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';

import App from './App.svelte';
import type { Profile, Tls } from './ipc/backend';
import { FakeBackend, demoProfile } from './ipc/fake';
import { examination } from './ipc/fake/doctor';

let backend: FakeBackend;
beforeEach(() => {
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', {
    configurable: true,
    get: () => 600,
  });
  backend = new FakeBackend({ live: false });
});
afterEach(cleanup);

const TLS: Tls = {
  trust: { kind: 'system' },
  caFile: null,
  client: null,
  serverName: null,
  alpn: [],
  minimumVersion: 'v12',
  keyLog: false,
};
const saved = (change: Partial<Profile>): Profile => ({ ...demoProfile, id: 'a', ...change });
const click = (hook: string) => fireEvent.click(screen.getByTestId(hook));
const type = (hook: string, value: string) =>
  fireEvent.input(screen.getByTestId(hook), { target: { value } });
const pick = (hook: string, name: string) =>
  fireEvent.click(within(screen.getByTestId(hook)).getByRole('radio', { name }));

async function add(): Promise<void> {
  render(App, { backend });
  await fireEvent.click(await screen.findByTestId('door-add'));
  await type('field-name', 'Line 1');
  await type('field-host', 'broker.local');
}

test('a preset fills the form, nothing is contacted, and it is saved as chosen', async () => {
  await add();
  await click('presets');
  await click('preset-tb-device');
  expect(backend.calls.some(({ name }) => /open|run/.test(name))).toBe(false);
  await type('field-token', 'A1_TEST_TOKEN');
  expect(screen.getByTestId('field-token'), 'the token is hidden').toHaveAttribute(
    'type',
    'password',
  );
  await click('field-token-show');
  expect(screen.getByTestId('field-token')).toHaveAttribute('type', 'text');
  await click('form-save');
  await waitFor(() => expect(backend.profiles).toHaveLength(1));
  expect(backend.profiles[0]).toMatchObject({
    purpose: 'thingsBoardDevice',
    username: null,
    accessToken: true,
    password: 'keychain',
  });
  expect(JSON.stringify(backend.profiles), 'a token is a secret').not.toContain('A1_TEST_TOKEN');
  expect(backend.called('saveProfile')[0]?.[1]).toMatchObject({
    password: { kind: 'set', value: 'A1_TEST_TOKEN' },
  });
  expect(backend.profiles[0]?.subscriptions[0]).toMatchObject({ qos: 1 });
});

test('Esc in the presets closes them, not the form', async () => {
  await add();
  await click('presets');
  const escape = await fireEvent.keyDown(screen.getByTestId('preset-aws'), { key: 'Escape' });
  expect(escape, 'the dialog must not see it').toBe(false);
  expect(screen.queryByTestId('preset-aws')).toBeNull();
  expect(screen.getByTestId('connection-form')).toBeInTheDocument();
});

test('what was typed is not lost by Esc without a question', async () => {
  await add();
  await fireEvent(screen.getByTestId('connection-form'), new Event('cancel', { cancelable: true }));
  await click('confirm-cancel');
  expect(screen.getByTestId('field-name')).toHaveValue('Line 1');
  await fireEvent(screen.getByTestId('connection-form'), new Event('cancel', { cancelable: true }));
  await click('confirm-ok');
  expect(screen.queryByTestId('connection-form')).toBeNull();
});

test('X.509 at ThingsBoard leads to TLS with a client certificate', async () => {
  await add();
  await click('presets');
  await click('preset-tb-gateway');
  await pick('field-sign-in', 'X.509');
  await click('field-certificate-choose');
  await waitFor(() =>
    expect(screen.getByTestId('field-certificate')).toHaveValue(
      '/home/ann/certificates/chosen.pem',
    ),
  );
  await type('field-key', '/k.pem');
  await click('form-save');
  await waitFor(() => expect(backend.profiles).toHaveLength(1));
  expect(backend.profiles[0]).toMatchObject({
    port: 8883,
    tls: { client: { files: { kind: 'pem', key: '/k.pem' } } },
    username: null,
  });
});

test('what verifies nothing is red in the form, in the list and in the tab', async () => {
  await add();
  await click('show-security');
  await pick('field-secure', 'TLS');
  await pick('field-trust', 'Do not verify');
  expect(screen.getByTestId('insecure')).toHaveTextContent('Nothing is verified');
  expect(screen.getByTestId('section-security')).toHaveTextContent('nothing is verified');
  await click('form-connect');
  await waitFor(() =>
    expect(screen.getByTestId('connection-tab')).toHaveTextContent('not verified'),
  );
  await click('tab-add');
  expect(screen.getByTestId('connection-item')).toHaveTextContent('not verified');
});

test('a section is unfolded and its head focused from the list beside it', async () => {
  await add();
  const section = screen.getByTestId('section-will');
  expect(within(section).queryByTestId('field-has-will')).toBeNull();
  await click('show-will');
  expect(within(section).getByTestId('field-has-will')).toBeInTheDocument();
  const head = within(section).getByRole('button', { name: /Will and status/ });
  expect(head).toHaveAttribute('aria-expanded', 'true');
  expect(head).toHaveFocus();
});

test('what is for MQTT 5 says so with 3.1.1, and is kept', async () => {
  await add();
  await click('show-properties');
  await type('field-receive-maximum', '10');
  expect(screen.queryByTestId('only-v5')).toBeNull();
  await pick('field-protocol', 'MQTT 3.1.1');
  expect(screen.getByTestId('only-v5')).toHaveTextContent('MQTT 3.1.1 has no properties');
  await click('form-save');
  await waitFor(() => expect(backend.profiles).toHaveLength(1));
  expect(backend.profiles[0]).toMatchObject({
    protocol: 'v311',
    properties: { receiveMaximum: 10 },
  });
});

test('the backend is asked while one types; an error keeps it from being saved, a warning not', async () => {
  backend.fieldProblems = [{ field: 'host', level: 'error', message: 'Not this one.' }];
  await add();
  await waitFor(() => expect(screen.getByTestId('field-host')).toBeInvalid());
  await click('form-save');
  expect(await screen.findByTestId('form-invalid')).toBeInTheDocument();
  expect(screen.getByTestId('field-host')).toHaveAccessibleDescription('Not this one.');
  backend.fieldProblems = [{ field: 'host', level: 'warning', message: 'Odd.' }];
  await click('form-save');
  await waitFor(() => expect(backend.profiles).toHaveLength(1));
});

test('subscriptions are added, moved, given options and removed', async () => {
  await add();
  await click('subscription-add');
  const filters = () => screen.getAllByTestId('subscription-filter');
  await fireEvent.input(filters()[1] as HTMLElement, { target: { value: '$share/g/a/#' } });
  expect(screen.getByTestId('subscriptions')).toHaveTextContent('each message goes to one');
  await fireEvent.click(screen.getByRole('button', { name: 'Move filter 2 up' }));
  expect(filters()[0]).toHaveValue('$share/g/a/#');
  await fireEvent.click(screen.getAllByTestId('subscription-options')[0] as HTMLElement);
  await pick('subscription-retain-handling', 'Never');
  await type('subscription-identifier', '7');
  await fireEvent.click(screen.getByRole('button', { name: 'Remove filter 2' }));
  await click('form-save');
  await waitFor(() => expect(backend.profiles).toHaveLength(1));
  expect(backend.profiles[0]?.subscriptions).toEqual([
    {
      filter: '$share/g/a/#',
      qos: 0,
      noLocal: false,
      retainAsPublished: true,
      retainHandling: 'doNotSend',
      identifier: 7,
    },
  ]);
});

test('the doctor shows each step, and its certificate can be pinned in the form', async () => {
  await add();
  await click('show-security');
  await pick('field-secure', 'TLS');
  backend.doctorEvents = examination(saved({ tls: TLS }), [], true);
  await click('form-test');
  const result = await screen.findByTestId('test-result');
  await waitFor(() => expect(result).toHaveTextContent('It does not work yet'));
  const steps = within(result).getAllByTestId('finding');
  expect(steps.map((step) => step.dataset.id)).toEqual(['address', 'reach', 'tls']);
  expect(steps[2]).toHaveTextContent(/no authority that this system trusts/);
  expect(steps[2]).toHaveTextContent(/Likely cause.*What to do/);
  expect(screen.getByTestId('fingerprint')).toHaveTextContent(/^7D:1F:0C:.*:7D:20$/);
  await click('pin');
  expect(screen.queryByTestId('doctor')).toBeNull();
  expect(screen.getByTestId('field-fingerprint')).toHaveValue(
    '7d1f0c5e9ab34421d0f6a8877b5c3e2f11aa94c6b3d2e8f70154cc9e8b6a7d20',
  );
  expect(backend.profiles, 'testing saves nothing').toEqual([]);
});

test('checks that subscribe or publish run only when they were chosen', async () => {
  await add();
  await click('form-test');
  await waitFor(() =>
    expect(screen.getByTestId('test-result')).toHaveTextContent('accepts this connection'),
  );
  expect(backend.called('runDoctor')[0]?.[2]).toEqual([]);
  await click('check-shared');
  expect(backend.called('runDoctor'), 'choosing runs nothing').toHaveLength(1);
  await click('checks-run');
  await waitFor(() =>
    expect(screen.getByTestId('test-result')).toHaveTextContent('Shared subscription'),
  );
  expect(backend.called('runDoctor')[1]?.[2]).toEqual(['shared']);
});

test('the doctor of a refused tab asks for the password it needs', async () => {
  backend.profiles = [saved({ name: 'A', password: 'ask' })];
  const cause = { code: 'refused', message: '0x87 Not authorized', detail: null };
  backend.outcome = { kind: 'refused', cause };
  render(App, { backend });
  await fireEvent.click(await screen.findByTestId('connection-open'));
  await fireEvent.input(await screen.findByTestId('prompt-password'), { target: { value: 'no' } });
  await click('prompt-connect');
  await screen.findByTestId('state-refused');
  await click('state-test');
  const field = await within(await screen.findByTestId('doctor')).findByTestId('prompt-password');
  await fireEvent.input(field, { target: { value: 's3cret' } });
  await fireEvent.submit(field);
  await waitFor(() =>
    expect(screen.getByTestId('test-result')).toHaveTextContent('accepts this connection'),
  );
  expect(document.body.textContent).not.toContain('s3cret');
});

test('a tab that could not be opened at the start says why and asks when told to', async () => {
  const client = {
    files: { kind: 'pkcs12' as const, file: '/a.p12' },
    passphrase: 'ask' as const,
  };
  backend.profiles = [saved({ name: 'A', autoConnect: true, tls: { ...TLS, client } })];
  render(App, { backend });
  expect(await screen.findByTestId('failed-tab')).toHaveTextContent('passphrase');
  expect(screen.queryByTestId('password-prompt')).toBeNull();
  await click('failed-retry');
  await fireEvent.input(await screen.findByTestId('prompt-keyPassphrase'), {
    target: { value: 'key' },
  });
  await click('prompt-connect');
  await waitFor(() => expect(screen.queryByTestId('failed-tab')).toBeNull());
  expect(backend.called('openConnection').at(-1)?.[1]).toMatchObject({ keyPassphrase: 'key' });
});

test('saved connections stand in folders that fold, with their marks', async () => {
  backend.profiles = [
    saved({ id: 'n', name: 'north', folder: 'plant', production: true, colour: 'red' }),
    saved({ id: 'h', name: 'home' }),
  ];
  render(App, { backend });
  const folder = await screen.findByTestId('connection-folder');
  expect(folder).toHaveTextContent(/plant\s*1/);
  const items = screen.getAllByTestId('connection-item');
  expect(items.map((item) => item.textContent)).toEqual([
    expect.stringContaining('home'),
    expect.stringMatching(/north\s*production/),
  ]);
  expect(items[1]?.style.getPropertyValue('--mark')).toBe('var(--c-red)');
  await fireEvent.click(folder);
  expect(folder).toHaveAttribute('aria-expanded', 'false');
  expect(screen.getAllByTestId('connection-item')).toHaveLength(1);
});
