import { afterEach, beforeEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto } from './broker';
import * as page from './page';
import { at, row } from './page';

const USER = { name: 'operator', password: 'h0pp3r-7' };

let app: App;
let broker: Mosquitto;
beforeEach(async () => {
  broker = await Mosquitto.start(USER);
  broker.publish({ topic: 'plant/kept', payload: '1' });
  app = await App.launch();
});
afterEach(async () => {
  await app.end();
  await broker.end();
});

/** Each answers a wrong password in a way of its own: a return code, a reason code. */
const VERSIONS = [
  { protocol: 'MQTT 3.1.1', words: 'Not authorized' },
  { protocol: 'MQTT 5', words: 'Not authorized' },
];

for (const { protocol, words } of VERSIONS) {
  it(`says why a login was refused under ${protocol}, and waits for a person`, async () => {
    const before = broker.attempts();
    await app.click(at('door-add'));
    await page.describeBroker(app, 'guarded', broker.port);
    await page.clickText(app, `${at('field-protocol')} button`, protocol);
    await page.fill(app, at('field-username'), USER.name);
    await page.clickText(app, `${at('field-password-source')} button`, 'Ask each time');
    await app.click(at('form-connect'));
    await page.fill(app, at('prompt-password'), 'wrong');
    await app.click(at('prompt-connect'));
    await app.seeText(at('state-refused'), words);
    await app.seeText(`${at('connection-tab')}.active`, 'refused');
    expect(await page.count(app, at('state-waiting'))).toBe(0);
    expect(broker.attempts() - before, 'attempts').toBe(1);
    await app.screenshot(`refused-${protocol.replaceAll(' ', '-')}`);

    await app.click(at('state-retry'));
    await page.fill(app, at('prompt-password'), USER.password);
    await app.click(at('prompt-connect'));
    await page.connected(app);
    await app.see(row('plant'));
    expect(broker.attempts() - before, 'attempts with the one that was let in').toBe(2);
  });
}

it('warns in the form of two clients with one identifier, and says so when they throw each other out', async () => {
  const before = broker.attempts();
  for (const name of ['first', 'second']) {
    await app.click(at('door-add'));
    await page.describeBroker(app, name, broker.port);
    await page.fill(app, at('field-client-id'), 'line-1');
    if (name === 'second')
      await app.seeText(
        at('section-session'),
        'The connection “first” has the same client identifier',
      );
    await page.fill(app, at('field-username'), USER.name);
    await page.clickText(app, `${at('field-password-source')} button`, 'Ask each time');
    await app.click(at('form-connect'));
    await page.fill(app, at('prompt-password'), USER.password);
    await app.click(at('prompt-connect'));
    await page.connected(app);
    if (name === 'first') await app.click(at('tab-add'));
  }
  await page.clickText(app, `${at('connection-tab')} .name`, 'first');
  // Mosquitto closes the older connection without a word, so that the reason has to be guessed.
  const words = 'another client may be using the same client identifier';
  await app.seeText(at('state-waiting'), words);
  await app.seeText(at('state-waiting'), 'Trying again in');
  await app.screenshot('taken-over');
  // They wait longer each time: no storm.
  expect(broker.attempts() - before).toBeLessThan(20);
});
