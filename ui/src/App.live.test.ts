// An open connection as a person works on it: packets, subscriptions, acts on the session.
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';

import App from './App.svelte';
import { FakeBackend } from './ipc/fake';

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
