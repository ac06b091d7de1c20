import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { dirname, join } from 'node:path';

import { afterEach, expect, it } from 'vitest';

import { App, binary, makeFolders, type Folders } from './app';
import { Mosquitto } from './broker';
import { filesWith } from './files';
import { Keyring } from './keyring';
import { BEYOND, SIZES } from './looks';
import * as page from './page';
import { at } from './page';

const PASSWORD = 's3cret-of-the-mill';

let app: App | undefined;
let broker: Mosquitto | undefined;
let keyring: Keyring | undefined;
let server: Server | undefined;
afterEach(async () => {
  await app?.end();
  await broker?.end();
  await keyring?.end();
  server?.close();
  app = broker = keyring = server = undefined;
});

/** Settings of MQTT Explorer: one connection with all it can have, a plain one, and a broken one. */
function settings(port: number): string {
  const data = (text: string) => Buffer.from(text).toString('base64');
  return JSON.stringify({
    ConnectionManager_connections: {
      mill: {
        configVersion: 1,
        type: 'mqtt',
        id: 'mill',
        name: 'mill',
        host: '127.0.0.1',
        protocol: 'mqtt',
        port,
        username: 'ada',
        password: PASSWORD,
        encryption: true,
        certValidation: false,
        selfSignedCertificate: { name: 'ca.crt', data: data('a certificate') },
        clientId: 'mqtt-explorer-0a1b2c3d',
        subscriptions: [
          { topic: 'mill/#', qos: 1 },
          { topic: 'mill/#/nonsense', qos: 0 },
        ],
      },
      plain: { id: 'plain', name: 'plain', host: '127.0.0.1', port, subscriptions: ['#'] },
      broken: { id: 'broken', name: 'broken', subscriptions: [] },
    },
  });
}

const historyOf = (folders: Folders) => join(folders.data, 'org.wiretree.desktop/history.wiretree');

/** What the history has of a connection, as our own NDJSON. */
const exported = (folders: Folders, key: string) =>
  execFileSync(
    join(dirname(binary), 'wiretree-cli'),
    ['export', '--history', historyOf(folders), '--format', 'ndjson', '--connection', key],
    { encoding: 'utf8' },
  );

async function looksRight(window: App, name: string): Promise<void> {
  for (const theme of ['Light', 'Dark']) {
    await window.session.execute(
      'document.documentElement.dataset.theme = arguments[0]',
      theme.toLowerCase(),
    );
    for (const [width, height] of SIZES) {
      await window.resize(width, height);
      await window.screenshot(`${name}-${theme.toLowerCase()}-${width}x${height}`);
      expect(await window.session.execute<string[]>(BEYOND), `beyond the edge in ${name}`).toEqual(
        [],
      );
    }
  }
}

it('imports connections of MQTT Explorer: seen first, disconnected, checked, and secret', async () => {
  let calls = 0;
  server = createServer((socket) => {
    calls += 1;
    socket.destroy();
  });
  const listening = server;
  await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done));
  const folders = makeFolders();
  const file = join(folders.home, 'settings.json');
  writeFileSync(file, settings((server.address() as AddressInfo).port));
  keyring = await Keyring.start();

  let window = (app = await App.launch(['--import', file], folders, keyring.bus));
  await window.seeText(at('import-file'), 'settings of MQTT Explorer');
  await window.seeText(at('import-connections'), 'Certificates were not checked there');
  await window.seeText(at('import-connections'), 'mill/#/nonsense');
  await window.seeText(at('import-refused'), 'broken');
  expect(await page.count(window, at('import-connection'))).toBe(2);
  expect(await page.count(window, at('connection-list'))).toBe(0);
  expect(keyring.entries()).toBe(0);
  await looksRight(window, 'import-connections');

  await window.click(at('import-start'));
  await window.seeText(at('import-saved'), '2 connections saved');
  await window.click(at('import-done'));
  await window.seeText(at('connection-list'), 'mill');
  await window.seeText(at('connection-list'), 'plain');
  expect(keyring.entries()).toBe(1);
  expect(filesWith(PASSWORD, folders.data)).toEqual([]);
  expect(calls).toBe(0);

  window = app = await window.restart();
  await window.seeText(at('connection-list'), 'mill');
  expect(await page.count(window, at('import-dialog'))).toBe(0);
  expect(calls).toBe(0);
});

it('can take back what was imported', async () => {
  const folders = makeFolders();
  const file = join(folders.home, 'settings.json');
  writeFileSync(file, settings(1883));
  const window = (app = await App.launch(['--import', file], folders));
  await window.click(at('import-choose-none'));
  await window.click(at('import-choose'));
  await window.click(at('import-start'));
  await window.seeText(at('import-saved'), '1 connection saved');
  await window.click(at('import-remove'));
  await window.see(at('import-removed'));
  await window.click(at('import-done'));
  await page.gone(window, at('connection-list'));
});

it('imports its own NDJSON, and gives it back byte for byte', async () => {
  broker = await Mosquitto.start();
  broker.publish({ topic: 'plant/a', payload: '{"n": 9007199254740993}' });
  broker.publish({ topic: 'plant/b', payload: Buffer.from([0xff, 0x00]) });
  let window = (app = await App.launch());
  await page.connectTo(window, 'plant', broker.port);
  await page.select(window, 'plant');
  await page.clickText(window, 'button', 'Subtree');
  await page.waitForRows(window, at('history-row'), 2);
  const original = readFileSync(await page.exportAs(window, 'ndjson', 'plant.ndjson'), 'utf8');
  const file = join(window.folders.home, 'nameless');
  copyFileSync(join(window.folders.downloads, 'plant.ndjson'), file);

  window = app = await window.restart(['--import', file]);
  await window.seeText(at('import-messages'), '2 messages on 2 topics');
  await window.seeText(at('import-messages'), '“plant” already');
  await page.waitForRows(window, at('import-sample'), 2);
  await looksRight(window, 'import-messages');
  await window.click(at('import-start'));
  await window.seeText(at('import-finished'), '2 messages are in the history as “plant”');
  expect(exported(window.folders, 'import:1')).toBe(original);

  await window.click(at('import-look'));
  await page.waitForRows(window, at('file-connection'), 2);
  await window.click(at('file-connection'));
  await page.select(window, 'plant');
  await page.waitForRows(window, at('history-row'), 2);
});

it('says why a file is not imported', async () => {
  const folders = makeFolders();
  const file = join(folders.home, 'backup.json');
  writeFileSync(file, 'PK\u0003\u0004 and so on');
  const window = (app = await App.launch(['--import', file], folders));
  await window.seeText(at('import-problem'), 'ZIP archive');
  await window.click(at('import-close'));
  await page.gone(window, at('import-dialog'));
  await window.see(at('door-import'));
});
