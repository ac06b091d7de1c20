import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto } from './broker';
import * as page from './page';
import { at } from './page';
import { waitFor } from './wait';

let app: App;
let broker: Mosquitto;
afterEach(async () => {
  await app.end();
  await broker.end();
});

async function twin(name: string): Promise<void> {
  await app.click(at('door-add'));
  await page.describeBroker(app, name, broker.port);
  await page.bringIntoView(app, at('field-client-id'));
  await page.fill(app, at('field-client-id'), 'twin');
}

// Mosquitto 2.0 hangs up without a word when it takes a session over.
it('lets two connections with one identifier not throw each other out for ever', async () => {
  broker = await Mosquitto.start();
  app = await App.launch();
  await twin('first');
  await app.click(at('form-connect'));
  await page.connected(app);
  await app.click(at('tab-add'));
  await twin('second');
  await app.seeText(at('section-session'), '“first” has the same client identifier');
  await app.click(at('form-connect'));
  const refused = `${at('connection-tab')} [aria-label="refused"]`;
  await page.waitForRows(app, refused, 1);
  await page.clickText(app, `${at('connection-tab')}:has([aria-label="refused"]) .note`, 'refused');
  await app.seeText(
    at('state-refused'),
    'Another client seems to use the client identifier "twin"',
  );
  await app.screenshot('takeover');
  const attempts = broker.attempts();
  await waitFor('the other to stay', async () => {
    const tabs = await page.texts(app, `${at('connection-tab')} .note`);
    return tabs.includes('refused') && tabs.some((note) => note.endsWith('/s'));
  });
  expect(attempts).toBeLessThan(14);
});
