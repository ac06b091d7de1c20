import { readFileSync, readdirSync } from 'node:fs';

import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import * as page from './page';
import { at } from './page';

const MACHINE = 'acme/munich/packaging/line-1/cnc-01';
const TOPIC = `${MACHINE}/note`;
const MARK = 'kept over the restart';
const NOTE = `{ "note": "${MARK}", "step": 9007199254740993 }`;

let app: App | undefined;
afterEach(() => app?.end());

it('publishes, finds the message after a restart, and exports exactly that one', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.publish(app, { topic: TOPIC, text: NOTE });
  await app.seeText(at('publish-result'), 'PUBACK');
  await app.seeText(at('publish-result'), ' ms');
  await page.select(app, 'note');
  await app.seeText(at('lines'), '9007199254740993');
  await app.seeText(at('history-list'), MARK);

  app = await app.restart();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'cnc-01');
  // What was published from here stands there twice: as it was sent, and as the broker sent it back.
  await page.search(app, `"${MARK}"`, ['note']);
  expect(await page.count(app, at('history-row'))).toBe(2);
  await page.search(app, `"${MARK}" dir:in`, ['note']);
  expect(await page.count(app, at('history-row'))).toBe(1);

  const path = await page.exportAs(app, 'ndjson', 'found.ndjson');
  expect(readdirSync(app.folders.downloads)).toEqual(['found.ndjson']);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  const message: unknown = JSON.parse(lines[0] ?? '');
  expect(message).toMatchObject({ topic: TOPIC, qos: 1, encoding: 'utf8', payload: NOTE });
});

it('writes a table whose cells no spreadsheet runs as formulas', async () => {
  app = await App.launch();
  await page.openDemo(app);
  const text = '=HYPERLINK("http://x","y")';
  await page.publish(app, { topic: 'acme/formula', format: 'Text', text });
  await page.expand(app, 'acme');
  await page.select(app, 'formula');
  await app.seeText(at('history-list'), 'HYPERLINK');
  const path = await page.exportAs(app, 'csv', 'formula.csv');
  expect(readFileSync(path, 'utf8')).toContain(`"'=HYPERLINK(""http://x"",""y"")"`);
});
