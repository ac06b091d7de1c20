import { afterEach, beforeEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto } from './broker';
import { freePort } from './driver';
import * as page from './page';
import { at } from './page';

const USER = { name: 'operator', password: 'h0pp3r-7' };

let app: App;
let broker: Mosquitto;
beforeEach(async () => {
  broker = await Mosquitto.start(USER, ['max_packet_size 100000', 'sys_interval 1']);
  app = await App.launch();
  await app.click(at('door-add'));
});
afterEach(async () => {
  await app.end();
  await broker.end();
});

const step = (id: string) => `${at('finding')}[data-id="${id}"]`;

/** What a person reads at a step that failed: why it did, and what can be done. */
async function failsAt(id: string, ...words: string[]): Promise<void> {
  await app.seeText(at('test-result'), 'It does not work yet');
  await app.see(`${step(id)}.failed`);
  for (const each of [...words, 'Likely cause', 'What to do']) await app.seeText(step(id), each);
}

async function close(): Promise<void> {
  await app.click(at('doctor-close'));
  await page.gone(app, at('doctor'));
}

it('names the step that fails, its cause and the fix', async () => {
  await page.describeBroker(app, 'wrong port', await freePort());
  await app.click(at('form-test'));
  await app.see(`${step('address')}.ok`);
  await failsAt('reach', 'connection refused', 'nothing listens on this port');
  await app.see(`${step('connack')}.skipped`);
  await close();

  await page.fill(app, at('field-port'), String(broker.port));
  await page.fill(app, at('field-username'), USER.name);
  await page.clickText(app, `${at('field-password-source')} button`, 'Ask each time');
  await page.fill(app, at('field-password'), 'wrong');
  await app.click(at('form-test'));
  await failsAt('connack', 'Not authorized');
  await app.screenshot('doctor-refused');
  await close();

  await page.useTls(app, "System's authorities");
  await app.click(at('form-test'));
  await failsAt('tls', 'does not speak TLS');
});

it('shows what a good broker allows, and examines more when asked', async () => {
  await page.describeBroker(app, 'good', broker.port);
  await page.fill(app, at('field-username'), USER.name);
  await page.clickText(app, `${at('field-password-source')} button`, 'Ask each time');
  await page.fill(app, at('field-password'), USER.password);
  await app.click(at('form-test'));
  await app.seeText(at('test-result'), 'The broker accepts this connection.');
  for (const fact of ['Receive Maximum', 'Topic Alias Maximum', 'Maximum Packet Size', '100000'])
    await app.seeText(step('connack'), fact);
  expect(await page.count(app, step('retained')), 'asked for nothing more').toBe(0);

  const checks = ['allTopics', 'system', 'retained', 'shared', 'largestPacket'];
  for (const check of checks) await app.click(at(`check-${check}`));
  await app.click(at('checks-run'));
  await app.seeText(at('test-result'), 'The broker accepts this connection.');
  for (const check of checks) await app.see(`${step(check)}.ok`);
  await app.seeText(step('largestPacket'), '100000');
  const text = (await page.texts(app, 'body')).join();
  expect(text, 'the password in the page').not.toContain(USER.password);
  await app.screenshot('doctor-good');
});
