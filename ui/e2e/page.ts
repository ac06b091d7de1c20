// What a person does in Wiretree's window, in the words of the scenarios: open, expand, select,
// publish, search, export. Each waits for the effect it is for.

import { expect } from 'vitest';

import type { App } from './app';
import { waitFor } from './wait';
import { Key, type Element } from './webdriver';

/** The selector of the element with this hook. */
export const at = (hook: string) => `[data-testid="${hook}"]`;
/** The selector of the tree's row of one level name. */
export const row = (name: string) => `${at('topic-row')}[data-name=${JSON.stringify(name)}]`;

/** The text of every element that matches, as it stands in the page. */
export const texts = (app: App, css: string) =>
  app.session.execute<string[]>(
    'return [...document.querySelectorAll(arguments[0])].map((each) => each.textContent)',
    css,
  );

export const count = (app: App, css: string) =>
  app.session.execute<number>('return document.querySelectorAll(arguments[0]).length', css);

export async function waitForRows(app: App, css: string, least = 1): Promise<void> {
  await waitFor(`${least} × ${css}`, async () => (await count(app, css)) >= least);
}

export async function gone(app: App, css: string): Promise<void> {
  await waitFor(`${css} to go`, async () => (await count(app, css)) === 0);
}

/** Clicks the element whose text is exactly `text`. */
export async function clickText(app: App, css: string, text: string): Promise<void> {
  await waitFor(`${css} "${text}" to be clicked`, async () => {
    const index = (await texts(app, css)).findIndex((each) => each.trim() === text);
    const element = (await app.session.findAll(css))[index];
    if (!element) return false;
    await element.click();
    return true;
  });
}

/** Scrolls until the whole element is to be seen; the driver is content with its edge. */
export async function bringIntoView(app: App, css: string): Promise<void> {
  await app.session.execute(
    'arguments[0].scrollIntoView({ block: "nearest" })',
    await app.see(css),
  );
}

/** Puts `text` in place of what a field holds. */
export async function fill(app: App, css: string, text: string): Promise<Element> {
  return waitFor(`${css} to hold the text`, async () => {
    const field = await app.session.find(css);
    await field.click();
    await app.session.press(Key.control, 'a');
    await field.type(text === '' ? Key.backspace : text);
    return (await field.property<string>('value')) === text && field;
  });
}

/** Welcome → Try the demo → its topics. */
export async function openDemo(app: App): Promise<void> {
  await app.click(at('door-demo'));
  await app.see(row('acme'));
}

/** Opens the branches of a path with the mouse. A row may move away before the click lands. */
export async function expand(app: App, path: string): Promise<void> {
  for (const name of path.split('/')) {
    const open = `${row(name)}[aria-expanded="true"]`;
    await waitFor(`the branch ${name} to open`, async () => {
      if ((await count(app, open)) === 0) await app.click(`${row(name)} ${at('twisty')}`);
      await waitFor(open, async () => (await count(app, open)) > 0, 2).catch(() => undefined);
      return (await count(app, open)) > 0;
    });
  }
}

/** Selects a row that is in view, with the mouse. A row may move away before the click lands. */
export async function select(app: App, name: string): Promise<void> {
  const selected = `${row(name)}[aria-selected="true"]`;
  await waitFor(`the row ${name} to be selected`, async () => {
    await app.click(row(name));
    await waitFor(selected, async () => (await count(app, selected)) > 0, 2).catch(() => undefined);
    return (await count(app, selected)) > 0;
  });
}

/** Presses Down until the row of this name is selected. */
export async function keysTo(app: App, name: string): Promise<void> {
  const chosen = `${at('topic-row')}[aria-selected="true"]`;
  const selected = async () => (await texts(app, `${chosen} .name`)).join();
  await waitFor(`the selection to come to ${name}`, async () => {
    const before = await selected();
    if (before === name) return true;
    await app.session.press(Key.down);
    await waitFor('the selection to move', async () => (await selected()) !== before);
    return false;
  });
}

/** Searches the payloads of the history; over when every row is of one of `topics`. */
export async function search(app: App, text: string, topics: string[]): Promise<void> {
  await fill(app, at('history-search'), text);
  let last: string[] = [];
  const wanted = topics.join();
  const found = async () => {
    last = await texts(app, `${at('history-row')} .topic`);
    return [...new Set(last)].sort().join() === wanted;
  };
  await waitFor(`the search for ${text} to find ${wanted}`, found).catch((error: Error) => {
    throw new Error(`${error.message} It found ${last.join()}.`);
  });
  await gone(app, at('searched-to'));
}

/** Clicks the last row of a short history, until it is the one in view. */
export async function oldest(app: App): Promise<void> {
  await waitFor('the oldest message to be in view', async () => {
    const last = (await app.session.findAll(at('history-row'))).at(-1);
    await last?.click();
    return (await last?.attribute('aria-selected')) === 'true';
  });
}

export type Draft = {
  topic: string;
  format?: string;
  text: string;
  qos?: number;
  retain?: boolean;
};

/** Fills the Publish form, sends, and waits for the acknowledgement. */
export async function publish(app: App, draft: Draft): Promise<void> {
  await fill(app, at('publish-topic'), draft.topic);
  await clickText(app, `${at('publish-format')} button`, draft.format ?? 'JSON');
  await fill(app, at('publish-payload'), draft.text);
  await clickText(app, `${at('publish-qos')} button`, String(draft.qos ?? 1));
  await clickText(app, `${at('publish-retain')} button`, draft.retain ? 'Yes' : 'No');
  const before = Number.parseInt((await texts(app, at('publish-count')))[0] ?? '0', 10);
  await app.click(at('publish-send'));
  await app.seeText(at('publish-count'), `${before + 1} sent`);
}

/** Exports what the history shows, under a name, to the downloads folder; gives the file's path. */
export async function exportAs(app: App, format: string, name: string): Promise<string> {
  await app.click(at('export-open'));
  await app.click(at(`export-${format}`));
  await fill(app, at('export-name'), name);
  await app.click(at('export-start'));
  await app.see(at('export-finished'));
  const path = await (await app.see(at('export-path'))).text();
  await app.click(at('export-done'));
  await gone(app, at('export-dialog'));
  expect(path.startsWith(app.folders.downloads)).toBe(true);
  return path;
}

/** A new broker in the form, filled in and still open. */
export async function describeBroker(app: App, name: string, port: number): Promise<void> {
  await app.see(at('connection-form'));
  await fill(app, at('field-name'), name);
  await fill(app, at('field-host'), '127.0.0.1');
  await fill(app, at('field-port'), String(port));
}

/** Opens a section of the form, if it is folded. */
export async function unfold(app: App, section: string): Promise<void> {
  const head = `${at(`section-${section}`)} h3 button`;
  await waitFor(`the section ${section} to open`, async () => {
    const button = await app.session.find(head);
    if ((await button.attribute('aria-expanded')) === 'true') return true;
    await button.click();
    return false;
  });
}

/** Chooses TLS in the form and whom to trust, by the words on the buttons. */
export async function useTls(app: App, trust: string): Promise<void> {
  await unfold(app, 'security');
  await clickText(app, `${at('field-secure')} button`, 'TLS');
  await clickText(app, `${at('field-trust')} button`, trust);
}

const CONNECTED = `${at('connection-tab')}.active [aria-label="connected"]`;

/** Waits until the connection in view stands. */
export const connected = (app: App) => app.see(CONNECTED);

/** Waits until it stands again, and asks for it unless it has come back by itself. */
export async function comeBack(app: App): Promise<void> {
  await waitFor('the connection to stand again', async () => {
    if ((await count(app, CONNECTED)) > 0) return true;
    for (const button of await app.session.findAll(at('retry-now'))) await button.click();
    return false;
  });
}

/** Adds a broker, connects to it, and waits until the connection stands. */
export async function connectTo(app: App, name: string, port: number): Promise<void> {
  await app.click(at('door-add'));
  await describeBroker(app, name, port);
  await app.click(at('form-connect'));
  await connected(app);
}

/** Puts the settings menu's theme to System, Dark or Light. */
export async function chooseTheme(app: App, theme: string): Promise<void> {
  await app.click(at('settings'));
  await clickText(app, `${at('theme')} button`, theme);
  await app.session.press(Key.escape);
  await gone(app, at('theme'));
  if (theme !== 'System') await app.see(`html[data-theme="${theme.toLowerCase()}"]`);
}

type Box = { left: number; top: number; width: number; height: number };

/** Drags over an element, from one share of its width to another. */
export async function dragOver(app: App, css: string, from: number, to: number): Promise<void> {
  const box = await app.session.execute<Box>(
    'return arguments[0].getBoundingClientRect().toJSON()',
    await app.see(css),
  );
  const y = box.top + box.height / 2;
  const places = [from, (from + to) / 2, to].map((share) => ({
    x: box.left + share * box.width,
    y,
  }));
  await app.session.drag(...places);
}
