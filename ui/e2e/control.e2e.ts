import { afterEach, beforeEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto, retainedAt } from './broker';
import * as page from './page';
import { at, row } from './page';
import { waitFor } from './wait';

const STATUS = 'status/line-1';

let app: App;
let broker: Mosquitto;
beforeEach(async () => {
  broker = await Mosquitto.start();
  app = await App.launch();
  await app.click(at('door-add'));
  await page.describeBroker(app, 'line-1', broker.port);
});
afterEach(async () => {
  await app.end();
  await broker.end();
});

async function act(name: string): Promise<void> {
  await app.click(at('connection-menu'));
  await app.click(at(`act-${name}`));
}

/** What another client reads at the topic of the will and of its counterpart. */
const standsAt = (word: string) =>
  waitFor(`${STATUS} to be ${word}`, () => retainedAt(broker.port, STATUS).toString() === word);

it('pings, disconnects without the will, drops with the will, and comes back', async () => {
  await page.unfold(app, 'will');
  await app.click(at('status-template'));
  await page.fill(app, at('field-will-topic'), STATUS);
  await page.fill(app, at('field-birth-topic'), STATUS);
  await app.click(at('form-connect'));
  await page.connected(app);
  await standsAt('online');
  await act('ping');
  await app.seeText(at('notice'), 'PINGRESP after');
  await app.click(at('status-connection'));
  await app.seeText(at('connection-facts'), 'Last ping');
  await app.seeText(at('server-limits'), 'Receive maximum');
  await app.screenshot('connection-facts');
  await app.click(at('status-connection'));

  await act('disconnect');
  await app.screenshot('disconnect');
  await app.click(at('disconnect-ok'));
  await app.seeText(at('state-paused'), 'Disconnected.');
  await waitFor('the broker to take leave', () => / disconnected\./.test(broker.log()));
  expect(retainedAt(broker.port, STATUS).toString(), 'the will').toBe('online');
  await app.click(at('state-connect'));
  await page.connected(app);

  await act('drop');
  await app.seeText(at('drop-dialog'), STATUS);
  await app.click(`${at('drop-dialog')} ${at('confirm-ok')}`);
  await app.seeText(at('state-paused'), 'Dropped.');
  await standsAt('offline');
  await act('connect');
  await page.connected(app);
  await standsAt('online');
});

it('publishes the will on a disconnect that asks for it', async () => {
  await page.unfold(app, 'will');
  await app.click(at('status-template'));
  await page.fill(app, at('field-will-topic'), STATUS);
  await page.fill(app, at('field-birth-topic'), STATUS);
  await app.click(at('form-connect'));
  await page.connected(app);
  await standsAt('online');
  await act('disconnect');
  const choose = `
    const list = document.querySelector(arguments[0]);
    list.value = [...list.options].find((one) => one.textContent.startsWith('0x04')).value;
    list.dispatchEvent(new Event('change', { bubbles: true }));
  `;
  await app.see(at('disconnect-reason'));
  await app.session.execute(choose, at('disconnect-reason'));
  await app.seeText(at('disconnect-dialog'), 'The broker publishes the will');
  await app.click(at('disconnect-ok'));
  await app.seeText(at('state-paused'), 'Disconnected.');
  await standsAt('offline');
});

it('leaves a production broker alone until it is unlocked', async () => {
  broker.publish({ topic: 'plant/kept', payload: '1' });
  await page.unfold(app, 'general');
  await app.click(at('field-production'));
  await app.click(at('form-connect'));
  await page.connected(app);
  await page.expand(app, 'plant');
  await app.see(row('kept'));
  await app.screenshot('production-locked');
  await page.fill(app, at('publish-topic'), 'plant/made');
  await page.fill(app, at('publish-payload'), '7');
  expect(await page.count(app, at('publish-send'))).toBe(0);
  await app.click(at('publish-unlock'));
  await page.fill(app, at('unlock-name'), 'line-2');
  expect(await (await app.see(at('unlock-ok'))).isEnabled()).toBe(false);
  await page.fill(app, at('unlock-name'), 'line-1');
  await app.click(at('unlock-ok'));
  await page.publish(app, { topic: 'plant/made', text: '7', retain: true });
  expect(retainedAt(broker.port, 'plant/made').toString()).toBe('7');
});
