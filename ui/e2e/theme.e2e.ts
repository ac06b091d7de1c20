import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, expect, it } from 'vitest';

import { App, makeFolders } from './app';
import * as page from './page';
import { at } from './page';

let app: App | undefined;
afterEach(() => app?.end());

it.each(['dark', 'light'])('follows a system whose windows are %s', async (theme) => {
  const folders = makeFolders();
  const gtk = join(folders.config, 'gtk-3.0');
  mkdirSync(gtk);
  const name = theme === 'dark' ? 'Adwaita-dark' : 'Adwaita';
  writeFileSync(join(gtk, 'settings.ini'), `[Settings]\ngtk-theme-name=${name}\n`);

  app = await App.launch([], folders);
  await app.see(at('welcome'));
  await app.see(`html[data-theme="${theme}"]`);
  const media = `return matchMedia('(prefers-color-scheme: ${theme})').matches`;
  expect(await app.session.execute(media)).toBe(true);
  await page.chooseTheme(app, theme === 'dark' ? 'Light' : 'Dark');
  await page.chooseTheme(app, 'System');
  await app.see(`html[data-theme="${theme}"]`);
});
