import { existsSync, readdirSync } from 'node:fs';

import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import { waitFor } from './wait';

let app: App | undefined;
afterEach(() => app?.end());

it('opens a window of its own at both supported sizes', async () => {
  app = await App.launch();
  expect(await app.session.title()).toBe('Wiretree');
  for (const [width, height] of [
    [1440, 900],
    [1024, 700],
  ] as const) {
    await app.resize(width, height);
    const overflow = await app.session.execute<number>(
      'return document.documentElement.scrollWidth - innerWidth',
    );
    expect(overflow, `the page is wider than ${width} px`).toBeLessThanOrEqual(0);
  }
});

it('keeps its files in the folders it was given, and leaves none when it ends', async () => {
  app = await App.launch();
  const { home, data } = app.folders;
  await waitFor('files in the data folder', () => readdirSync(data).length > 0);
  await app.end();
  expect(existsSync(home)).toBe(false);
});

it('says what it waited for when that does not come', async () => {
  await expect(waitFor('a miracle', () => false, 0.1)).rejects.toThrow('in vain for a miracle');
});
