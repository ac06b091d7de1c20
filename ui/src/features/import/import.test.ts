import { beforeEach, expect, test } from 'vitest';

import { FakeBackend } from '../../ipc/fake';
import { importPreview } from '../../ipc/fake/imports';
import { settled } from '../../ipc/testing';
import { Importing } from './importing.svelte';
import { endWords, list, lossWords, messagesWords, paceWords } from './words';

let backend: FakeBackend;
let importing: Importing;
let changes: number;

beforeEach(() => {
  backend = new FakeBackend({ live: false });
  changes = 0;
  importing = new Importing(backend, async () => {
    changes += 1;
  });
});

const messages = () => importPreview.messages ?? expect.fail('messages were expected');

test('choosing a file looks through it and writes nothing', async () => {
  await importing.choose();
  expect(importing.open).toBe(true);
  expect(importing.preview).toBe(importPreview);
  expect(importing.wanted).toEqual([true, true]);
  expect(importing.name).toBe('plant');
  expect(backend.called('importConnections')).toEqual([]);
  expect(backend.called('startImport')).toEqual([]);
});

test('a dialog that was left without a choice opens nothing', async () => {
  backend.chosenImport = null;
  await importing.choose();
  expect(importing.open).toBe(false);
});

test('times without a zone are taken to be local, until another offset is typed', async () => {
  await importing.look(7, 330);
  expect(importing.offset).toBe('+05:30');
  await importing.setOffset('+0');
  await importing.setOffset('nonsense');
  expect(importing.ready).toBe(false);
  await importing.setOffset('-03:00');
  expect(backend.called('previewImport')).toEqual([
    [7, 330],
    [7, 0],
    [7, -180],
  ]);
  expect(importing.ready).toBe(true);
});

test('only what was chosen is imported, messages under the name that was typed', async () => {
  await importing.look(7);
  importing.wanted[0] = false;
  importing.name = 'old plant ';
  await importing.setOffset('Z');
  await importing.start();
  await settled();
  expect(backend.called('importConnections')).toEqual([[7, [1]]]);
  expect(backend.called('startImport')).toEqual([[{ handle: 7, name: 'old plant', utcOffset: 0 }]]);
  expect(changes).toBe(1);
  expect(importing.job?.state).toMatchObject({ kind: 'finished' });
  expect(importing.saved?.profiles.map(({ name }) => name)).toEqual(['mill']);
});

test('an untouched name leaves those of the file', async () => {
  await importing.look(7);
  importing.chooseAll(false);
  await importing.start();
  expect(backend.called('startImport')).toMatchObject([[{ name: null }]]);
  expect(backend.called('importConnections')).toEqual([]);
  expect(importing.saved).toBeNull();
});

test('several connections with messages keep their names unless one is typed', async () => {
  backend.importPreview = {
    ...importPreview,
    messages: { ...messages(), connections: ['a', 'b'], name: 'backup' },
  };
  await importing.look(7);
  expect(importing.name).toBe('');
});

test('nothing chosen is nothing to import', async () => {
  await importing.look(7);
  importing.chooseAll(false);
  importing.messagesWanted = false;
  expect(importing.ready).toBe(false);
});

test('a running import comes back, and can be cancelled', async () => {
  backend.importEvents = [
    { kind: 'progress', read: 10, total: 40, imported: 100, bad: 0, milliseconds: 1000 },
  ];
  await importing.look(7);
  await importing.start();
  await settled();
  const job = importing.job;
  expect(job && paceWords(job)).toBe('100 messages a second, 3 s left');
  importing.close();
  await importing.choose();
  expect(importing.job).toBe(job);
  expect(importing.open).toBe(true);
  await importing.cancel();
  expect(backend.called('cancelImport')).toEqual([[job?.job]]);
});

test('what was saved can be removed again', async () => {
  await importing.look(7);
  importing.messagesWanted = false;
  await importing.start();
  expect(backend.profiles).toHaveLength(2);
  await importing.remove();
  expect(backend.profiles).toEqual([]);
  expect(importing.removed).toBe(true);
  expect(changes).toBe(2);
});

test('a file that cannot be imported is said, with nothing else in the dialog', async () => {
  backend.previewImport = () =>
    Promise.reject({ code: 'import-unknown', message: 'The file is empty', detail: null });
  await importing.choose();
  expect(importing.open).toBe(true);
  expect(importing.preview).toBeNull();
  expect(importing.problem?.code).toBe('import-unknown');
  expect(importing.ready).toBe(false);
});

test('how much there is, and what is lost', () => {
  expect(messagesWords(messages(), true)).toBe(
    '12\u2009410 messages on 3 topics, from 2026-11-20 10:35:00.000000 UTC to 2026-11-20 10:35:23.144000 UTC.',
  );
  expect(messagesWords({ ...messages(), complete: false, earliest: null }, true)).toBe(
    'At least 12\u2009410 messages on 3 topics.',
  );
  const lossy = { ...messages(), changed: 2, complete: false, bad: 3, taken: [] };
  expect(lossWords(lossy)).toEqual([
    'The file is large: only its beginning was looked through. All of it is imported.',
    '2 payloads are not as received: the program that wrote the file printed the JSON anew.',
    '3 entries are no messages and will be left out.',
  ]);
  expect(lossWords(messages()).at(-1)).toContain('“plant” already');
});

test('names in a list', () => {
  expect(list([])).toBe('');
  expect(list(['a'])).toBe('“a”');
  expect(list(['a', 'b'])).toBe('“a” and “b”');
  expect(list(['a', 'b', 'c', 'd', 'e'])).toBe('“a”, “b”, “c” and 2 more');
});

test('how it has ended', () => {
  const result = {
    imported: 2,
    bad: 1,
    named: [],
    renumbered: 2,
    connections: [{ key: 'import:1', name: 'a', messages: 2 }],
  };
  expect(endWords({ kind: 'finished', result })).toBe(
    '2 messages are in the history as “a”. 1 entry was left out. 2 messages were numbered anew.',
  );
  expect(endWords({ kind: 'cancelled', result: { ...result, bad: 0, renumbered: 0 } })).toBe(
    'Cancelled: 2 messages are in the history as “a”.',
  );
});
