import { afterEach, beforeEach, expect, it } from 'vitest';

import { App } from './app';
import { publishTo } from './broker';
import * as page from './page';
import { at, row } from './page';
import { waitFor } from './wait';
import { Key } from './webdriver';

const MACHINE = 'acme/munich/packaging/line-1/cnc-01';

let app: App;
beforeEach(async () => {
  app = await App.launch();
  await page.openDemo(app);
});
afterEach(() => app.end());

const received = async () =>
  Number.parseInt(((await page.texts(app, at('status-received')))[0] ?? '').replace(/\D/g, ''), 10);

/** Waits until so many more messages have come. */
async function stream(messages: number): Promise<void> {
  const before = await received();
  await waitFor(`${messages} more messages`, async () => (await received()) >= before + messages);
}

const demoPort = async () =>
  Number(/:(\d+)/.exec((await page.texts(app, at('status-url')))[0] ?? '')?.[1]);

it('holds the selection and its place while messages stream and topics come in above', async () => {
  await page.expand(app, MACHINE);
  await page.select(app, 'spindle');
  const place = () =>
    app.session.execute<number>(
      'return document.querySelector(arguments[0]).getBoundingClientRect().top',
      row('spindle'),
    );
  const before = await place();
  const port = await demoPort();
  for (const name of ['aaa', 'aab', 'aac']) {
    publishTo(port, { topic: `acme/${name}`, payload: '1', retain: false });
  }
  await stream(200);
  await waitFor('the new topics in the tree', async () => {
    const size = await (await app.session.find(row('munich'))).attribute('aria-setsize');
    return Number(size) >= 6;
  });
  expect(await place()).toBe(before);
  await app.see(`${row('spindle')}[aria-selected="true"]`);
});

it('filters by text and by MQTT filter, and Esc takes the filter away', async () => {
  await app.session.press('/');
  await waitFor('the caret in the filter', () =>
    app.session.execute<boolean>(
      'return document.activeElement === document.querySelector(arguments[0])',
      at('filter-input'),
    ),
  );
  await page.fill(app, at('filter-input'), 'spindle');
  await page.gone(app, row('lab'));
  await app.see(row('acme'));
  await page.fill(app, at('filter-input'), 'acme/+/packaging/#');
  await app.seeText(at('filter-mode'), 'MQTT filter');
  await page.gone(app, row('berlin'));
  await app.see(row('munich'));
  await page.fill(app, at('filter-input'), 'acme/#/x');
  await app.seeText('[aria-label="Topics"]', '# must be the last level');
  await page.fill(app, at('filter-input'), 'no such topic anywhere');
  await app.seeText(at('tree-empty'), 'No topic passes this filter.');
  await app.session.press(Key.escape);
  await app.see(row('lab'));
});

it('follows the newest message until F holds one, and returns with F', async () => {
  await page.expand(app, MACHINE);
  await page.select(app, 'spindle');
  await app.seeText(at('following'), 'Following');
  const shown = async () => (await page.texts(app, at('message-time'))).join();
  const first = await waitFor('a message', shown);
  await waitFor('the next message', async () => (await shown()) !== first);

  await app.session.press('f');
  await app.seeText(at('following'), 'Held');
  const held = await shown();
  const lines = await page.texts(app, at('line'));
  await stream(100);
  expect(await shown()).toBe(held);
  expect(await page.texts(app, at('line'))).toEqual(lines);

  await app.session.press('f');
  await app.seeText(at('following'), 'Following');
  await waitFor('a newer message', async () => (await shown()) !== held);
});

it('walks through the history with [ and ], and through the tree with letters and arrows', async () => {
  await page.expand(app, MACHINE);
  await page.select(app, 'spindle');
  await page.waitForRows(app, at('history-row'), 5);
  const held = async () => (await page.texts(app, at('message-time'))).join();
  await waitFor('a message', held);
  await app.session.press('f');
  await app.seeText(at('following'), 'Held');
  // The list comes a moment after the message; steps go along the list.
  await app.see(`${at('history-row')}[aria-selected="true"]`);
  const one = await held();
  await app.session.press('[');
  await waitFor('an older message', async () => (await held()) < one);
  await app.session.press(']');
  await waitFor('the one before again', async () => (await held()) === one);

  await app.session.press(Key.control, '1');
  await app.session.press(Key.left);
  await app.see(`${row('cnc-01')}[aria-selected="true"]`);
  await app.session.press(Key.left);
  await app.see(`${row('cnc-01')}[aria-expanded="false"]`);
  await app.session.press(Key.home);
  await app.see(`${at('topic-row')}[aria-posinset="1"][aria-level="1"][aria-selected="true"]`);
  await app.session.press('z');
  await app.see(`${row('zigbee2mqtt')}[aria-selected="true"]`);
  await app.session.press(Key.enter);
  await app.see(`${row('zigbee2mqtt')}[aria-expanded="true"]`);
});
