import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import { BEYOND, SIZES } from './looks';
import * as page from './page';
import { at, row } from './page';

const MACHINE = 'acme/munich/packaging/line-1/cnc-01';
let app: App;
afterEach(() => app.end());

it('replays a branch of the demo under a prefix, and the tree shows it there', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'cnc-01');
  await page.clickText(app, 'button', 'Subtree');
  await page.waitForRows(app, at('history-row'), 10);

  await app.click(at('replay-open'));
  await app.seeText(at('replay-scope'), `${MACHINE} and everything below it`);
  await app.seeText(at('replay-preview'), `replay/${MACHINE}/spindle`);
  await page.clickText(app, `${at('replay-pace')} button`, 'Fixed rate');
  await page.fill(app, at('replay-rate'), '500');
  await app.click(at('replay-outcomes'));
  await app.click(at('replay-dry-run'));
  await app.seeText(at('replay-figures'), 'Recorded from');
  expect(await page.count(app, at('replay-danger'))).toBe(0);
  await look('replay-form');

  await app.click(at('replay-start'));
  await app.seeText(at('replay-stage'), 'Finished');
  await look('replay-finished');
  expect(await page.texts(app, `${at('replay-counts')} .bad`)).toEqual([]);
  const published = Number.parseInt(await text(at('replay-published')), 10);
  expect(published).toBeGreaterThan(9);
  const [file] = readdirSync(app.folders.downloads);
  const lines = readFileSync(join(app.folders.downloads, file ?? ''), 'utf8')
    .trim()
    .split('\n');
  expect(lines).toHaveLength(published);
  const outcomes = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const { topic, sent_to } of outcomes) expect(sent_to).toBe(`replay/${String(topic)}`);

  await app.click(at('replay-done'));
  await page.gone(app, at('replay-dialog'));
  await page.select(app, 'replay');
  await app.see(`${row('replay')}[aria-selected="true"]`);
  await page.waitForRows(app, at('history-row'), Math.min(published, 10));
});

it('pauses, is left running, comes back, and stops', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'spindle');
  await page.waitForRows(app, at('history-row'), 3);
  await app.click(at('replay-open'));
  await page.clickText(app, `${at('replay-pace')} button`, 'Fixed rate');
  await page.fill(app, at('replay-rate'), '2');
  await app.click(at('replay-forever'));
  await app.seeText(at('replay-preview'), 'replay/');
  await app.click(at('replay-start'));
  await app.click(at('replay-pause'));
  await app.seeText(at('replay-stage'), 'Paused');
  await look('replay-paused');
  await app.click(at('replay-leave'));
  await page.gone(app, at('replay-dialog'));
  await app.seeText(at('status-replay'), 'replay paused');
  await app.click(at('status-replay'));
  await app.click(at('replay-resume'));
  await app.seeText(at('replay-stage'), 'Sending');
  await app.click(at('replay-stop'));
  await app.seeText(at('replay-stage'), 'Stopped');
  await app.click(at('replay-done'));
  expect(await page.count(app, at('status-replay'))).toBe(0);
});

it('asks for the name before messages go back to where they came from', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'spindle');
  await page.waitForRows(app, at('history-row'), 3);
  await app.click(at('replay-open'));
  await page.fill(app, at('replay-to'), '');
  await app.seeText(at('replay-danger'), 'recorded again');
  await look('replay-danger');
  const start = await app.see(at('replay-start'));
  expect(await start.property<boolean>('disabled')).toBe(true);
  await page.fill(app, at('replay-confirm'), 'demo');
  await app.see(`${at('replay-start')}:not(:disabled)`);
});

const text = async (css: string) => (await page.texts(app, css))[0]?.replace(/\s/g, '') ?? '';

async function look(name: string): Promise<void> {
  for (const theme of ['dark', 'light'] as const) {
    await app.session.execute('document.documentElement.dataset.theme = arguments[0]', theme);
    for (const [width, height] of SIZES) {
      await app.resize(width, height);
      await app.screenshot(`${name}-${theme}-${width}x${height}`);
      expect(await app.session.execute<string[]>(BEYOND), `beyond the edge in ${name}`).toEqual([]);
    }
  }
}
