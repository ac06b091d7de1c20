import { beforeEach, expect, test } from 'vitest';

import type { HistoryQuery } from '../../ipc/backend';
import { START, opened, settled } from '../../ipc/testing';
import { Exports } from './exports.svelte';
import { named, splitWords } from './formats';
import { estimateWords, paceWords, runningWords, scopeWords } from './words';

const QUERY: HistoryQuery = {
  scope: { topic: 'acme/line 1', subtree: true },
  text: 'rpm',
  utcOffsetMinutes: 0,
  from: START,
  to: null,
};
let setup: Awaited<ReturnType<typeof opened>>;
let exports: Exports;

beforeEach(async () => {
  setup = await opened();
  exports = new Exports(setup.backend, setup.id);
  exports.open(QUERY, START, true);
});

test('the dialog says exactly what is exported', () => {
  expect(scopeWords(QUERY, true)).toBe(
    'All recorded messages of acme/line 1 and everything below it, from 2026-11-20 10:35:23.144000 UTC, that match “rpm”.',
  );
});

test('the file is named after topic and time, with the ending of its format', () => {
  expect(exports.fileName).toMatch(/^acme-line-1-\d{8}-\d{6}\.ndjson$/);
  exports.setFormat('csv');
  expect(exports.fileName).toMatch(/^acme-line-1-.*\.csv$/);
});

test('another format has another ending, and Parquet becomes a folder when it is large', () => {
  expect(named('a.b.csv', 'mqttx')).toBe('a.b.json');
  expect(named('a.ndjson', 'raw')).toBe('a');
  expect(named('a', 'parquet')).toBe('a.parquet');
  expect(exports.split).toBe('never');
  exports.setFormat('parquet');
  expect(exports.split).toBe('whenLarge');
  expect(splitWords('day', 'a.parquet')).toBe('A folder a with a file for each day in UTC.');
});

test('the dialog says about how many messages there are', async () => {
  exports.open(QUERY, START, true);
  expect(estimateWords(exports.estimate)).toBe('Counting…');
  await settled();
  expect(estimateWords(exports.estimate)).toBe('812 messages.');
  expect(estimateWords({ messages: 1_234_567, exact: false })).toBe(
    'About 1\u2009200\u2009000 messages.',
  );
  expect(estimateWords({ messages: 7, exact: false })).toBe('About 7 messages.');
});

test('what exists is replaced or kept only after a question', async () => {
  const begin = setup.backend.startExport.bind(setup.backend);
  setup.backend.startExport = (connection, request, receive) =>
    request.existing === 'ask'
      ? Promise.reject({ code: 'export-exists', message: 'it exists', detail: null })
      : begin(connection, request, receive);
  await exports.start();
  expect(exports.problem).toBeNull();
  expect(exports.taken?.code).toBe('export-exists');
  expect(exports.isReplaceable).toBe(true);
  expect(setup.backend.called('startExport')).toEqual([]);
  await exports.start('replace');
  await settled();
  expect(exports.taken).toBeNull();
  expect(setup.backend.called('startExport')).toMatchObject([[{ existing: 'replace' }]]);
});

test('a folder is never offered to be replaced', async () => {
  setup.backend.startExport = () =>
    Promise.reject({ code: 'export-folder-exists', message: 'a folder', detail: null });
  await exports.start();
  expect(exports.taken?.code).toBe('export-folder-exists');
  expect(exports.isReplaceable).toBe(false);
});

test('an export runs to its end and gives the path', async () => {
  await exports.start();
  await settled();
  expect(setup.backend.called('startExport')).toMatchObject([
    [{ query: QUERY, format: 'ndjson', folder: null }],
  ]);
  expect(exports.job?.state).toMatchObject({ kind: 'finished', written: 812 });
  expect(runningWords(exports.job)).toBeNull();
});

test('a running one can be left, comes back, and can be cancelled', async () => {
  setup.backend.exportEvents = [
    { kind: 'progress', written: 400, scanned: 500, total: 1000, bytes: 1, milliseconds: 1000 },
  ];
  await exports.start();
  await settled();
  exports.close();
  expect(runningWords(exports.job)).toBe('exporting: 400 messages');
  expect(exports.job && paceWords(exports.job)).toBe('400 messages a second, 1 s left');
  const job = exports.job;
  exports.open(QUERY, START, true);
  expect(exports.job).toBe(job);
  await exports.cancel();
  expect(setup.backend.called('cancelExport')).toEqual([[job?.job]]);
});

test('a refusal to start keeps the form', async () => {
  setup.backend.startExport = () =>
    Promise.reject({
      code: 'folder-unwritable',
      message: 'the folder cannot be written to',
      detail: null,
    });
  await exports.start();
  expect(exports.job).toBeNull();
  expect(exports.problem?.code).toBe('folder-unwritable');
  expect(exports.subject).toBe(QUERY);
});
