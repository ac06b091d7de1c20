// Time travel: the tree as it was, what differs since then, and back; and a history file in the window.

import { join } from 'node:path';

import { afterEach, expect, it } from 'vitest';

import { App, makeFolders } from './app';
import { Mosquitto, publishTo } from './broker';
import { BEYOND, LOOKS } from './looks';
import * as page from './page';
import { at, row } from './page';
import { waitFor } from './wait';
import { Key } from './webdriver';

const BANNER = at('past-banner');
const different = (topic: string) => `${at('difference-row')}[data-topic="${topic}"]`;

let app: App;
let broker: Mosquitto;
afterEach(async () => {
  await app.end();
  await broker.end();
});

const send = (topic: string, payload: string) => publishTo(broker.port, { topic, payload });

/** A lamp that is red and then green, and a door that comes later. */
async function record(): Promise<void> {
  broker = await Mosquitto.start();
  broker.publish({ topic: 'house/heating', payload: 'on' });
  app = await App.launch();
  await page.connectTo(app, 'house', broker.port);
  await page.expand(app, 'house');
  send('house/lamp', 'red');
  await app.seeText(row('lamp'), 'red');
  await page.select(app, 'lamp');
  await app.seeText(at('history-list'), 'red');
  send('house/lamp', 'green');
  send('house/door', 'open');
  await app.seeText(row('door'), 'open');
  await page.waitForRows(app, at('history-row'), 2);
}

/** In every look, with nothing beyond an edge. */
async function picture(name: string): Promise<void> {
  for (const { theme, width, height } of LOOKS) {
    await app.resize(width, height);
    await page.chooseTheme(app, theme === 'dark' ? 'Dark' : 'Light');
    await app.screenshot(`${name}-${theme}-${width}x${height}`);
    expect(await app.session.execute<string[]>(BEYOND)).toEqual([]);
  }
}

/** Goes back to when the message in view had come. */
async function goBack(): Promise<void> {
  await page.oldest(app);
  await app.seeText(at('lines'), 'red');
  await app.session.press('t');
  await app.seeText(BANNER, 'As of');
}

it('shows the tree as it was, what differs since then, and goes back', async () => {
  await record();
  await goBack();
  await page.gone(app, row('door'));
  await app.seeText(row('lamp'), 'red');
  await app.seeText(row('heating'), 'on');
  expect(await page.count(app, `${row('heating')} .retained`)).toBe(1);
  await page.waitForRows(app, at('history-row'));
  expect(await page.count(app, at('history-row'))).toBe(1);

  // Recording goes on meanwhile, and the past does not change.
  send('house/lamp', 'blue');
  await app.seeText(at('status-stored'), '5');
  await app.seeText(row('lamp'), 'red');

  await app.click(at('past-difference'));
  await app.see(different('house/door'));
  await app.seeText(different('house/lamp'), 'red → blue');
  await app.seeText(at('difference-appeared'), '1');
  await app.seeText(at('difference-changed'), '1');
  await app.click(at('difference-appeared'));
  await page.gone(app, different('house/lamp'));
  await app.click(at('difference-appeared'));
  await app.click(different('house/lamp'));
  await app.seeText(at('lines'), 'blue');
  await app.seeText(at('lines'), 'red');
  await picture('travel');

  // Message by message, and back to the present.
  await app.session.execute('document.querySelector("[role=tree]").focus()');
  await app.session.press('.');
  await app.seeText(row('lamp'), 'green');
  await app.click(at('past-older'));
  await app.seeText(row('lamp'), 'red');
  await app.session.execute('document.querySelector("[role=tree]").focus()');
  await app.session.press(Key.escape);
  await page.gone(app, BANNER);
  await app.seeText(row('lamp'), 'blue');
  await app.seeText(row('door'), 'open');
});

it('goes to a moment on the timeline, and to one by the clock', async () => {
  await record();
  await page.fill(app, at('history-search'), 'green');
  await app.seeText(at('timeline-note'), 'Bars count all messages here');
  await page.clickText(app, `[role="tab"]`, 'Difference');
  await app.see(at('difference-begin'));
  await picture('timeline-searched');
  await page.fill(app, at('history-search'), '');
  await page.gone(app, at('timeline-note'));
  await app.click(at('difference-begin'));
  await app.see(at('difference-row'));
  await app.session.execute('document.querySelector(arguments[0]).focus()', at('timeline-chart'));
  await app.session.press(Key.left);
  await app.see(at('timeline-moment'));
  await app.click(at('travel-here'));
  await app.seeText(BANNER, 'As of');
  await app.click(at('back-to-live'));
  await page.gone(app, BANNER);

  await app.session.execute('document.querySelector("[role=tree]").focus()');
  await app.session.press(Key.shift, 'T');
  await app.see(at('moment-field'));
  await app.screenshot('moment-dialog');
  await app.session.execute(
    `const field = arguments[0];
     field.value = '2020-01-01T00:00';
     field.dispatchEvent(new Event('input', { bubbles: true }));`,
    await app.see(at('moment-field')),
  );
  await app.click(at('moment-go'));
  await app.seeText(BANNER, '2020-01-01');
  await app.seeText(at('tree-empty'), 'No topic had a message by then.');
});

it('opens a history file, read-only, as of its end', async () => {
  await record();
  await app.close();
  const file = join(app.folders.data, 'org.wiretree.desktop', 'history.wiretree');
  const recorded = app;
  app = await App.launch([file], makeFolders());
  await app.seeText(at('file-tab'), 'read-only');
  await app.seeText(BANNER, 'history.wiretree');
  await page.expand(app, 'house');
  await app.seeText(row('lamp'), 'green');
  expect(await page.count(app, at('publish-here'))).toBe(0);
  await page.select(app, 'lamp');
  await page.waitForRows(app, at('history-row'), 2);
  await goBack();
  await page.gone(app, row('door'));
  const path = await page.exportAs(app, 'ndjson', 'then.ndjson');
  expect(path.endsWith('then.ndjson')).toBe(true);
  await picture('file');
  await app.click(at('back-to-end'));
  await app.seeText(row('door'), 'open');
  await app.click(at('file-close'));
  await app.see(at('door-file'));
  await picture('welcome');
  await recorded.end();
});

it('says why a file is no history, and opens nothing', async () => {
  broker = await Mosquitto.start();
  app = await App.launch(['/etc/hostname']);
  await app.seeText(at('files-problem'), 'is not a Wiretree history');
  await waitFor('no tab', async () => (await page.count(app, at('file-tab'))) === 0);
});
