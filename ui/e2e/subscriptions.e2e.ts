import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto } from './broker';
import * as page from './page';
import { at } from './page';
import { Key } from './webdriver';

const BUTTON = at('status-subscriptions');

let app: App;
let broker: Mosquitto | undefined;
afterEach(async () => {
  await app.end();
  await broker?.end();
});

it('says what the broker made of each subscription, by keyboard and at both sizes', async () => {
  broker = await Mosquitto.start(undefined, ['max_qos 1']);
  app = await App.launch();
  await app.click(at('door-add'));
  await page.describeBroker(app, 'modest', broker.port);
  await page.fill(app, at('subscription-filter'), 'plant/#');
  await page.clickText(app, `${at('subscriptions')} [role="radio"]`, '2');
  await app.click(at('form-connect'));
  await app.seeText(BUTTON, '1 subscription');
  await app.see(`${BUTTON} svg`);
  for (const theme of ['Dark', 'Light']) {
    await page.chooseTheme(app, theme);
    for (const [width, height] of [
      [1440, 900],
      [1024, 700],
    ] as const) {
      await app.resize(width, height);
      await app.session.execute('document.querySelector(arguments[0]).focus()', BUTTON);
      await app.session.press(Key.enter);
      for (const words of ['plant/#', '2 → 1', 'granted, lower than asked', 'Granted QoS 1 (0x01)'])
        await app.seeText(at('subscription'), words);
      expect(await app.session.execute<boolean>(INSIDE, at('subscriptions-panel'))).toBe(true);
      await app.screenshot(`subscriptions-${theme.toLowerCase()}-${width}x${height}`);
      await app.session.press(Key.escape);
      await page.gone(app, at('subscriptions-panel'));
    }
  }
  await app.session.press(Key.enter);
  await app.click(at('subscriptions-edit'));
  await app.see(at('connection-form'));
});

/** Whether the element's panel stands whole within the window. */
const INSIDE = `
  const { left, top, right, bottom } = document.querySelector(arguments[0]).parentElement.getBoundingClientRect();
  return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
`;

it('keeps a session that is to be resumed, and warns when nothing would be', async () => {
  app = await App.launch();
  await app.click(at('door-add'));
  await page.clickText(app, `${at('field-clean-start')} button`, 'Resume session');
  const expiry = await app.see(at('field-session-expiry'));
  expect(await expiry.property('value')).toBe('3600');
  await page.fill(app, at('field-session-expiry'), '0');
  await app.seeText(at('connection-form'), 'there is nothing to resume');
});
