import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { afterEach, expect, it } from 'vitest';

import { App, binary } from './app';
import { Mosquitto } from './broker';
import { BEYOND, LOOKS } from './looks';
import * as page from './page';
import { at } from './page';
import { waitFor } from './wait';

let app: App;
let broker: Mosquitto;
afterEach(async () => {
  await app.end();
  await broker.end();
});

it('exports a branch as one array of JSON, payloads digit by digit', async () => {
  await openPlant();
  const path = await page.exportAs(app, 'json', 'branch.json');
  expect(readdirSync(app.folders.downloads)).toEqual(['branch.json']);
  const messages = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>[];
  const byTopic = Object.fromEntries(messages.map((message) => [message['topic'], message]));
  expect(Object.keys(byTopic).sort()).toEqual(['plant/a', 'plant/b']);
  expect(byTopic['plant/a']).toMatchObject({ encoding: 'utf8', payload: '{"n":9007199254740993}' });
  expect(byTopic['plant/b']).toMatchObject({ encoding: 'base64', payload: '/wA=' });
});

it('exports what a query finds, on all topics', async () => {
  await openPlant();
  await app.click(at('scope-all'));
  await page.fill(app, at('history-search'), '$.n >= 9007199254740993 and not topic:plant/b');
  await page.waitForRows(app, at('history-row'), 1);
  await app.click(at('export-open'));
  await app.seeText(at('export-scope'), 'on every topic, that match “$.n >= 9007199254740993 and');
  await app.seeText(at('export-count'), '1 message.');
  const path = await finish();
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { topic: string }).topic)).toEqual(['plant/a']);
});

it('writes a folder of Parquet, and payloads as files of their own', async () => {
  await openPlant();
  await app.click(at('export-open'));
  await app.seeText(at('export-count'), '2 messages.');
  await app.click(at('export-parquet'));
  await app.seeText(at('export-dialog'), 'DuckDB, Spark and ClickHouse. Loses nothing.');
  await page.clickText(app, `${at('export-split')} button`, 'By day');
  await page.fill(app, at('export-name'), 'days.parquet');
  await app.seeText(at('export-dialog'), 'A folder days with a file for each day in UTC.');
  const days = await finish();
  expect(days).toBe(join(app.folders.downloads, 'days'));
  const parts = readdirSync(days).map((part) => readFileSync(join(days, part)));
  expect(parts.length).toBeGreaterThan(0);
  for (const part of parts) {
    expect(part.subarray(0, 4).toString()).toBe('PAR1');
    expect(part.subarray(-4).toString()).toBe('PAR1');
  }

  const payloads = await page.exportAs(app, 'raw', 'payloads');
  const index = readFileSync(join(payloads, 'index.ndjson'), 'utf8').trim().split('\n');
  const files = index.map((line) => JSON.parse(line) as { topic: string; payload: string });
  const bytes = Object.fromEntries(
    files.map(({ topic, payload }) => [topic, readFileSync(join(payloads, payload))]),
  );
  expect(bytes['plant/a']?.toString()).toBe('{"n":9007199254740993}');
  expect(bytes['plant/b']).toEqual(Buffer.from([0xff, 0x00]));
  expect(readdirSync(payloads)).toHaveLength(3);
});

it('goes on past what is damaged, and says how much that is', async () => {
  await openPlant();
  // Too large to stand among others, and no smaller when it is compressed.
  const noise = randomBytes(200_000);
  const options = ['-p', String(broker.port), '-q', '1', '-t', 'plant/noise', '-s'];
  expect(spawnSync('mosquitto_pub', options, { input: noise }).status).toBe(0);
  await page.waitForRows(app, at('history-row'), 3);
  await app.close();
  const path = join(app.folders.data, 'org.wiretree.desktop/history.wiretree');
  // Takes in what stands beside the file.
  const upgrade = ['upgrade', '--history', path];
  expect(spawnSync(join(dirname(binary), 'wiretree-cli'), upgrade).status).toBe(0);
  const history = readFileSync(path);
  // One of them may lie across the edge of a page of the file.
  const spots = [1_000, 3_000, 5_000].map((at) => history.indexOf(noise.subarray(at, at + 16)));
  const place = Math.max(...spots);
  expect(place).toBeGreaterThan(0);
  history[place] = (history[place] ?? 0) ^ 1;
  writeFileSync(path, history);

  // The broker sends what it keeps again: two messages more.
  app = await app.restart();
  await app.click(at('connection-open'));
  await page.select(app, 'plant');
  await page.clickText(app, 'button', 'Subtree');
  await page.waitForRows(app, at('history-row'), 4);
  await app.click(at('export-open'));
  await page.fill(app, at('export-name'), 'rest.ndjson');
  await app.click(at('export-start'));
  await app.seeText(at('export-finished'), '4 messages written');
  await app.seeText(at('export-unreadable'), '1 message of the history cannot be read');
  await app.screenshot('export-damaged');
  const lines = readFileSync(join(app.folders.downloads, 'rest.ndjson'), 'utf8').trim();
  expect(lines.split('\n')).toHaveLength(4);
});

it('asks before it replaces a file, and looks right while it does', async () => {
  await openPlant();
  const mine = join(app.folders.downloads, 'mine.csv');
  writeFileSync(mine, 'mine');
  await app.click(at('export-open'));
  await app.click(at('export-csv'));
  await page.fill(app, at('export-name'), 'mine.csv');
  for (const { theme, width, height } of LOOKS) {
    await app.session.execute(`document.documentElement.dataset.theme = '${theme}'`);
    await app.resize(width, height);
    await app.screenshot(`export-${theme}-${width}x${height}`);
    expect(await app.session.execute<string[]>(BEYOND), `beyond the edge, ${theme}`).toEqual([]);
  }
  await app.click(at('export-start'));
  await app.seeText(at('export-taken'), 'exists already');
  await app.screenshot('export-taken');
  await app.click(at('export-taken-cancel'));
  expect(readFileSync(mine, 'utf8')).toBe('mine');

  await app.click(at('export-start'));
  await app.click(at('export-taken-keep'));
  await app.seeText(at('export-path'), 'mine (2).csv');
  await app.screenshot('export-finished');
  await app.click(at('export-done'));
  expect(readFileSync(mine, 'utf8')).toBe('mine');

  await app.click(at('export-open'));
  await page.fill(app, at('export-name'), 'mine.csv');
  await app.click(at('export-start'));
  await app.click(at('export-taken-replace'));
  await app.seeText(at('export-finished'), '2 messages written');
  expect(readFileSync(mine, 'utf8')).toContain('plant/a');
  expect(readdirSync(app.folders.downloads).sort()).toEqual(['mine (2).csv', 'mine.csv']);
});

/** A broker with two messages, and the window on their branch. */
async function openPlant(): Promise<void> {
  broker = await Mosquitto.start();
  broker.publish({ topic: 'plant/a', payload: '{"n":9007199254740993}' });
  broker.publish({ topic: 'plant/b', payload: Buffer.from([0xff, 0x00]) });
  app = await App.launch();
  await page.connectTo(app, 'plant', broker.port);
  await page.select(app, 'plant');
  await page.clickText(app, 'button', 'Subtree');
  await page.waitForRows(app, at('history-row'), 2);
}

/** Starts what the dialog asks for, waits for its end, and gives the path. */
async function finish(): Promise<string> {
  await app.click(at('export-start'));
  await app.see(at('export-finished'));
  const path = await (await app.see(at('export-path'))).text();
  await app.click(at('export-done'));
  await page.gone(app, at('export-dialog'));
  return path;
}

/** Enough that an export lasts longer than two clicks, in bytes and messages. */
const LONG = { size: 250_000, count: 400 };

it('leaves no file of an export that was cancelled', async () => {
  broker = await Mosquitto.start();
  app = await App.launch();
  await page.connectTo(app, 'plant', broker.port);
  await app.seeText(at('status-url'), 'MQTT');
  const lines = `${'x'.repeat(LONG.size)}\n`.repeat(LONG.count);
  spawnSync('mosquitto_pub', ['-p', String(broker.port), '-q', '1', '-t', 'long', '-l'], {
    input: lines,
  });
  await waitFor('all messages to be stored', async () => {
    const stored = (await page.texts(app, at('status-stored')))[0] ?? '';
    return Number.parseInt(stored.replace(/\s/g, ''), 10) >= LONG.count;
  });
  await page.select(app, 'long');
  await page.waitForRows(app, at('history-row'));

  // It may be through before it hears of it; then the next one is to be cancelled.
  await waitFor('an export to be cancelled', async () => {
    await app.click(at('export-open'));
    await app.click(at('export-json'));
    await page.fill(app, at('export-name'), 'long.json');
    await app.click(at('export-start'));
    await app.click(`${at('export-cancel')}, ${at('export-done')}`);
    await waitFor('it to end', async () => (await page.count(app, at('export-cancel'))) === 0);
    if ((await page.count(app, at('export-cancelled'))) > 0) return true;
    rmSync(join(app.folders.downloads, 'long.json'), { force: true });
    if ((await page.count(app, at('export-done'))) > 0) await app.click(at('export-done'));
    return false;
  });
  await app.seeText(at('export-cancelled'), 'The unfinished file was removed.');
  expect(readdirSync(app.folders.downloads)).toEqual([]);
});
