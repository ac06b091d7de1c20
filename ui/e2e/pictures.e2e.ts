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

it('looks right in dark and light, at both supported sizes', async () => {
  app = await App.launch();
  await app.see(at('welcome'));
  console.log('first paint:', await paint());
  for (const theme of ['Dark', 'Light']) {
    await page.chooseTheme(app, theme);
    await take(`welcome-${theme.toLowerCase()}`);
  }
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'spindle');
  await app.seeText(at('line-note'), '→');
  await page.waitForRows(app, at('history-row'), 20);
  await page.publish(app, { topic: `${MACHINE}/command`, text: '{"rpm": 12000}' });
  for (const theme of ['Light', 'Dark']) {
    await page.chooseTheme(app, theme);
    await take(`explore-${theme.toLowerCase()}`);
  }
});

it('shows its dialogs whole at the smaller size', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'status');
  await page.chooseTheme(app, 'Dark');
  await app.click(at('export-open'));
  await app.click(at('export-csv'));
  await take('export-dark');
  await app.session.press(Key.escape);
  await page.gone(app, at('export-dialog'));
  await app.click(at('tab-add'));
  await app.click(at('door-add'));
  await page.describeBroker(app, 'workshop', 1883);
  await page.clickText(app, `${at('field-password-source')} button`, 'Ask each time');
  await take('form-dark');
  await app.session.press(Key.escape);
  await app.click(`${at('leave-dialog')} ${at('confirm-ok')}`);
  await page.gone(app, at('connection-form'));
  await app.click(at('settings'));
  await take('settings-dark');
});

async function take(name: string): Promise<void> {
  for (const [width, height] of SIZES) {
    await app.resize(width, height);
    await app.screenshot(`${name}-${width}x${height}`);
    expect(await app.session.execute<string[]>(BEYOND), `beyond the edge in ${name}`).toEqual([]);
  }
}

/** In milliseconds since the window began to load. Printed; a shared machine proves no figure. */
const paint = () =>
  waitFor('the first paint', () =>
    app.session.execute<number | null>(
      'return performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null',
    ),
  );
