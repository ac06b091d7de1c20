import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto, retainedAt } from './broker';
import * as page from './page';
import { at, row } from './page';
import { waitFor } from './wait';

let app: App | undefined;
let broker: Mosquitto | undefined;
afterEach(async () => {
  await app?.end();
  await broker?.end();
});

it('keeps the tree when the broker goes, counts down, and comes back by itself', async () => {
  broker = await Mosquitto.start();
  app = await App.launch();
  await page.connectTo(app, 'unsteady', broker.port);
  broker.publish({ topic: 'plant/pump', payload: '{"bar":3}' });
  await page.expand(app, 'plant');
  await page.select(app, 'pump');
  await app.seeText(at('lines'), '"bar"');

  await broker.kill();
  await app.seeText(at('state-waiting'), 'No connection.');
  await app.seeText(at('state-waiting'), 'Trying again in');
  await app.seeText(`${at('connection-tab')} .note`, 'retry in');
  await app.see(`${row('pump')}[aria-selected="true"]`);
  await app.seeText(at('lines'), '"bar"');

  await broker.restart();
  await page.gone(app, at('state-waiting'));
  broker.publish({ topic: 'plant/pump', payload: '{"bar":4}' });
  await app.seeText(at('line-note'), '3 → 4');
});

it('says that a publish may have arrived when its answer is lost, and publishes it again', async () => {
  broker = await Mosquitto.start();
  app = await App.launch();
  await page.connectTo(app, 'unsteady', broker.port);
  await app.seeText(at('status-subscriptions'), '1 subscription');
  broker.freeze();
  await page.fill(app, at('publish-topic'), 'plant/valve');
  await page.fill(app, at('publish-payload'), '{"open":true}');
  await page.clickText(app, `${at('publish-retain')} button`, 'Yes');
  await app.click(at('publish-send'));
  await app.seeText(at('publish-result'), 'waiting for the broker');
  await broker.kill();
  await app.see(at('state-waiting'));
  await broker.restart();
  await page.comeBack(app);
  await app.seeText(at('publish-result'), 'It may have arrived or not.');
  await app.seeText(at('publish-retry'), 'Retry?');
  await app.screenshot('publish-unknown');
  await app.click(at('publish-retry'));
  await app.seeText(at('publish-result'), 'PUBACK');
  expect(retainedAt(broker.port, 'plant/valve').toString()).toBe('{"open":true}');
});

it('names a broker that nobody answers for, and tries again when asked', async () => {
  broker = await Mosquitto.start();
  await broker.kill();
  app = await App.launch();
  await app.click(at('door-add'));
  await page.describeBroker(app, 'absent', broker.port);
  await app.click(at('form-connect'));
  await app.seeText(at('state-waiting'), `127.0.0.1:${broker.port}`);
  // A press begins the count anew; without one it only goes up.
  await attempts(/attempt [4-9]/);
  await app.click(at('retry-now'));
  await attempts(/attempt [1-3]\)/);
  await broker.restart();
  await page.comeBack(app);
  broker.publish({ topic: 'plant/pump', payload: '5' });
  await app.see(row('plant'));
});

async function attempts(pattern: RegExp): Promise<void> {
  await waitFor(`${pattern.source} to be announced`, async () => {
    const [text] = await page.texts(app as App, at('state-waiting'));
    return pattern.test((text ?? '').replace(/\s+/g, ' '));
  });
}
