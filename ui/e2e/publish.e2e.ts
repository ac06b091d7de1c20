import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto, retainedAt } from './broker';
import * as page from './page';
import { at, row } from './page';

let app: App;
let broker: Mosquitto;
afterEach(async () => {
  await app.end();
  await broker.end();
});

it('publishes a file byte for byte', async () => {
  broker = await Mosquitto.start();
  app = await App.launch();
  await page.connectTo(app, 'plant', broker.port);
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * 7919) % 256));
  const file = join(app.folders.home, 'recipe Ü.bin');
  writeFileSync(file, bytes);

  const topic = 'plant/recipe';
  await page.fill(app, at('publish-topic'), topic);
  await page.clickText(app, `${at('publish-format')} button`, 'File…');
  await (await app.see(at('publish-file-input'))).type(file);
  await app.seeText(at('publish-file'), 'recipe Ü.bin');
  await page.clickText(app, `${at('publish-retain')} button`, 'Yes');
  await app.click(at('publish-send'));
  await app.seeText(at('publish-result'), 'PUBACK');

  expect(retainedAt(broker.port, topic).equals(bytes)).toBe(true);
  await page.expand(app, 'plant');
  await page.select(app, 'recipe');
  await app.see(row('recipe'));
  await app.seeText(at('chip-size'), '68.4 KiB');
});
