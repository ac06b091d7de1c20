import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto } from './broker';
import * as page from './page';
import { at } from './page';

const GAP = at('history-gap');

let app: App;
let broker: Mosquitto;
afterEach(async () => {
  await app.end();
  await broker.end();
});

const send = (payload: string) => broker.publish({ topic: 'pump', payload, retain: false });

it('marks in the history when nothing was recorded, and what that means', async () => {
  broker = await Mosquitto.start();
  app = await App.launch();
  await page.connectTo(app, 'unsteady', broker.port);
  await app.seeText(at('status-subscriptions'), '1 subscription');
  send('"before"');
  await page.select(app, 'pump');
  await app.seeText(at('history-list'), 'before');
  await broker.kill();
  await app.see(at('state-waiting'));
  await app.seeText(GAP, '→ now');

  await broker.restart();
  await page.comeBack(app);
  // What is sent while the filters are not yet subscribed to would fall into the gap.
  await page.gone(app, at('state-waiting'));
  await app.seeText(GAP, 'Messages in between are not here');
  send('"after"');
  await app.seeText(at('history-list'), 'after');
  const [text] = await page.texts(app, GAP);
  expect(text).toMatch(/gap \d\d:\d\d:\d\d → \d\d:\d\d:\d\d/);
  const order = await app.session.execute<string[]>(
    'return [...document.querySelectorAll(arguments[0])].map((each) => each.dataset.testid + each.textContent)',
    `${at('history-row')}, ${GAP}`,
  );
  const place = (words: string) => order.findIndex((each) => each.includes(words));
  expect(place('after')).toBeLessThan(place('history-gap'));
  expect(place('history-gap')).toBeLessThan(place('before'));
  await app.screenshot('history-gap');
});
