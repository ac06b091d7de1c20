import { afterEach, beforeEach, expect, it } from 'vitest';

import { App } from './app';
import { BEYOND, LOOKS } from './looks';
import * as page from './page';
import { at, row } from './page';
import { waitFor } from './wait';
import { Key } from './webdriver';

const BRANCH = 'acme/munich';

let app: App;
beforeEach(async () => {
  app = await App.launch();
  await page.openDemo(app);
});
afterEach(() => app.end());

/** The number in front of the word in an element of the foot. */
async function figure(hook: string): Promise<number> {
  const [text] = await page.texts(app, at(hook));
  return Number((text ?? '').replace(/\D/g, ''));
}

async function pause(): Promise<void> {
  await app.click(at('recorder'));
  await app.click(at('recorder-pause'));
  await app.see(at('recording-paused'));
  await app.seeText(at('status-history'), 'recording paused');
}

/** Chooses an option of a list by its value. */
const choose = (css: string, value: string) =>
  app.session.execute(
    `const list = document.querySelector(arguments[0]);
     list.value = arguments[1];
     list.dispatchEvent(new Event('change', { bubbles: true }));`,
    css,
    value,
  );

it('pauses recording, says so with what is not recorded, and goes on', async () => {
  await waitFor('something to be stored', async () => (await figure('status-stored')) > 20);
  await pause();
  await app.seeText(at('recorder'), 'Paused');
  await waitFor('messages to be left out', async () => (await figure('left-out')) > 20);
  const received = await figure('status-received');
  await waitFor('the tree to go on', async () => (await figure('status-received')) > received);
  const stored = await figure('status-stored');
  expect(await figure('status-left-out')).toBeGreaterThan(20);
  await app.click(at('recording-resume'));
  await page.gone(app, at('recording-paused'));
  await app.seeText(at('recorder'), 'Recording');
  await waitFor('recording to go on', async () => (await figure('status-stored')) > stored);
});

it('clears a branch: by keyboard, after a look at what goes, and nothing else', async () => {
  await page.expand(app, BRANCH);
  await page.select(app, 'munich');
  await page.waitForRows(app, at('history-row'), 5);
  await pause();
  await page.select(app, 'munich');
  await app.session.press(Key.shift, Key.f10);
  await app.see(at('topic-menu'));
  await app.screenshot('topic-menu');
  await app.click(at('topic-clearBranch'));
  await app.seeText(at('clear-subject'), `${BRANCH} and everything below it`);
  await app.seeText(at('removal-effect'), 'will be removed');
  const [effect] = await page.texts(app, at('removal-effect'));
  const [, going, total] = /([\d\s]+) messages? of ([\d\s]+) in/.exec(effect ?? '') ?? [];
  const number = (text: string | undefined) => Number(text?.replace(/\s/g, ''));
  expect(number(going)).toBeGreaterThan(5);
  expect(number(total)).toBeGreaterThan(number(going));
  await app.screenshot('clear-branch');
  await app.click(at('clear-start'));
  await app.seeText(at('removal-state'), 'removed');
  const [done] = await page.texts(app, at('removal-state'));
  expect(number(/^([\d\s]+) message/.exec(done ?? '')?.[1])).toBe(number(going));
  await app.click(at('clear-done'));
  await page.gone(app, at('history-row'));
  await app.click(at('scope-all'));
  await page.waitForRows(app, at('history-row'), 1);
  for (const topic of await page.texts(app, `${at('history-row')} .topic`))
    expect(topic).not.toContain(BRANCH);
});

it('clears a whole connection only when its name is typed', async () => {
  await pause();
  await app.click(at('recorder'));
  await app.click(at('recorder-clear'));
  await app.seeText(at('removal-effect'), 'will be removed');
  const start = await app.see(at('clear-start'));
  expect(await start.property('disabled')).toBe(true);
  await page.fill(app, at('clear-confirm'), 'demo');
  await app.click(at('clear-start'));
  await app.seeText(at('removal-state'), 'removed');
  await app.click(at('clear-done'));
  await app.seeText(at('recorder'), '· 0');
  await app.click(at('scope-all'));
  await app.see(at('history-words'));
  expect(await page.count(app, at('history-row'))).toBe(0);
});

it('stops recording a branch by a rule, which stays over a restart', async () => {
  await page.expand(app, BRANCH);
  const menu = `document.querySelector(arguments[0]).dispatchEvent(
    new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: 200, clientY: 200 }))`;
  await app.session.execute(menu, row('munich'));
  await app.click(at('topic-keepBranch'));
  await app.see(at('keep-form'));
  const filter = await app.see(at('keep-rule-filter'));
  expect(await filter.property('value')).toBe(`${BRANCH}/#`);
  await app.seeText(at('removal-effect'), 'Nothing that is recorded goes');
  await app.screenshot('keep-rule');
  await app.click(at('keep-apply'));
  await app.seeText(at('removal-state'), '0 messages removed');
  await app.click(at('keep-done'));
  await waitFor('messages to be left out', async () => (await figure('status-left-out')) > 20);

  app = await app.restart();
  await page.openDemo(app);
  await waitFor('messages to be left out', async () => (await figure('status-left-out')) > 20);
  await app.click(at('connection-menu'));
  await app.click(at('act-keep'));
  await app.see(at('keep-rule-filter'));
  await choose(at('keep-rule-keep'), 'for');
  await page.fill(app, at('keep-rule-age'), '0');
  await app.seeText(at('removal-effect'), 'will be removed');
  await app.seeText(at('keep-apply'), 'Apply, and remove');
  await app.click(at('keep-apply'));
  await app.seeText(at('removal-state'), 'given back');
  await app.click(at('keep-done'));
});

it('looks right in every theme and size', async () => {
  await page.expand(app, BRANCH);
  await page.select(app, 'munich');
  await waitFor('something to be stored', async () => (await figure('status-stored')) > 60);
  for (const { theme, width, height } of LOOKS) {
    const take = async (name: string) => {
      await app.screenshot(`${name}-${theme}-${width}`);
      expect(await app.session.execute<string[]>(BEYOND)).toEqual([]);
    };
    await page.chooseTheme(app, theme === 'dark' ? 'Dark' : 'Light');
    await app.resize(width, height);
    await app.click(at('recorder'));
    await app.see(at('recorder-panel'));
    await take('recorder');
    await app.click(at('recorder-pause'));
    await app.see(at('recording-paused'));
    await take('recording-paused');
    await app.click(at('connection-menu'));
    await app.click(at('act-keep'));
    await app.click(at('keep-own'));
    await page.fill(app, at('keep-age'), '30');
    await page.fill(app, at('keep-messages'), '100');
    await page.fill(app, at('keep-bytes'), '20');
    for (const [index, filter] of ['acme/+/packaging/#', '$SYS/#'].entries()) {
      await app.click(at('keep-add-rule'));
      await waitFor('a line for it', async () => {
        return (await page.count(app, at('keep-rule-filter'))) === index + 1;
      });
      const line = (await app.session.findAll(at('keep-rule-filter')))[index];
      await line?.type(filter);
    }
    await choose(at('keep-rule-keep'), 'for');
    await app.seeText(at('keep-apply'), 'Apply');
    await page.gone(app, at('removal-looking'));
    await take('keep');
    await app.session.press(Key.escape);
    await page.gone(app, at('keep-dialog'));
    await app.click(at('connection-menu'));
    await app.click(at('act-clearHistory'));
    await app.seeText(at('removal-effect'), 'will be removed');
    await take('clear');
    await app.session.press(Key.escape);
    await page.gone(app, at('clear-history'));
    await app.click(at('recording-resume'));
    await page.gone(app, at('recording-paused'));
  }
});
