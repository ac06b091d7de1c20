import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto } from './broker';
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
  broker = await Mosquitto.start();
  broker.publish({ topic: 'plant/a', payload: '{"n":9007199254740993}' });
  broker.publish({ topic: 'plant/b', payload: Buffer.from([0xff, 0x00]) });
  app = await App.launch();
  await page.connectTo(app, 'plant', broker.port);
  await page.select(app, 'plant');
  await page.clickText(app, 'button', 'Subtree');
  await page.waitForRows(app, at('history-row'), 2);
  const path = await page.exportAs(app, 'json', 'branch.json');
  expect(readdirSync(app.folders.downloads)).toEqual(['branch.json']);
  const messages = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>[];
  const byTopic = Object.fromEntries(messages.map((message) => [message['topic'], message]));
  expect(Object.keys(byTopic).sort()).toEqual(['plant/a', 'plant/b']);
  expect(byTopic['plant/a']).toMatchObject({ encoding: 'utf8', payload: '{"n":9007199254740993}' });
  expect(byTopic['plant/b']).toMatchObject({ encoding: 'base64', payload: '/wA=' });
});

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
