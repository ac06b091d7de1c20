// The import dialog in the window, on the scripted backend.
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';

import App from './App.svelte';
import { FakeBackend } from './ipc/fake';
import { importPreview } from './ipc/fake/imports';

let backend: FakeBackend;

beforeEach(() => {
  localStorage.clear();
  backend = new FakeBackend({ live: false });
});
afterEach(cleanup);

test('the third door leads to a preview, and what is chosen there comes into the list', async () => {
  render(App, { backend });
  await fireEvent.click(await screen.findByTestId('door-import'));
  const dialog = await screen.findByTestId('import-dialog');
  await screen.findByTestId('import-connections');
  expect(dialog).toHaveTextContent('backup.json');
  expect(dialog).toHaveTextContent('there is a plant already');
  expect(dialog).toHaveTextContent('Certificates were not checked there.');
  expect(dialog).toHaveTextContent('Cannot be imported. Give the host name');
  expect(screen.queryByTestId('connection-list')).toBeNull();
  const [first] = screen.getAllByTestId('import-choose');
  if (!first) throw new Error('a connection was expected');
  await fireEvent.click(first);
  await fireEvent.click(screen.getByTestId('import-start'));
  await screen.findByTestId('import-finished');
  expect(screen.getByTestId('import-saved')).toHaveTextContent('1 connection saved: “mill”');
  expect(screen.getByTestId('connection-list')).toHaveTextContent('mill');
  expect(screen.getByTestId('connection-list')).not.toHaveTextContent('plant (2)');
  expect(backend.connections.size).toBe(0);
  await fireEvent.click(screen.getByTestId('import-done'));
  await waitFor(() => expect(screen.queryByTestId('import-dialog')).toBeNull());
});

test('a file named on the command line is shown at once, and nothing of it is imported', async () => {
  backend.startupFacts = { import: importPreview.handle };
  render(App, { backend });
  const dialog = await screen.findByTestId('import-dialog');
  await within(dialog).findByTestId('import-connections');
  expect(backend.called('chooseImport')).toEqual([]);
  expect(backend.called('importConnections')).toEqual([]);
  expect(backend.called('startImport')).toEqual([]);
});

test('the palette leads there too', async () => {
  render(App, { backend });
  await fireEvent.click(await screen.findByTestId('door-demo'));
  await fireEvent.click(await screen.findByTestId('palette-open'));
  await fireEvent.input(screen.getByTestId('palette-input'), { target: { value: 'import' } });
  await fireEvent.keyDown(screen.getByTestId('palette-input'), { key: 'Enter' });
  await screen.findByTestId('import-dialog');
  expect(backend.called('chooseImport')).toHaveLength(1);
});
