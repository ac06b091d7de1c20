import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import * as page from './page';
import { at, row } from './page';
import { waitFor } from './wait';
import { Key } from './webdriver';

const MACHINE = 'acme/munich/packaging/line-1/cnc-01';
const TOPIC = `${MACHINE}/recipe-note`;
const MARK = 'kept-over-the-restart';
const NOTE = `{ "note": "${MARK}", "step": 9007199254740993 }`;

let app: App | undefined;
afterEach(() => app?.end());

const clocks = (of: App) => page.texts(of, `${at('history-row')} .time`);

it('contacts nothing before the first click', async () => {
  let calls = 0;
  const server = createServer((socket) => {
    calls += 1;
    socket.destroy();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const folders = makeFolders();
  saveProfile(folders, (server.address() as AddressInfo).port);
  app = await App.launch([], folders);
  await app.seeText(at('connection-list'), 'silent');
  expect(await page.count(app, at('connection-tab'))).toBe(0);
  expect(calls).toBe(0);
  await app.click(at('connection-open'));
  await waitFor('the first call', () => calls > 0);
  server.close();
});

it('shows the demo, its value with what changed, and its history', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'spindle');
  await app.seeText(at('breadcrumb'), 'spindle');
  await app.seeText(at('lines'), '"rpm"');
  await app.seeText(at('line-note'), '→');
  await page.waitForRows(app, at('history-row'), 3);
  const times = await clocks(app);
  expect(times).toEqual([...times].sort().reverse());
  await app.click(at('scope-subtree'));
  await app.seeText(at('history-list'), 'spindle');
  await app.click(at('history-search'));
});

it('expands the same path with the keyboard alone', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await app.session.press(Key.control, '1');
  await waitFor('the tree to have the focus', () =>
    app?.session.execute<boolean>('return document.activeElement?.getAttribute("role") === "tree"'),
  );
  await app.session.press(Key.home);
  for (const name of MACHINE.split('/')) {
    await keysTo(app, name);
    await app.session.press(Key.right);
    await app.see(`${row(name)}[aria-expanded="true"]`);
  }
  await keysTo(app, 'spindle');
  await app.seeText(at('breadcrumb'), 'spindle');
});

it('publishes, finds the message after a restart, and exports exactly that one', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.publish(app, { topic: TOPIC, text: NOTE });
  await app.seeText(at('publish-result'), 'PUBACK');
  await app.seeText(at('publish-result'), ' ms');
  await page.select(app, 'recipe-note');
  await app.seeText(at('lines'), '9007199254740993');
  await app.seeText(at('history-list'), MARK);

  app = await app.restart();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'cnc-01');
  await app.click(at('scope-subtree'));
  await page.search(app, MARK);
  await app.seeText(at('history-row'), MARK);
  await page.gone(app, at('searched-to'));
  const found = await page.count(app, at('history-row'));

  const path = await page.exportAs(app, 'ndjson', 'found.ndjson');
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const messages = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(messages).toHaveLength(found);
  for (const message of messages) {
    expect(message).toMatchObject({ topic: TOPIC, qos: 1, encoding: 'utf8', payload: NOTE });
  }
  console.log(found, lines);
});

it('writes a table that no spreadsheet runs as a formula', async () => {
  app = await App.launch();
  await page.openDemo(app);
  const topic = 'acme/formula';
  await page.publish(app, { topic, format: 'Text', text: '=HYPERLINK("http://x","y")' });
  await page.expand(app, 'acme');
  await page.select(app, 'formula');
  await app.seeText(at('history-list'), 'HYPERLINK');
  const path = await page.exportAs(app, 'csv', 'formula.csv');
  expect(readFileSync(path, 'utf8')).toContain(`"'=HYPERLINK(""http://x"",""y"")"`);
});

/** Presses Down until the row of this name is selected. */
async function keysTo(of: App, name: string): Promise<void> {
  await waitFor(`the selection to come to ${name}`, async () => {
    if ((await page.count(of, `${row(name)}[aria-selected="true"]`)) > 0) return true;
    const before = await selected(of);
    await of.session.press(Key.down);
    await waitFor('the selection to move', async () => (await selected(of)) !== before, 5);
    return false;
  });
}

const selected = async (of: App) =>
  (await page.texts(of, `${at('topic-row')}[aria-selected="true"] .name`)).join();
