import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto } from './broker';
import * as page from './page';
import { at, row } from './page';
import { Key } from './webdriver';

const ANSWERS = at('subscribe-answers');
const line = (filter: string) =>
  `${at('live-subscription')}[data-filter=${JSON.stringify(filter)}]`;

let app: App;
let broker: Mosquitto;
afterEach(async () => {
  await app.end();
  await broker.end();
});

/** Live, as a retained one would come by being subscribed to alone. */
const send = (topic: string) => broker.publish({ topic, payload: '1', retain: false });

it('adds, changes and removes subscriptions while connected', async () => {
  broker = await Mosquitto.start(undefined, ['max_qos 1']);
  app = await App.launch();
  await app.click(at('door-add'));
  await page.describeBroker(app, 'plant', broker.port);
  await page.fill(app, at('subscription-filter'), 'always/#');
  await app.click(at('form-connect'));
  await page.connected(app);
  await app.seeText(at('status-subscriptions'), '1 subscription');

  await app.click(at('status-subscriptions'));
  await app.click(at('subscriptions-change'));
  const lines = await page.fill(app, at('subscribe-filters'), 'plant/#');
  await lines.type(`${Key.enter}lab/+`);
  await page.clickText(app, `${at('subscribe-qos')} button`, '2');
  await app.click(at('subscribe-send'));
  for (const filter of ['plant/#', 'lab/+']) {
    await app.seeText(ANSWERS, `${filter} asked 2, granted 1: Granted QoS 1 (0x01)`);
    await app.seeText(line(filter), 'asked 2, granted 1');
  }
  await app.screenshot('subscriptions-live');
  send('plant/pump');
  await app.see(row('plant'));

  await app.click(`${line('plant/#')} ${at('live-change')}`);
  await page.clickText(app, `${at('subscribe-qos')} button`, '0');
  await app.click(at('subscribe-send'));
  await app.seeText(ANSWERS, 'Granted QoS 0 (0x00)');
  await app.click(`${line('plant/#')} ${at('live-remove')}`);
  await page.gone(app, line('plant/#'));
  await app.seeText(ANSWERS, 'plant/# unsubscribed');
  await app.click(at('subscriptions-done'));
  await app.seeText(at('status-subscriptions'), '2 subscriptions');

  await page.expand(app, 'plant');
  send('plant/too-late');
  // The one that is sent after it comes, so that one did not.
  send('lab/rack');
  await app.see(row('lab'));
  expect(await page.texts(app, `${at('topic-row')} .name`)).toEqual(['lab', 'plant', 'pump']);
});

it('warns of a filter that takes everything, and refuses one that is none', async () => {
  broker = await Mosquitto.start();
  app = await App.launch();
  await app.click(at('door-add'));
  await page.describeBroker(app, 'plant', broker.port);
  await page.fill(app, at('subscription-filter'), 'plant/#');
  await app.click(at('form-connect'));
  await page.connected(app);
  await app.click(at('status-subscriptions'));
  await app.click(at('subscriptions-change'));
  await page.fill(app, at('subscribe-filters'), 'plant/#/x');
  await app.seeText(at('subscribe-findings'), '# must be the last level');
  expect(await (await app.see(at('subscribe-send'))).isEnabled()).toBe(false);
  await page.fill(app, at('subscribe-filters'), 'plant/+/state');
  await app.seeText(at('subscribe-findings'), 'plant/#');
  await app.click(at('open-tester'));
  await page.fill(app, at('tester-filter'), 'plant/+/state');
  await page.fill(app, at('tester-topic'), 'plant/pump/bar');
  await app.seeText(at('tester-result'), 'It does not match.');
  await page.fill(app, at('tester-topic'), 'plant/pump/state');
  await app.seeText(at('tester-result'), 'It matches.');
});
