import { afterEach, beforeEach, expect, it } from 'vitest';

import { App, makeFolders } from './app';
import { Mosquitto } from './broker';
import { filesWith } from './files';
import { Keyring } from './keyring';
import * as page from './page';
import { at, row } from './page';

const USER = { name: 'operator', password: 'p4ss wörd' };

let app: App | undefined;
let broker: Mosquitto;
let keyring: Keyring;
beforeEach(async () => {
  keyring = await Keyring.start();
  broker = await Mosquitto.start(USER);
  broker.publish({ topic: 'plant/kept', payload: '1' });
});
afterEach(async () => {
  await app?.end();
  await broker?.end();
  await keyring?.end();
});

/** Adds the broker with its password in the keychain, and connects without being asked. */
async function addAndConnect(): Promise<App> {
  const opened = await App.launch([], makeFolders(), keyring.bus);
  app = opened;
  await opened.click(at('door-add'));
  await page.describeBroker(opened, 'guarded', broker.port);
  await page.fill(opened, at('field-username'), USER.name);
  await page.clickText(opened, `${at('field-password-source')} button`, 'Keychain');
  await page.fill(opened, at('field-password'), USER.password);
  await opened.click(at('form-connect'));
  await opened.see(row('plant'));
  return opened;
}

it('keeps a password in the keychain and nowhere else, until the connection is deleted', async () => {
  let window = await addAndConnect();
  expect(keyring.entries()).toBe(1);

  window = app = await window.restart();
  await window.click(at('connection-open'));
  await window.see(`${at('connection-tab')}.active [aria-label="connected"]`);
  expect(await page.count(window, at('prompt-password'))).toBe(0);
  expect(filesWith('guarded', window.folders.home)).not.toEqual([]);
  expect(filesWith(USER.password, window.folders.home)).toEqual([]);

  window = app = await window.restart();
  await window.click(at('connection-delete'));
  await window.click(`${at('delete-dialog')} ${at('confirm-ok')}`);
  await page.gone(window, at('delete-dialog'));
  expect(keyring.entries()).toBe(0);
});

it('keeps an access token in the keychain and nowhere else', async () => {
  const token = 'A1-T0KEN-0f93c2';
  const plain = await Mosquitto.start();
  try {
    let window = (app = await App.launch([], makeFolders(), keyring.bus));
    await window.click(at('door-add'));
    await page.describeBroker(window, 'device', plain.port);
    await page.clickText(window, `${at('field-sign-in')} button`, 'Access token');
    await page.fill(window, at('field-token'), token);
    await window.click(at('form-connect'));
    await page.connected(window);
    window = app = await window.restart();
    await window.click(at('connection-open'));
    await page.connected(window);
    expect(plain.log().split(`u'${token}'`).length - 1, 'signed in twice').toBe(2);
    expect(filesWith(token, window.folders.home)).toEqual([]);
    expect(keyring.entries()).toBe(1);
  } finally {
    await plain.end();
  }
});

it('does not give a stored password to another address', async () => {
  const window = await addAndConnect();
  await window.click(at('tab-add'));
  await window.click(at('connection-edit'));
  await page.fill(window, at('field-host'), 'localhost');
  await window.click(at('form-test'));
  await window.see(`${at('doctor')} ${at('prompt-password')}`);
  expect(keyring.entries(), 'only tried').toBe(1);
  await window.click(at('doctor-close'));
  await page.gone(window, at('doctor'));
  await window.click(at('form-connect'));
  await window.see(at('prompt-password'));
  expect(keyring.entries(), 'saved').toBe(0);
});
