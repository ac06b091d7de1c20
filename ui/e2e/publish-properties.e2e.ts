import { execFileSync } from 'node:child_process';

import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto } from './broker';
import * as page from './page';
import { at } from './page';

const TOPIC = 'plant/order';
const PAIRS = [
  ['k', '2'],
  ['a', ''],
  ['k', '1 ü'],
  ['k', '1 ü'],
] as const;

let app: App;
let broker: Mosquitto;
afterEach(async () => {
  await app.end();
  await broker.end();
});

/** What another client of MQTT 5 gets: its properties, as Mosquitto's own program prints them. */
function received(): string[] {
  const format = '%C|%R|%F|%E|%D|%P';
  const args = ['-h', '127.0.0.1', '-p', String(broker.port), '-V', '5', '-t', TOPIC, '-C', '1'];
  const output = execFileSync('mosquitto_sub', [...args, '-W', '30', '-F', format]);
  return output.toString().trim().split('|');
}

async function addPair(number: number, name: string, value: string): Promise<void> {
  await page.clickText(app, `${at('publish-user-properties')} button`, 'Add a line');
  const field = (what: string) => `[aria-label="${what} ${number} of User properties"]`;
  await page.bringIntoView(app, field('Name'));
  await page.fill(app, field('Name'), name);
  if (value !== '') await page.fill(app, field('Value'), value);
}

async function fillProperties(): Promise<void> {
  await app.click(at('publish-properties-fold'));
  await page.fill(app, at('publish-expiry'), '3600');
  await page.fill(app, at('publish-content-type'), 'application/json');
  await page.fill(app, at('publish-response-topic'), 'plant/answer');
  await page.clickText(app, `${at('publish-correlation-encoding')} button`, 'Hex');
  await page.fill(app, at('publish-correlation'), '41 7a');
  await page.bringIntoView(app, at('publish-is-text'));
  await app.click(at('publish-is-text'));
  for (const [index, [name, value]] of PAIRS.entries()) await addPair(index + 1, name, value);
}

it('publishes with every property of MQTT 5, shows them received, and publishes them again', async () => {
  broker = await Mosquitto.start();
  app = await App.launch();
  await page.connectTo(app, 'plant', broker.port);
  await fillProperties();
  await page.publish(app, { topic: TOPIC, text: '{"order":7}', retain: true });

  const [contentType, responseTopic, format, expiry, correlation, pairs] = received();
  expect([contentType, responseTopic, format, correlation]).toEqual([
    'application/json',
    'plant/answer',
    '1',
    'Az',
  ]);
  expect(Number(expiry)).toBeGreaterThan(3000);
  expect(pairs).toBe(PAIRS.map(([name, value]) => `${name}:${value}`).join(' '));

  await page.expand(app, 'plant');
  await page.select(app, 'order');
  await page.clickText(app, '[role="tab"]', 'Properties');
  await app.seeText(at('properties'), 'as delivered');
  const names = await page.texts(app, `${at('properties')} dt`);
  const values = await page.texts(app, `${at('properties')} dd .mono`);
  const own = names.slice(-values.length).map((name, index) => [name, values[index]]);
  const pairsShown = own.filter(([name]) => name?.startsWith('User property'));
  expect(pairsShown).toEqual(PAIRS.map(([name, value]) => [`User property: ${name}`, value]));

  // Again, with a payload that is not what its properties say: that is said, and it goes out.
  await page.fill(app, at('publish-payload'), '1');
  await page.clickText(app, `${at('publish-format')} button`, 'Text');
  await page.fill(app, at('publish-payload'), 'no JSON');
  await app.seeText(at('publish-findings'), 'not of its content type');
  await app.click(at('publish-send'));
  await app.seeText(at('publish-count'), '2 sent');
  await app.seeText(at('properties'), 'the payload is not of this type');
});

it('keeps the properties where MQTT 3.1.1 is spoken, and sends none', async () => {
  broker = await Mosquitto.start();
  app = await App.launch();
  await app.click(at('door-add'));
  await page.describeBroker(app, 'old', broker.port);
  await page.clickText(app, `${at('field-protocol')} button`, 'MQTT 3.1.1');
  await app.click(at('form-connect'));
  await page.connected(app);
  await app.click(at('publish-properties-fold'));
  await app.seeText(at('publish-only-v5'), 'Only MQTT 5 has properties');
  await page.publish(app, { topic: TOPIC, text: '1', retain: true });
  expect(await page.count(app, `${at('publish-content-type')}:disabled`)).toBe(1);
  expect(received().join('')).toBe('');
});
