import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import { BEYOND, SIZES } from './looks';
import * as page from './page';
import { at } from './page';
import { waitFor } from './wait';
import { Key } from './webdriver';

const MACHINE = 'acme/munich/packaging/line-1/cnc-01';

let app: App;
afterEach(() => app.end());

const value = (from: App) =>
  from.session.execute<string>(`return document.querySelector('${at('history-search')}').value`);

it('finds by a field of JSON while messages stream in, and points at what is wrong', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'spindle');
  await page.waitForRows(app, at('history-row'), 5);

  await page.fill(app, at('history-search'), '$.values.rpm > fast');
  await app.seeText(at('query-fault'), '“fast” is no JSON value');
  await app.seeText(at('query-fault'), 'Expected: a number');
  expect(await page.texts(app, at('query-spot'))).toEqual(['fast']);
  expect(await page.count(app, at('history-row'))).toBe(0);
  await take('search-fault');

  await page.fill(app, at('history-search'), '$.values.rpm > 5000');
  await page.gone(app, at('query-fault'));
  await page.waitForRows(app, at('history-row'), 3);
  const before = await newest(app);
  await waitFor('a message that comes in to be found', async () => (await newest(app)) > before);
  for (const text of await page.texts(app, `${at('history-row')} .preview`))
    expect(Number(/"rpm":\s*(\d+)/.exec(text)?.[1])).toBeGreaterThan(5000);

  await page.fill(app, at('history-search'), '$.values.rpm > 99999');
  await app.seeText(at('history-words'), 'Nothing recorded here matches.');
});

it('proposes fields, values and paths, by keyboard, and looks on all topics', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'spindle');
  await page.waitForRows(app, at('history-row'), 3);
  await page.fill(app, at('history-search'), '$.val');
  await app.seeText(at('proposals'), '$.values.rpm');
  await app.session.press(Key.escape);
  await page.gone(app, at('proposals'));

  await app.click(at('scope-all'));
  await page.fill(app, at('history-search'), 'top');
  await app.seeText(at('proposals'), 'topics that an MQTT filter matches');
  await app.session.press(Key.tab);
  await waitFor('the field to be taken', async () => (await value(app)) === 'topic:');
  await page.fill(app, at('history-search'), `topic:${MACHINE}/s`);
  await app.seeText(at('proposals'), `${MACHINE}/spindle`);
  await take('search-proposals');
  await app.session.press(Key.escape);
  await page.gone(app, at('proposals'));

  await page.fill(app, at('history-search'), `topic:${MACHINE}/+ $.values.rpm`);
  await page.waitForRows(app, at('history-row'), 2);
  const topics = await page.texts(app, `${at('history-row')} .topic`);
  expect([...new Set(topics)]).toEqual(['…/cnc-01/spindle']);
  await app.click(at('history-row'));
  await page.gone(app, `${at('topic-row')}[data-name="spindle"][aria-selected="false"]`);
  await take('search-all');

  await app.click(at('search-help'));
  await take('search-help');
});

it('stops a search with Esc, keeps what was typed, and goes on when told', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'spindle');
  await page.waitForRows(app, at('history-row'), 5);
  const field = await app.session.find(at('history-search'));
  // In one turn of the page, so that Esc comes before the search has begun to bring anything.
  await app.session.execute(
    `const field = document.querySelector('${at('history-search')}');
     field.focus();
     field.value = 'i"RPM"';
     field.dispatchEvent(new InputEvent('input', { bubbles: true }));
     field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));`,
  );
  await app.seeText(at('history-words'), 'The search was stopped.');
  expect(await value(app)).toBe('i"RPM"');
  expect(await page.count(app, at('history-row'))).toBe(0);
  await page.clickText(app, `${at('searched-to')} button`, 'Go on');
  await page.waitForRows(app, at('history-row'), 5);
  await field.click();
  await app.session.press(Key.escape);
  await waitFor('the text to be cleared', async () => (await value(app)) === '');
});

const newest = (from: App) =>
  from.session.execute<number>(
    `return Number(document.querySelector('${at('history-row')}')?.dataset.id ?? 0)`,
  );

async function take(name: string): Promise<void> {
  for (const theme of ['dark', 'light']) {
    // By hand: the menu of the themes would take the focus, and close what is open.
    await app.session.execute('document.documentElement.dataset.theme = arguments[0]', theme);
    for (const [width, height] of SIZES) {
      await app.resize(width, height);
      await app.screenshot(`${name}-${theme}-${width}x${height}`);
      expect(await app.session.execute<string[]>(BEYOND)).toEqual([]);
    }
  }
}
