// The timeline of the history: a range is drawn, changed and given up, with the pointer and by keys.

import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import { BEYOND, LOOKS } from './looks';
import * as page from './page';
import { at } from './page';
import { waitFor } from './wait';
import { Key } from './webdriver';

const MACHINE = 'acme/munich/packaging/line-1/cnc-01';
const CHART = at('timeline-chart');
const BARS = `${CHART} .bar`;
const BRIGHT = `${CHART} .bar.bright`;

let app: App;
afterEach(() => app.end());

const step = () =>
  app.session.execute<number>(
    `return Number(document.querySelector(arguments[0]).dataset.step)`,
    CHART,
  );
const focusChart = () => app.session.execute('document.querySelector(arguments[0]).focus()', CHART);
const brushed = (edge: string) =>
  app.session.execute<number>(
    'return parseFloat(document.querySelector(arguments[0]).style.left)',
    at(`brush-${edge}`),
  );

it('limits the history to the range that is drawn, and back', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'spindle');
  await page.waitForRows(app, at('history-row'), 20);
  await page.waitForRows(app, BARS, 8);
  expect(await page.count(app, BRIGHT)).toBe(0);

  await page.dragOver(app, CHART, 0.7, 0.98);
  await page.waitForRows(app, BRIGHT);
  await app.seeText(at('time-range'), 'Time set');
  await app.seeText(at('timeline-said'), ' to ');
  const all = await page.count(app, BARS);
  expect(await page.count(app, BRIGHT)).toBeLessThan(all);
  // What comes now lies outside the range: the list stands still and is as long as it says.
  await waitFor('the list to have as many rows as the range has messages', async () => {
    const said = Number.parseInt((await page.texts(app, at('timeline-said')))[0] ?? '', 10);
    return said > 0 && said === (await page.count(app, at('history-row')));
  });

  // An edge is moved with the pointer, the range and its end by keys.
  const before = await brushed('to');
  await page.dragOver(app, CHART, (await brushed('from')) / 100, 0.5);
  await waitFor('the range to be wider', async () => (await brushed('from')) < 55);
  expect(await brushed('to')).toBeLessThanOrEqual(before + 1);
  await focusChart();
  const moved = await brushed('from');
  await app.session.press(Key.left);
  await waitFor('the range to move', async () => (await brushed('from')) < moved);

  await app.session.press(Key.escape);
  await page.gone(app, at('brush-from'));
  await app.seeText(at('time-range'), 'Time');
  expect(await page.count(app, BRIGHT)).toBe(0);
});

it('zooms by keys and buttons, and looks right everywhere', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'cnc-01');
  await page.waitForRows(app, BARS, 8);
  await focusChart();
  const whole = await step();
  await app.session.press('+');
  await waitFor('finer bars', async () => (await step()) < whole);
  await app.session.press('0');
  await waitFor('everything', async () => (await step()) >= whole);
  await app.session.press(Key.shift, Key.left);
  await app.see(at('brush-from'));
  await page.dragOver(app, CHART, 0.55, 0.8);
  for (const { theme, width, height } of LOOKS) {
    await app.resize(width, height);
    await page.chooseTheme(app, theme === 'dark' ? 'Dark' : 'Light');
    await page.waitForRows(app, BRIGHT);
    await app.screenshot(`timeline-${theme}-${width}x${height}`);
    expect(await app.session.execute<string[]>(BEYOND)).toEqual([]);
  }
});
