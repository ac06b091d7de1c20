import { readFileSync } from 'node:fs';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto } from './broker';
import * as page from './page';
import { at } from './page';
import { waitFor } from './wait';
import { Key } from './webdriver';

const USER = { name: 'operator', password: 'h0pp3r-7' };
const TOPIC = 'plant/valve';
const ROW = at('packet-row');
const STEP = at('ladder-step');
const FIELD = at('packet-field');

let app: App;
let broker: Mosquitto;
beforeEach(async () => {
  broker = await Mosquitto.start(USER);
  app = await App.launch();
  await app.click(at('door-add'));
  await page.describeBroker(app, 'plant', broker.port);
  await page.fill(app, at('subscription-filter'), 'other/#');
  await page.fill(app, at('field-username'), USER.name);
  await page.clickText(app, `${at('field-password-source')} button`, 'Ask each time');
  await app.click(at('form-connect'));
  await page.fill(app, at('prompt-password'), USER.password);
  await app.click(at('prompt-connect'));
  await page.connected(app);
  await app.seeText(at('status-subscriptions'), '1 subscription');
});
afterEach(async () => {
  await app.end();
  await broker.end();
});

/** The list as it is shown: `→ PUBLISH #2 plant/valve · Q2`. */
const packets = async () =>
  (await page.texts(app, ROW)).map((each) => each.replace(/\s+/g, ' ').trim());

async function pick(...words: string[]): Promise<void> {
  await waitFor(`a packet with ${words.join(', ')}`, async () => {
    const at = (await packets()).findIndex((each) => words.every((word) => each.includes(word)));
    const row = (await app.session.findAll(ROW))[at];
    await row?.click();
    return (await row?.attribute('aria-selected')) === 'true';
  });
}

async function showOnly(type: string): Promise<void> {
  await app.click(at('packet-filter'));
  await app.click(at('packet-types-none'));
  await app.click(at(`packet-type-${type}`));
  await app.session.press(Key.escape);
  await waitFor(`only ${type}`, async () => {
    const types = await page.texts(app, `${ROW} .type`);
    return types.length > 0 && types.every((each) => each === type);
  });
}

async function exportAs(format: string): Promise<Buffer> {
  await app.click(at('packet-menu'));
  await app.click(at('packets-export'));
  await app.click(at(`packet-export-${format}`));
  await app.click(at('packet-export-start'));
  await app.see(at('export-finished'));
  const path = await (await app.see(at('export-path'))).text();
  expect(path.startsWith(app.folders.downloads)).toBe(true);
  await app.click(at('packet-export-done'));
  await page.gone(app, at('packet-export-dialog'));
  return readFileSync(path);
}

it('draws a message with QoS 2 as a ladder of four steps, with times', async () => {
  await page.publish(app, { topic: TOPIC, text: '{"open":true}', qos: 2 });
  await app.click(at('tab-packets'));
  await pick('→ PUBLISH', TOPIC);
  await app.click(at('tab-ladder'));
  await page.waitForRows(app, STEP, 4);
  const steps = await page.texts(app, `${STEP} .label`);
  expect(steps.map((each) => each.split(' ')[0])).toEqual([
    'PUBLISH',
    'PUBREC',
    'PUBREL',
    'PUBCOMP',
  ]);
  const times = await page.texts(app, `${STEP} .since`);
  expect(times).toHaveLength(3);
  for (const time of times) expect(time).toMatch(/^\+\d+\.\d ms$/);
  for (const theme of ['Dark', 'Light']) {
    await page.chooseTheme(app, theme);
    await app.screenshot(`packets-ladder-${theme.toLowerCase()}`);
  }
  await app.click(`${STEP}:nth-of-type(4) .label`);
  await app.see(`${ROW}[aria-selected="true"]`);
  await app.seeText(`${ROW}[aria-selected="true"]`, 'PUBCOMP');
});

it('marks the bytes of a field, and the field of a byte', async () => {
  await page.publish(app, { topic: TOPIC, text: '{"open":true}', qos: 2 });
  await app.click(at('tab-packets'));
  await pick('→ PUBLISH', TOPIC);
  await app.click(at('tab-fields'));
  const names = await page.texts(app, FIELD);
  const topic = names.findIndex((name) => name.includes('topic name'));
  const fields = await app.session.findAll(FIELD);
  await fields[topic]?.click();
  const hex = Buffer.from(TOPIC).toString('hex').toUpperCase();
  await waitFor('the bytes of the topic to be marked', async () => {
    const marked = await page.texts(app, `${at('packet-byte')}.marked`);
    return marked.join('').trim().toUpperCase().endsWith(hex);
  });
  await app.screenshot('packets-fields-light');
  await app.click(`${at('packet-byte')}[data-at="0"]`);
  await app.seeText(`${FIELD}[aria-selected="true"]`, 'packet type');
});

it('filters by type, identifier and topic, and hides PINGs until they are asked for', async () => {
  await page.publish(app, { topic: TOPIC, text: '1', qos: 1 });
  await page.publish(app, { topic: 'plant/pump', text: '2', qos: 1 });
  await app.click(at('connection-menu'));
  await app.click(at('act-ping'));
  await app.seeText(at('notice'), 'PINGRESP after');
  await app.click(at('tab-packets'));
  await page.waitForRows(app, ROW, 4);
  expect((await packets()).join(), 'PINGs are hidden').not.toContain('PINGRE');
  await app.click(at('packet-pings'));
  await pick('← PINGRESP', ' ms');
  await app.screenshot('packets-pings');

  await page.fill(app, at('packet-topic'), 'plant/+');
  await waitFor('the packets of two topics', async () => {
    const shown = await packets();
    return shown.length > 0 && shown.every((each) => each.includes('plant/'));
  });
  await page.fill(app, at('packet-topic'), 'pump');
  await waitFor('the packets of one topic', async () => {
    const shown = await packets();
    return shown.length > 0 && shown.every((each) => each.includes('plant/pump'));
  });
  await page.fill(app, at('packet-topic'), '');
  await showOnly('PUBACK');
  const ids = await page.texts(app, `${ROW} .id`);
  expect(new Set(ids).size).toBe(2);
  await app.click(at('packet-filter'));
  await page.fill(app, at('packet-id'), (ids[0] ?? '').replace('#', ''));
  await app.session.press(Key.escape);
  await waitFor('one packet', async () => (await packets()).length === 1);
});

it('shows no password, and exports none', async () => {
  await page.publish(app, { topic: TOPIC, text: '{"open":true}', qos: 1 });
  await app.click(at('tab-packets'));
  await pick('→ CONNECT ');
  await app.click(at('tab-fields'));
  await app.seeText(at('packet-fields'), '•••');
  await app.seeText(at('packet-fields'), USER.name);
  await page.waitForRows(app, at('packet-byte'), 50);
  const bytes = (await page.texts(app, at('packet-byte'))).join('').toLowerCase();
  const hex = Buffer.from(USER.password).toString('hex');
  expect(bytes).toContain(Buffer.from(USER.name).toString('hex'));
  expect(bytes).not.toContain(hex);
  expect((await page.texts(app, 'body')).join()).not.toContain(USER.password);
  await app.screenshot('packets-connect');

  const ndjson = (await exportAs('ndjson')).toString('utf8');
  const lines = ndjson.trimEnd().split('\n');
  const found = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(found.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['CONNECT', 'CONNACK', 'SUBSCRIBE', 'SUBACK', 'PUBLISH', 'PUBACK']),
  );
  expect(ndjson).not.toContain(USER.password);
  expect(ndjson.toLowerCase()).not.toContain(hex);
  expect(ndjson.toLowerCase()).toContain(Buffer.from(TOPIC).toString('hex'));

  const pcapng = await exportAs('pcapng');
  expect(pcapng.readUInt32LE(0), 'a section header block').toBe(0x0a0d0d0a);
  expect(pcapng.readUInt32LE(8), 'its byte order').toBe(0x1a2b3c4d);
  expect(blocks(pcapng)).toBeGreaterThan(found.length);
  expect(pcapng.includes(TOPIC)).toBe(true);
  expect(pcapng.includes(USER.password)).toBe(false);
});

/** How many blocks a pcapng has; each says its length at its beginning and its end. */
function blocks(file: Buffer): number {
  let count = 0;
  for (let start = 0; start < file.length; count += 1) {
    const length = file.readUInt32LE(start + 4);
    expect(file.readUInt32LE(start + length - 4)).toBe(length);
    start += length;
  }
  return count;
}
