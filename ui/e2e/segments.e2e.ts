// Segments that the command line has recorded, in the window like any history.

import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterEach, expect, it } from 'vitest';

import { App, binary } from './app';
import { Mosquitto } from './broker';
import * as page from './page';
import { at } from './page';

const folder = mkdtempSync(join(tmpdir(), 'wiretree-segments-'));
let app: App;
let broker: Mosquitto;
afterEach(async () => {
  await app.end();
  await broker.end();
  rmSync(folder, { recursive: true, force: true });
});

/** Enough for a segment of 256 KiB, in lines of so many bytes that hardly compress. */
const FULL = { size: 1_500, count: 400 };

it('opens each segment of a recording by itself', async () => {
  broker = await Mosquitto.start();
  const options = ['--history', join(folder, 'plant.wiretree'), '--rotate', '256KiB'];
  const recorder = spawn(join(dirname(binary), 'wiretree-cli'), [
    'record',
    ...['--broker', `mqtt://127.0.0.1:${broker.port}`, '--qos', '1'],
    ...options,
  ]);
  const ended = once(recorder, 'exit');
  const words = createInterface(recorder.stderr)[Symbol.asyncIterator]();
  const hear = async (beginning: string) => {
    for (;;) {
      const { done, value } = await words.next();
      if (done) throw new Error(`it ended before it said “${beginning}”`);
      if (value.startsWith(beginning)) return;
    }
  };
  await hear('recording');
  for (const topic of ['plant/early', 'plant/late']) {
    const line = () => `${randomBytes(FULL.size).toString('base64')}\n`;
    const lines = Array.from({ length: FULL.count }, line).join('');
    const publish = ['-p', String(broker.port), '-q', '1', '-t', topic, '-l'];
    spawnSync('mosquitto_pub', publish, { input: lines });
    await hear('goes on in the segment');
  }
  recorder.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  const segments = readdirSync(folder).filter((name) => name.endsWith('.wiretree'));
  expect(segments.length).toBeGreaterThanOrEqual(2);

  const first = segments.sort()[0] ?? '';
  app = await App.launch([join(folder, first)]);
  await app.seeText(at('past-banner'), first);
  await page.expand(app, 'plant');
  await page.select(app, 'early');
  await page.waitForRows(app, at('history-row'), 20);
  await app.screenshot('segment');
});
