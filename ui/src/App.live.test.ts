// An open connection as a person works on it: packets, subscriptions, acts on the session.
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

async function demo(): Promise<void> {
  render(App, { backend });
  await fireEvent.click(await screen.findByTestId('door-demo'));
  await screen.findAllByTestId('topic-row');
}

test('the packets are in the drawer; one is chosen, its fields mark its bytes, F follows again', async () => {
  await demo();
  await fireEvent.click(screen.getByTestId('tab-packets'));
  const rows = await screen.findAllByTestId('packet-row');
  expect(rows.at(-1)).toHaveTextContent(/PUBLISH|PUBACK/);
  expect(screen.getByTestId('packet-count')).toHaveTextContent(/^\d+ of \d+$/);
  const publish = rows.find((row) => /PUBLISH.*Q1/.test(row.textContent));
  if (!publish) throw new Error('a PUBLISH with QoS 1 was expected');
  await fireEvent.click(publish);
  expect(screen.getByTestId('packets-follow')).toHaveTextContent('Held');
  await waitFor(() => expect(screen.getAllByTestId('ladder-step')).toHaveLength(2));
  const detail = within(screen.getByTestId('packet-detail'));
  await fireEvent.click(detail.getByTestId('tab-fields'));
  const [, , topicName] = screen.getAllByTestId('packet-field');
  if (!topicName) throw new Error('a field was expected');
  await fireEvent.click(topicName);
  await fireEvent.click(detail.getByTestId('tab-bytes'));
  const marked = screen.getAllByTestId('packet-byte').filter((byte) => byte.matches('.marked'));
  expect(marked.length).toBeGreaterThan(4);
  await fireEvent.keyDown(screen.getByTestId('packet-list'), { key: 'f' });
  expect(screen.getByTestId('packets-follow')).toHaveTextContent('Following');
});

test('packets are exported as they are filtered', async () => {
  await demo();
  await fireEvent.click(screen.getByTestId('tab-packets'));
  await fireEvent.click(screen.getByTestId('packet-menu'));
  await fireEvent.click(screen.getByTestId('packets-export'));
  expect(screen.getByTestId('packet-export-scope')).toHaveTextContent('without PINGs');
  await fireEvent.click(screen.getByTestId('packet-export-ndjson'));
  await fireEvent.click(screen.getByTestId('packet-export-start'));
  expect(await screen.findByTestId('export-finished')).toHaveTextContent('31 packets written');
  expect(backend.called('startPacketExport').at(-1)?.[1]).toMatchObject({
    format: 'ndjson',
    filter: { hidePings: true },
  });
});

test('the drawer remembers its tab, and the tab in view closes it', async () => {
  await demo();
  await fireEvent.click(screen.getByTestId('tab-packets'));
  await fireEvent.click(screen.getByTestId('tab-packets'));
  expect(screen.queryByTestId('packets-pane')).toBeNull();
  await fireEvent.click(screen.getByTestId('drawer-toggle'));
  expect(screen.getByTestId('packets-pane')).toBeInTheDocument();
  await fireEvent.keyDown(window, { key: 'p' });
  expect(await screen.findByTestId('publish-form')).toBeInTheDocument();
});

async function act(name: string): Promise<void> {
  await fireEvent.click(screen.getByTestId('connection-menu'));
  await fireEvent.click(screen.getByTestId(`act-${name}`));
}

test('the menu pings, disconnects with a reason, and connects again', async () => {
  await demo();
  await act('ping');
  expect(await screen.findByText('PINGRESP after 1.7 ms')).toBeInTheDocument();
  await act('disconnect');
  await fireEvent.change(screen.getByTestId('disconnect-reason'), { target: { value: '4' } });
  await fireEvent.click(screen.getByTestId('disconnect-ok'));
  expect(await screen.findByTestId('state-paused')).toHaveTextContent('DISCONNECT was sent');
  await waitFor(() =>
    expect(screen.getByTestId('connection-tab')).toHaveTextContent('disconnected'),
  );
  await fireEvent.click(screen.getByTestId('state-connect'));
  expect(backend.called('retryConnection')).toHaveLength(1);
});

test('dropping says that the will is published', async () => {
  await demo();
  await act('drop');
  expect(screen.getByTestId('drop-dialog')).toHaveTextContent(
    /without DISCONNECT.*publishes the will/,
  );
  await fireEvent.click(screen.getByTestId('confirm-ok'));
  expect(await screen.findByTestId('state-paused')).toHaveTextContent('Dropped.');
});

test('a production connection publishes only when its name was typed', async () => {
  backend.openedFacts = { production: true };
  backend.locked = true;
  await demo();
  await fireEvent.click(screen.getByTestId('publish-unlock'));
  expect(screen.getByTestId('unlock-ok')).toBeDisabled();
  await fireEvent.input(screen.getByTestId('unlock-name'), { target: { value: 'Demo plant' } });
  await fireEvent.click(screen.getByTestId('unlock-ok'));
  expect(await screen.findByTestId('publish-send')).toBeInTheDocument();
  expect(backend.called('unlockProduction')).toHaveLength(1);
  expect(screen.getByTestId('status-production')).toHaveTextContent('unlocked');
});

test('on a locked production connection dropping asks to unlock first', async () => {
  backend.openedFacts = { production: true };
  await demo();
  await act('drop');
  expect(screen.getByTestId('unlock-dialog')).toBeInTheDocument();
  expect(screen.queryByTestId('drop-dialog')).toBeNull();
});

test('subscriptions are added while connected, and a filter is tested', async () => {
  await demo();
  await act('subscriptions');
  await fireEvent.input(screen.getByTestId('subscribe-filters'), { target: { value: 'new/#' } });
  await fireEvent.click(screen.getByTestId('subscribe-send'));
  await waitFor(() =>
    expect(screen.getAllByTestId('live-subscription').at(-1)).toHaveTextContent('new/#'),
  );
  expect(screen.getByTestId('subscribe-answers')).toHaveTextContent('new/# granted');
  await fireEvent.click(screen.getByTestId('open-tester'));
  await fireEvent.input(screen.getByTestId('tester-filter'), { target: { value: 'a/+/c' } });
  await fireEvent.input(screen.getByTestId('tester-topic'), { target: { value: 'a/b/x' } });
  await waitFor(() =>
    expect(screen.getByTestId('tester-result')).toHaveTextContent('It does not match.'),
  );
});

test('what was typed is tried in the tester, and is there afterwards', async () => {
  await demo();
  await act('subscriptions');
  const type = (value: string) =>
    fireEvent.input(screen.getByTestId('subscribe-filters'), { target: { value } });
  await type('new/+');
  await fireEvent.click(screen.getByTestId('open-tester'));
  expect(screen.getByTestId('tester-filter')).toHaveValue('new/+');
  await fireEvent.click(within(screen.getByTestId('tester')).getByText('Done'));
  expect(screen.getByTestId('subscribe-filters')).toHaveValue('new/+');
  await fireEvent.click(screen.getByTestId('subscriptions-done'));
  await act('subscriptions');
  expect(screen.getByTestId('subscribe-filters')).toHaveValue('new/+');
});

test('the foot says what the server allows and whether a session was kept', async () => {
  await demo();
  await fireEvent.click(screen.getByTestId('status-connection'));
  const facts = screen.getByTestId('connection-facts');
  expect(facts).toHaveTextContent(/Session present\s*no/);
  expect(screen.getByTestId('server-limits')).toHaveTextContent(/Receive maximum\s*100/);
});

test('under MQTT 3.1.1 an acknowledgement is no proof, and the form says so', async () => {
  backend.openedFacts = { protocol: 'v311' };
  await demo();
  await fireEvent.input(screen.getByTestId('publish-topic'), { target: { value: 'a' } });
  await fireEvent.input(screen.getByTestId('publish-payload'), { target: { value: '1' } });
  await fireEvent.click(screen.getByTestId('publish-send'));
  await waitFor(() =>
    expect(screen.getByTestId('publish-result')).toHaveTextContent(/PUBACK.*silence, is no proof/),
  );
});

test('a deleting publish asks, and hints stand beside the form', async () => {
  await demo();
  await fireEvent.input(screen.getByTestId('publish-topic'), { target: { value: '/Acme' } });
  await waitFor(() =>
    expect(screen.getByTestId('publish-findings')).toHaveTextContent('begins with an empty level'),
  );
  await fireEvent.click(within(screen.getByTestId('publish-format')).getByText('Text'));
  await fireEvent.click(within(screen.getByTestId('publish-retain')).getByText('Yes'));
  await fireEvent.click(screen.getByTestId('publish-send'));
  expect(await screen.findByTestId('publish-confirm')).toHaveTextContent('deletes the retained');
  await fireEvent.click(screen.getByTestId('confirm-ok'));
  await waitFor(() => expect(backend.called('publish')).toHaveLength(1));
});

test('what is subscribed to now can be saved with the connection, without its secrets', async () => {
  backend.profiles = [{ ...demoProfile, id: 'a', name: 'A' }];
  render(App, { backend });
  await fireEvent.click(await screen.findByTestId('connection-open'));
  await screen.findAllByTestId('topic-row');
  await act('subscriptions');
  const [first] = screen.getAllByTestId('live-remove');
  if (!first) throw new Error('a subscription was expected');
  await fireEvent.click(first);
  await waitFor(() => expect(screen.getAllByTestId('live-subscription')).toHaveLength(1));
  await fireEvent.click(screen.getByTestId('subscriptions-save'));
  await waitFor(() =>
    expect(backend.profiles[0]?.subscriptions).toEqual([plainSubscription('$SYS/#', 0)]),
  );
  expect(backend.called('saveProfile')[0]?.[1]).toMatchObject({ password: { kind: 'keep' } });
});
