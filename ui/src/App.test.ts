// The window as a person meets it, on the scripted backend.
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';

import App from './App.svelte';
import { FakeBackend, demoProfile } from './ipc/fake';
import { plainSubscription } from './ipc/subscription';

let backend: FakeBackend;

beforeEach(() => {
  // jsdom lays nothing out; the lists need a height to know how many rows to ask for.
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', {
    configurable: true,
    get: () => 600,
  });
  localStorage.clear();
  backend = new FakeBackend({ live: false });
});
afterEach(cleanup);

const topic = (name: string) =>
  waitFor(() => {
    const row = screen.getAllByTestId('topic-row').find((element) => element.dataset.name === name);
    if (!row) throw new Error(`no row ${name}`);
    return row;
  });

async function demo(): Promise<void> {
  render(App, { backend });
  await fireEvent.click(await screen.findByTestId('door-demo'));
  await topic('odd');
}

async function open(...names: string[]): Promise<void> {
  for (const name of names) await fireEvent.click(within(await topic(name)).getByTestId('twisty'));
}

test('the welcome contacts nothing; the demo opens a tree that says its levels', async () => {
  render(App, { backend });
  await screen.findByTestId('welcome');
  expect(backend.connections.size).toBe(0);
  await fireEvent.click(screen.getByTestId('door-demo'));
  const row = await topic('acme');
  expect(row).toHaveAttribute('aria-level', '1');
  expect(row).toHaveAttribute('aria-expanded', 'false');
  expect(Number(row.getAttribute('aria-setsize'))).toBeGreaterThan(3);
  expect(screen.getByTestId('topic-tree')).toHaveAttribute('role', 'tree');
});

test('a hostile payload is shown as the text it is', async () => {
  await demo();
  await open('odd');
  await fireEvent.click(await topic('html'));
  const lines = await screen.findByTestId('lines');
  expect(lines.textContent).toContain('<img src=x onerror="alert(1)"><script>alert(2)</script>');
  expect(document.querySelector('img, .workspace script')).toBeNull();
});

test('a topic is found by keyboard and its message and history are shown', async () => {
  await demo();
  const tree = screen.getByTestId('topic-tree');
  for (const key of ['Home', 'z', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight'])
    await fireEvent.keyDown(tree, { key });
  await waitFor(() =>
    expect(screen.getByTestId('breadcrumb').textContent).toMatch(/zigbee2mqtt\/bridge\/state/),
  );
  await waitFor(() => expect(screen.getByTestId('lines').textContent).toContain('online'));
  expect(await screen.findAllByTestId('history-row')).toHaveLength(1);
});

test('publishing here answers with the acknowledgement', async () => {
  await demo();
  await open('odd');
  await fireEvent.click(await topic('html'));
  await screen.findByTestId('lines');
  await fireEvent.keyDown(window, { key: 'p' });
  expect(screen.getByTestId('publish-topic')).toHaveValue('odd/html');
  await fireEvent.input(screen.getByTestId('publish-payload'), { target: { value: '{"a":1}' } });
  await fireEvent.keyDown(screen.getByTestId('publish-payload'), { key: 'Enter', ctrlKey: true });
  await waitFor(() =>
    expect(screen.getByTestId('publish-result').textContent).toContain(
      'PUBACK 0x00 Success in 3.1 ms',
    ),
  );
  await waitFor(() => expect(screen.getByTestId('lines').textContent).toContain('"a": 1'));
});

test('a refused connection says what failed and offers a way out', async () => {
  backend.profiles = [{ ...demoProfile, id: 'a', name: 'A' }];
  const cause = {
    code: 'bad-credentials',
    message: 'CONNECT was refused: 0x86 Bad user name or password',
    detail: null,
  };
  backend.outcome = { kind: 'refused', cause };
  render(App, { backend });
  await fireEvent.click(await screen.findByTestId('connection-open'));
  expect(await screen.findByTestId('state-refused')).toHaveTextContent(
    '0x86 Bad user name or password',
  );
  await fireEvent.click(screen.getByTestId('state-retry'));
  expect(backend.called('retryConnection')).toHaveLength(1);
  await fireEvent.click(screen.getByTestId('state-edit'));
  expect(screen.getByTestId('connection-form')).toBeInTheDocument();
});

test('a refused subscription is named with its reason', async () => {
  await demo();
  const [plant] = backend.connections.values();
  if (!plant) throw new Error('a connection was expected');
  plant.subscriptions = [
    {
      ...plainSubscription('acme/#', 1),
      result: 'refused',
      grantedQos: null,
      reason: '0x87 Not authorized',
    },
  ];
  plant.changed();
  expect(await screen.findByTestId('subscriptions-refused')).toHaveTextContent(
    'acme/# refused: 0x87 Not authorized',
  );
});

test('the subscriptions are in the foot, with what the broker made of each', async () => {
  await demo();
  const button = screen.getByTestId('status-subscriptions');
  expect(button).toHaveTextContent('2 subscriptions');
  expect(button.querySelector('svg')).toBeNull();
  const [plant] = backend.connections.values();
  if (!plant) throw new Error('a connection was expected');
  const reason = 'Granted QoS 0 (0x00)';
  plant.subscriptions = [
    { ...plainSubscription('acme/#', 1), result: 'granted', grantedQos: 0, reason },
    { ...plainSubscription('x/+', 2), result: 'pending', grantedQos: null, reason: '' },
  ];
  plant.changed();
  await waitFor(() => expect(button).toHaveAccessibleName('2 subscriptions, 1 not as asked for'));
  expect(button.querySelector('svg')).not.toBeNull();
  await fireEvent.click(button);
  const rows = screen.getAllByTestId('subscription');
  expect(rows[0]).toHaveTextContent(/acme\/#\s*1 → 0\s*granted, lower than asked\s*Granted QoS 0/);
  expect(rows[1]).toHaveTextContent(/x\/\+\s*2 → …\s*pending/);
  expect(screen.queryByTestId('subscriptions-edit')).toBeNull();
  await fireEvent.keyDown(button, { key: 'Escape' });
  expect(screen.queryByTestId('subscriptions-panel')).toBeNull();
  expect(button).toHaveFocus();
});

test('a message is published again as it was: the undo of clearing', async () => {
  await demo();
  await open('zigbee2mqtt', 'bridge');
  await fireEvent.click(await topic('state'));
  await screen.findByTestId('lines');
  await fireEvent.click(screen.getByTestId('clear-retained'));
  await fireEvent.click(screen.getByTestId('confirm-ok'));
  await waitFor(() => expect(screen.getByTestId('message-words')).toHaveTextContent('empty'));
  const rows = await screen.findAllByTestId('history-row');
  const kept = rows.at(-1);
  if (!kept) throw new Error('the message that was cleared is expected in the history');
  await fireEvent.click(kept);
  await waitFor(() => expect(screen.getByTestId('lines').textContent).toContain('online'));
  await fireEvent.keyDown(window, { key: 'P', shiftKey: true });
  await waitFor(() =>
    expect(screen.getByTestId('publish-topic')).toHaveValue('zigbee2mqtt/bridge/state'),
  );
  await fireEvent.click(screen.getByTestId('publish-send'));
  await waitFor(() => expect(backend.called('publish')).toHaveLength(2));
  expect(backend.called('publish').at(-1)).toEqual([
    {
      topic: 'zigbee2mqtt/bridge/state',
      payload: { kind: 'text', text: 'online' },
      qos: 0,
      retain: true,
      properties: null,
    },
  ]);
});

test('clearing a retained message names the topic and waits for a yes', async () => {
  await demo();
  await open('zigbee2mqtt', 'bridge');
  await fireEvent.click(await topic('state'));
  await fireEvent.click(await screen.findByTestId('clear-retained'));
  expect(screen.getByTestId('clear-topic')).toHaveTextContent('zigbee2mqtt/bridge/state');
  await fireEvent.click(screen.getByTestId('confirm-cancel'));
  expect(backend.called('clearRetained')).toEqual([]);
  await fireEvent.click(screen.getByTestId('clear-retained'));
  await fireEvent.click(screen.getByTestId('confirm-ok'));
  expect(backend.called('clearRetained')).toEqual([['zigbee2mqtt/bridge/state']]);
});

test('adding a broker keeps what was typed when something is wrong, then saves and connects', async () => {
  render(App, { backend });
  await fireEvent.click(await screen.findByTestId('door-add'));
  await fireEvent.input(screen.getByTestId('field-name'), { target: { value: 'Line 1' } });
  await fireEvent.click(screen.getByTestId('form-connect'));
  expect(await screen.findByTestId('form-invalid')).toBeInTheDocument();
  expect(screen.getByTestId('field-name')).toHaveValue('Line 1');
  await fireEvent.input(screen.getByTestId('field-host'), {
    target: { value: 'mqtt://broker.local:1884' },
  });
  await fireEvent.click(screen.getByTestId('form-connect'));
  await waitFor(() => expect(screen.getByTestId('connection-tab')).toHaveTextContent('Line 1'));
  expect(backend.profiles[0]).toMatchObject({
    host: 'broker.local',
    port: 1884,
    subscriptions: [{ filter: '#', qos: 0 }],
  });
});

test('without a keychain the form says so and offers to ask', async () => {
  backend.startupFacts = { keychainAvailable: false };
  render(App, { backend });
  await fireEvent.click(await screen.findByTestId('door-add'));
  expect(screen.getByTestId('password-about')).toHaveTextContent('no keychain');
  expect(within(screen.getByTestId('field-password-source')).queryByText('Keychain')).toBeNull();
});

test('a password is asked for and goes to the backend only', async () => {
  backend.profiles = [{ ...demoProfile, id: 'a', name: 'A', password: 'ask' }];
  render(App, { backend });
  await fireEvent.click(await screen.findByTestId('connection-open'));
  const field = await screen.findByTestId('prompt-password');
  expect(field).toHaveAttribute('type', 'password');
  await fireEvent.input(field, { target: { value: 'secret' } });
  await fireEvent.submit(field);
  await waitFor(() => expect(screen.getByTestId('connection-tab')).toBeInTheDocument());
  expect(document.body.textContent).not.toContain('secret');
});

test('saved connections that cannot be read are a banner with a way out', async () => {
  const problem = {
    code: 'profiles-malformed',
    message: 'profiles.json, line 3: a comma is missing',
    detail: null,
  };
  backend.startupFacts = { profilesProblem: problem };
  render(App, { backend });
  expect(await screen.findByTestId('profiles-problem')).toHaveTextContent('line 3');
  await fireEvent.click(screen.getByTestId('profiles-set-aside'));
  await waitFor(() => expect(screen.queryByTestId('profiles-problem')).toBeNull());
});

test('all four counts are in sight, and history that stopped is a banner', async () => {
  await demo();
  expect(screen.getByTestId('status-received')).toHaveTextContent(/\d received/);
  expect(screen.getByTestId('status-stored')).toHaveTextContent(/\d stored/);
  expect(screen.getByTestId('status-shown')).toHaveTextContent(/\d shown/);
  expect(screen.getByTestId('status-dropped')).toHaveTextContent('0 dropped');
  const [plant] = backend.connections.values();
  if (!plant) throw new Error('a connection was expected');
  plant.historyProblem = { code: 'disk-full', message: 'the disk is full', detail: null };
  plant.changed();
  expect(await screen.findByTestId('history-stopped')).toHaveTextContent('The disk is full.');
});

test('a history that was set aside is told of, until that has been read', async () => {
  backend.startupFacts = {
    historyMended: {
      kind: 'salvaged',
      aside: '/home/ann/history.wiretree.corrupt-20261129',
      reason: 'it is damaged',
      messages: 1200,
      lost: 3,
      nameless: 1,
    },
  };
  render(App, { backend });
  const banner = await screen.findByTestId('history-mended');
  expect(banner.textContent).toContain('corrupt-20261129');
  expect(banner.textContent).toMatch(/1.200 messages that are intact/);
  expect(banner.textContent).toContain('3 messages could not be read');
  await fireEvent.click(screen.getByTestId('history-mended-close'));
  expect(screen.queryByTestId('history-mended')).toBeNull();
});

test('while the history is written anew the window says how far it is', async () => {
  let ready = () => {};
  const facts = await backend.startup(() => {});
  backend.startup = async (receive) => {
    receive?.({ messages: 250, total: 1000 });
    await new Promise<void>((resolve) => (ready = resolve));
    return facts;
  };
  render(App, { backend });
  expect((await screen.findByTestId('opening')).textContent).toMatch(/250 of 1.000 messages/);
  ready();
  await screen.findByTestId('welcome');
  expect(screen.queryByTestId('opening')).toBeNull();
});
