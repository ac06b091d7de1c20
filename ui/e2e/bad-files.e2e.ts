import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { afterEach, expect, it } from 'vitest';

import { App, makeFolders, type Folders } from './app';
import * as page from './page';
import { at } from './page';

let app: App | undefined;
afterEach(() => app?.end());

/** The application's own folder in the data folder. */
const own = (folders: Folders) => join(folders.data, 'org.wiretree.desktop');

function leave(folders: Folders, name: string, content: string | Buffer): string {
  const file = join(own(folders), name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

it('names what is wrong with the profiles, and sets them aside without losing them', async () => {
  const folders = makeFolders();
  const broken = '{"version": 1, "profiles": [{"name": "plant" "host": 7}]}';
  const file = leave(folders, 'profiles.json', broken);
  app = await App.launch([], folders);
  await app.seeText(at('profiles-problem'), 'line 1, column');
  expect(readFileSync(file, 'utf8')).toBe(broken);

  await app.click(at('profiles-set-aside'));
  await page.gone(app, at('profiles-problem'));
  const kept = readdirSync(own(folders)).filter((name) => name.startsWith('profiles.json.'));
  expect(kept).toHaveLength(1);
  expect(readFileSync(join(own(folders), kept[0] ?? ''), 'utf8')).toBe(broken);

  await app.click(at('door-add'));
  await page.describeBroker(app, 'anew', 1883);
  await app.click(at('form-save'));
  await app.seeText(at('connection-list'), 'anew');
});

it('leaves profiles of a later version alone until asked to set them aside', async () => {
  const folders = makeFolders();
  const later = '{"version": 99, "brokers": []}';
  const file = leave(folders, 'profiles.json', later);
  app = await App.launch([], folders);
  await app.seeText(at('profiles-problem'), 'version 99');
  expect(readFileSync(file, 'utf8')).toBe(later);
  await app.click(at('profiles-set-aside'));
  await page.gone(app, at('profiles-problem'));
});

it('sets a history aside that is none, says so, and records into a new one', async () => {
  const folders = makeFolders();
  const text = 'These are the notes of last summer, and no database at all.\n'.repeat(200);
  leave(folders, 'history.wiretree', text);
  app = await App.launch([], folders);
  await app.seeText(at('history-mended'), 'is not a Wiretree history');
  const aside = readdirSync(own(folders)).find((name) => name.includes('.corrupt-'));
  await app.seeText(at('history-mended'), aside ?? 'a file that is set aside');
  expect(readFileSync(join(own(folders), aside ?? ''), 'utf8')).toBe(text);
  await app.click(at('history-mended-close'));
  await page.gone(app, at('history-mended'));
  await page.openDemo(app);
  await page.waitForRows(app, at('topic-row'), 3);
});

it('opens with a data folder that cannot be written, and says which', async () => {
  const folders = makeFolders();
  rmSync(folders.data, { recursive: true });
  writeFileSync(folders.data, 'in the way');
  app = await App.launch([], folders);
  await app.seeText(at('startup-history'), folders.data);
  await app.click(at('door-add'));
  await page.describeBroker(app, 'nowhere', 1883);
  await app.click(at('form-save'));
  await app.seeText(at('form-problem'), folders.data);
});

it('brings a history of an earlier version to the new format, and keeps the old file', async () => {
  const folders = makeFolders();
  const old = readFileSync(
    join(import.meta.dirname, '../../crates/store/src/tests/data/foundation.wiretree'),
  );
  leave(folders, 'history.wiretree', old);
  app = await App.launch([], folders);
  await app.seeText(at('history-mended'), 'The history has the new format now.');
  const kept = readdirSync(own(folders)).find((name) => name.includes('.format-'));
  await app.seeText(at('history-mended'), kept ?? 'a copy');
  expect(readFileSync(join(own(folders), kept ?? '')).equals(old)).toBe(true);
});
