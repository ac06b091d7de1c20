import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto } from './broker';
import * as page from './page';
import { at, row } from './page';
import { Key } from './webdriver';

/** The samples that the payload crate is tested with. */
const samples = join(dirname(fileURLToPath(import.meta.url)), '../../crates/payload/tests/data');
const sample = (name: string) => readFileSync(join(samples, name));
const MARKUP = '<img src=x onerror="window.hostile=1"><script>window.hostile=2</script>';

let app: App;
let broker: Mosquitto;
beforeEach(async () => {
  broker = await Mosquitto.start();
  app = await App.launch();
  await page.connectTo(app, 'hostile', broker.port);
});
afterEach(async () => {
  await app.end();
  await broker.end();
});

async function send(topic: string, payload: string | Buffer): Promise<void> {
  broker.publish({ topic, payload });
  await app.see(row(topic));
  await page.select(app, topic);
}

it('shows markup as text, wherever a broker puts it', async () => {
  const before = await page.count(app, 'script');
  broker.publish({ topic: `<img src=x onerror='window.hostile=3'>`, payload: MARKUP });
  await send('markup', MARKUP);
  await app.seeText(at('lines'), MARKUP);
  await app.seeText(at('history-list'), MARKUP.slice(0, 20));
  await app.seeText(row('markup'), '<img');
  await page.publish(app, { topic: 'json', text: `{"<b>":${JSON.stringify(MARKUP)}}` });
  await page.select(app, 'json');
  await app.seeText(at('lines'), '<b>');
  for (const tab of ['diff', 'properties', 'hex']) await app.click(at(`tab-${tab}`));
  expect(await page.count(app, 'img, b, iframe')).toBe(0);
  expect(await page.count(app, 'script')).toBe(before);
  expect(await app.session.execute('return window.hostile ?? null')).toBeNull();
});

it('takes names from JavaScript and from right to left as names', async () => {
  await send('__proto__', '{"__proto__":{"polluted":true},"constructor":1}');
  await app.seeText(at('lines'), 'polluted');
  expect(await app.session.execute('return ({}).polluted ?? null')).toBeNull();
  broker.publish({ topic: 'constructor/toString', payload: '1' });
  await page.expand(app, 'constructor');
  await page.select(app, 'toString');
  await app.seeText(at('breadcrumb'), 'toString');
  broker.publish({ topic: 'invoice-\u202egpj.exe', payload: 'a\u202eb\u0007' });
  await app.seeText(at('topic-tree'), 'invoice-\\u{202E}gpj.exe');
  await app.see('[data-name^="invoice-"]');
  await app.click('[data-name^="invoice-"]');
  await app.seeText(at('breadcrumb'), 'invoice-\\u{202E}gpj.exe');
  await app.seeText(at('lines'), '\\u{202E}');
  const raw = await app.session.execute<boolean>(
    'return document.body.innerText.includes("\u202e")',
  );
  expect(raw, 'a direction character in the page').toBe(false);
});

it('keeps every digit of a number', async () => {
  await send('digits', sample('json_bigint.json'));
  for (const digits of [
    '18446744073709551615',
    '9007199254740993',
    '0.1000000000000000055511151231257827',
    '1e400',
    '-0',
  ]) {
    await app.seeText(at('lines'), digits);
  }
});

it('shows bytes that are no text as hex', async () => {
  const bytes = sample('binary_random.bin');
  await send('bytes', bytes);
  const first = [...bytes.subarray(0, 4)].map((byte) =>
    byte.toString(16).padStart(2, '0').toUpperCase(),
  );
  await app.seeText(at('lines'), first.join(' '));
});

it('stays usable with a payload of one megabyte', async () => {
  const text = sample('json_1mb_array.json');
  broker.publish({ topic: 'small', payload: '"here"' });
  await send('large', text);
  await app.seeText(at('chip-size'), 'KiB');
  await app.seeText(at('lines'), '[');
  await app.session.execute(
    'const list = document.querySelector(arguments[0]); list.scrollTop = list.scrollHeight',
    at('lines'),
  );
  await app.seeText(`${at('line')}:last-child`, ']');
  await app.click(at('tab-hex'));
  await app.seeText(at('lines'), '5B');
  await app.click(at('tab-value'));
  await page.select(app, 'small');
  await app.seeText(at('lines'), '"here"');
  await app.session.press(Key.escape);
});
