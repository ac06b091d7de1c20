// History files against the scripted backend.

import { beforeEach, expect, test, vi } from 'vitest';

import type { FileConnection, HistoryFile } from '../../ipc/backend';
import { opened, settled } from '../../ipc/testing';
import { Files } from './files.svelte';

const ONE: FileConnection = { key: 'one', name: 'One', messages: 2 };
const TWO: FileConnection = { key: 'two', name: 'Two', messages: 1 };
const file = (...connections: FileConnection[]): HistoryFile => ({
  file: 77,
  name: 'plant.wiretree',
  path: '/data/plant.wiretree',
  connections,
});

let setup: Awaited<ReturnType<typeof opened>>;
let files: Files;

beforeEach(async () => {
  setup = await opened();
  files = new Files(setup.backend);
});

test('a file with one connection is shown at once', async () => {
  setup.backend.historyFile = file(ONE);
  const shown = await files.choose();
  await settled();
  expect(files.open).toEqual([shown]);
  expect(shown?.chosen).toEqual(ONE);
  expect(shown?.name).toBe('plant.wiretree');
  expect(shown?.frame).not.toBeNull();
});

test('of several connections one is chosen, and the tab says which', async () => {
  setup.backend.historyFile = file(ONE, TWO);
  const shown = await files.choose();
  expect(shown?.opened).toBeNull();
  await shown?.show(TWO);
  expect(shown?.name).toBe('plant.wiretree · Two');
  expect(setup.backend.calls.at(-1)).toMatchObject({
    name: 'openHistoryFile',
    arguments: [77, 'two'],
  });
});

test('no choice opens nothing, and says nothing', async () => {
  expect(await files.choose()).toBeNull();
  expect([files.open, files.problem]).toEqual([[], null]);
});

test('a file that is no history is said, and the next choice forgets it', async () => {
  setup.backend.historyFile = 'history-not-a-history';
  expect(await files.choose()).toBeNull();
  expect(files.problem?.code).toBe('history-not-a-history');
  setup.backend.historyFile = file(ONE);
  await files.choose();
  expect(files.problem).toBeNull();
});

test('closing lets go of the file and of what was shown of it', async () => {
  setup.backend.historyFile = file(ONE);
  const close = vi.spyOn(setup.backend, 'closeConnection');
  const shown = await files.choose();
  await settled();
  const opened = shown?.opened?.connection;
  if (shown) files.close(shown);
  expect(close.mock.calls.map(([id]) => id)).toEqual([77, opened]);
  expect(files.open).toEqual([]);
});
