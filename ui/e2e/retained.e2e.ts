import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto, retainedAt } from './broker';
import * as page from './page';
import { at, row } from './page';

const RETAINED = `${row('setpoint')} .retained`;

let app: App | undefined;
let broker: Mosquitto | undefined;
afterEach(async () => {
  await app?.end();
  await broker?.end();
});

it('marks a retained message, and clears it only after asking', async () => {
  broker = await Mosquitto.start();
  app = await App.launch();
  await page.connectTo(app, 'plant', broker.port);
  const topic = 'plant/oven/setpoint';
  await page.publish(app, { topic, text: '{"celsius":180}', retain: true });
  await page.expand(app, 'plant/oven');
  await page.select(app, 'setpoint');
  await app.see(RETAINED);

  await app.click(at('clear-retained'));
  await app.seeText(at('clear-topic'), topic);
  await app.click(`${at('clear-dialog')} ${at('confirm-cancel')}`);
  await page.gone(app, at('clear-dialog'));
  expect(await page.count(app, RETAINED)).toBe(1);

  await app.click(at('clear-retained'));
  await app.click(`${at('clear-dialog')} ${at('confirm-ok')}`);
  await page.gone(app, RETAINED);
  await page.gone(app, at('clear-retained'));
  await app.seeText(at('history-list'), '(empty)');
  await app.seeText(at('history-list'), 'celsius');
});

it('puts a cleared message back from the history, byte for byte', async () => {
  broker = await Mosquitto.start();
  const topic = 'plant/oven/recipe';
  const payload = Buffer.from([0xff, 0x00, 0x0d, 0x0a, 0x80, 0x7f]);
  broker.publish({ topic, payload });
  app = await App.launch();
  await page.connectTo(app, 'plant', broker.port);
  await page.expand(app, 'plant/oven');
  await page.select(app, 'recipe');
  await app.click(at('clear-retained'));
  await app.seeText(at('clear-dialog'), 'Publish again');
  await app.click(`${at('clear-dialog')} ${at('confirm-ok')}`);
  await page.gone(app, at('clear-retained'));
  await page.oldest(app);
  await app.click(at('publish-again'));
  await app.seeText(at('publish-result'), 'not sent yet');
  await app.see(`${at('publish-retain')} [aria-checked="true"]:last-child`);
  await app.click(at('publish-send'));
  await app.seeText(at('publish-result'), '✓');
  expect(retainedAt(broker.port, topic)).toEqual(payload);
});

it('knows what the broker kept when it connects, and shows only that on request', async () => {
  broker = await Mosquitto.start();
  broker.publish({ topic: 'plant/oven/setpoint', payload: '180' });
  app = await App.launch();
  await page.connectTo(app, 'plant', broker.port);
  await page.expand(app, 'plant/oven');
  await app.see(RETAINED);
  broker.publish({ topic: 'plant/oven/passing', payload: '1', retain: false });
  await app.see(row('passing'));
  await app.click(at('filter-retained'));
  await page.gone(app, row('passing'));
  await app.see(row('setpoint'));
  await page.select(app, 'setpoint');
  await app.seeText(at('chip-retain'), 'RETAIN');
});
