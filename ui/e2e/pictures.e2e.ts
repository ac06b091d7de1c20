import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import * as page from './page';
import { at } from './page';

const MACHINE = 'acme/munich/packaging/line-1/cnc-01';
const SIZES = [
  [1440, 900],
  [1024, 700],
] as const;

let app: App;
afterEach(() => app.end());

/** What is wider than its place without saying so: words cut off at a pane's edge. */
const CUT = `
  return [...document.querySelectorAll('button, label, h1, h2, input, p')]
    .filter((each) => each.checkVisibility())
    .filter((each) => {
      const { left, right, top, bottom } = each.getBoundingClientRect();
      return left < 0 || top < 0 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5;
    })
    .map((each) => each.outerHTML.slice(0, 120));
`;

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
  await take('export-dark');
});

async function take(name: string): Promise<void> {
  for (const [width, height] of SIZES) {
    await app.resize(width, height);
    await app.screenshot(`${name}-${width}x${height}`);
    expect(await app.session.execute<string[]>(CUT), `beyond the edge in ${name}`).toEqual([]);
  }
}

/** In milliseconds since the window began to load. Printed; a shared machine proves no figure. */
const paint = () =>
  app.session.execute<number>(
    'return performance.getEntriesByName("first-contentful-paint")[0]?.startTime',
  );
