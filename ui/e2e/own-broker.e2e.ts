import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto } from './broker';
import { filesWith } from './files';
import * as page from './page';
import { at, row } from './page';

const USER = { name: 'operator', password: 'p4ss wörd' };

let app: App | undefined;
let brokers: Mosquitto[] = [];
afterEach(async () => {
  await app?.end();
  for (const broker of brokers) await broker.end();
  brokers = [];
});

async function broker(user?: typeof USER): Promise<Mosquitto> {
  const started = await Mosquitto.start(user);
  brokers.push(started);
  return started;
}

it('says in words what is wrong with a form, and tests a broker step by step', async () => {
  const { port } = await broker(USER);
  app = await App.launch();
  await app.click(at('door-add'));
  await app.click(at('form-save'));
  await app.seeText(at('connection-form'), 'Give the connection a name.');
  await app.seeText(at('connection-form'), 'Give the host name or address of the broker.');
  await page.fill(app, at('subscription-filter'), 'plant/#/x');
  await app.seeText(at('connection-form'), '# must be the last level');
  await page.fill(app, at('subscription-filter'), '#');
  await page.describeBroker(app, 'guarded', port);
  await page.fill(app, at('field-port'), '70000');
  await app.seeText(at('connection-form'), 'A port is a whole number from 1 to 65535.');
  await page.fill(app, at('field-port'), String(port));

  await app.seeText(at('password-about'), 'no keychain');
  expect(await page.texts(app, `${at('field-password-source')} button`)).not.toContain('Keychain');
  await page.fill(app, at('field-username'), USER.name);
  await page.clickText(app, `${at('field-password-source')} button`, 'Ask each time');
  await page.fill(app, at('field-password'), 'wrong');
  await app.click(at('form-test'));
  await app.seeText(at('test-result'), 'It does not work yet');
  await app.seeText(at('test-result'), 'Find the address');
  await app.seeText(at('test-result'), 'CONNECT and CONNACK');
  await app.seeText(`${at('test-result')} .problem`, 'Not authorized');
  await app.click(at('doctor-close'));
  await page.gone(app, at('doctor'));
  await page.fill(app, at('field-password'), USER.password);
  await app.click(at('form-test'));
  await app.seeText(at('test-result'), 'The broker accepts this connection.');
});

it('asks for a password, says when it is refused, and keeps it nowhere', async () => {
  const guarded = await broker(USER);
  guarded.publish({ topic: 'plant/kept', payload: '{"on":true}' });
  app = await App.launch();
  await app.click(at('door-add'));
  await page.describeBroker(app, 'guarded', guarded.port);
  await page.fill(app, at('field-username'), USER.name);
  await page.clickText(app, `${at('field-password-source')} button`, 'Ask each time');
  await app.click(at('form-connect'));
  await page.fill(app, at('prompt-password'), 'wrong');
  await app.click(at('prompt-connect'));
  await app.seeText(at('state-refused'), 'Not authorized');
  await app.click(at('state-retry'));
  await page.fill(app, at('prompt-password'), USER.password);
  await app.click(at('prompt-connect'));
  await app.see(row('plant'));
  await page.expand(app, 'plant');
  await page.select(app, 'kept');
  await app.seeText(at('lines'), '"on"');
  expect(filesWith(USER.password, app.folders.home), 'files with the password').toEqual([]);
});

it('signs in by an access token, sends it as the user name, and keeps it nowhere', async () => {
  const plain = await broker();
  const token = 'A1-T0KEN-0f93c2';
  app = await App.launch();
  await app.click(at('door-add'));
  await app.click(at('presets'));
  await app.click(at('preset-tb-device'));
  await page.describeBroker(app, 'device', plain.port);
  expect(await page.texts(app, `${at('field-token-source')} button`)).toEqual(['Ask each time']);
  await page.fill(app, at('field-token'), token);
  const field = await app.see(at('field-token'));
  expect(await field.property('type'), 'hidden until it is asked to be seen').toBe('password');
  await app.click(at('form-test'));
  await app.seeText(at('test-result'), 'The broker accepts this connection.');
  await app.click(at('doctor-close'));
  await page.gone(app, at('doctor'));
  await app.click(at('form-connect'));
  await app.seeText(at('password-prompt'), 'Access token for “device”');
  await page.fill(app, at('prompt-password'), token);
  await app.click(at('prompt-connect'));
  await page.connected(app);
  expect(plain.log().split(`u'${token}'`).length - 1, 'sent for Test, and to connect').toBe(2);
  expect(filesWith('device', app.folders.home), 'the connection is saved').not.toEqual([]);
  expect(filesWith(token, app.folders.home), 'files with the token').toEqual([]);
});

it('speaks MQTT 3.1.1 where that was chosen', async () => {
  const old = await broker();
  old.publish({ topic: 'plant/kept', payload: '{"on":true}' });
  app = await App.launch();
  await app.click(at('door-add'));
  await page.describeBroker(app, 'old', old.port);
  await page.clickText(app, `${at('field-protocol')} button`, 'MQTT 3.1.1');
  await page.gone(app, at('field-session-expiry'));
  await app.click(at('form-connect'));
  await app.seeText(at('status-url'), `127.0.0.1:${old.port} · MQTT 3.1.1`);
  await page.expand(app, 'plant');
  await page.select(app, 'kept');
  await app.seeText(at('lines'), '"on": true');
  await app.click(at('status-subscriptions'));
  await app.seeText(at('subscription'), 'granted');
});

it('edits, duplicates and deletes saved brokers', async () => {
  app = await App.launch();
  await app.click(at('door-add'));
  await page.describeBroker(app, 'first', 18_830);
  await app.click(at('form-save'));
  await page.gone(app, at('connection-form'));
  await app.click(at('connection-edit'));
  await page.fill(app, at('field-name'), 'renamed');
  await app.click(at('form-save'));
  await page.gone(app, at('connection-form'));
  await app.seeText(at('connection-list'), 'renamed');
  await app.click(at('connection-duplicate'));
  await app.click(at('form-save'));
  await page.gone(app, at('connection-form'));
  await app.seeText(at('connection-list'), 'renamed copy');
  expect(await page.count(app, at('connection-item'))).toBe(2);

  await app.click(at('connection-delete'));
  await app.seeText(at('delete-dialog'), 'Delete “renamed”?');
  await app.click(`${at('delete-dialog')} ${at('confirm-cancel')}`);
  await page.gone(app, at('delete-dialog'));
  expect(await page.count(app, at('connection-item'))).toBe(2);
  await app.click(at('connection-delete'));
  await app.click(`${at('delete-dialog')} ${at('confirm-ok')}`);
  await page.gone(app, at('delete-dialog'));
  app = await app.restart();
  await app.seeText(at('connection-list'), 'renamed copy');
  expect(await page.count(app, at('connection-item'))).toBe(1);
});

it('has several connections open, each with a tab of its own', async () => {
  const [north, south] = [await broker(), await broker()];
  app = await App.launch();
  await page.connectTo(app, 'north', north.port);
  await app.click(at('tab-add'));
  await page.connectTo(app, 'south', south.port);
  north.publish({ topic: 'from-north', payload: '1' });
  south.publish({ topic: 'from-south', payload: '2' });
  await app.see(row('from-south'));
  expect(await page.count(app, row('from-north'))).toBe(0);
  await page.clickText(app, `${at('connection-tab')} .name`, 'north');
  await app.see(row('from-north'));
  expect(await page.count(app, row('from-south'))).toBe(0);
});
