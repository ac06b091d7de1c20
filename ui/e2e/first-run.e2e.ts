import { createServer, type AddressInfo } from 'node:net';

import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import * as page from './page';
import { at, row } from './page';
import { waitFor } from './wait';
import { Key } from './webdriver';

const MACHINE = 'acme/munich/packaging/line-1/cnc-01';

let app: App | undefined;
afterEach(() => app?.end());

it('contacts nothing before a click asks for it', async () => {
  let calls = 0;
  const server = createServer((socket) => {
    calls += 1;
    socket.destroy();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  app = await App.launch();
  await app.click(at('door-add'));
  await page.describeBroker(app, 'silent', (server.address() as AddressInfo).port);
  await app.click(at('form-save'));
  await app.seeText(at('connection-list'), 'silent');
  app = await app.restart();
  await app.seeText(at('connection-list'), 'silent');
  expect(await page.count(app, at('connection-tab'))).toBe(0);
  expect(calls).toBe(0);
  await app.click(at('connection-open'));
  await waitFor('the first call', () => calls > 0);
  server.close();
});

it('shows the demo: topics, a value with what changed, its history newest first', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'spindle');
  await app.seeText(at('breadcrumb'), 'spindle');
  await app.seeText(at('lines'), '"rpm"');
  await app.seeText(at('line-note'), '→');
  await page.waitForRows(app, at('history-row'), 3);
  const times = await page.texts(app, `${at('history-row')} .time`);
  expect(times).toEqual([...times].sort().reverse());
});

it('shows a branch as a whole, and searches in it', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'cnc-01');
  await waitFor('messages of several topics below the branch', async () => {
    const topics = await page.texts(app as App, `${at('history-row')} .topic`);
    return new Set(topics).size > 1;
  });
  await page.search(app, '"recipe"', ['config']);
});

it('opens the same path with the keyboard alone', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await app.session.press(Key.control, '1');
  await waitFor('the tree to have the focus', () =>
    app?.session.execute<boolean>('return document.activeElement?.getAttribute("role") === "tree"'),
  );
  await app.session.press(Key.home);
  for (const name of MACHINE.split('/')) {
    await page.keysTo(app, name);
    await app.session.press(Key.right);
    await app.see(`${row(name)}[aria-expanded="true"]`);
  }
  await page.keysTo(app, 'spindle');
  await app.seeText(at('breadcrumb'), 'spindle');
});
