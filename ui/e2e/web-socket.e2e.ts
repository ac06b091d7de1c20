import { afterEach, it } from 'vitest';

import { App } from './app';
import { Mosquitto } from './broker';
import { Certificates } from './certificates';
import { freePort } from './driver';
import * as page from './page';
import { at, row } from './page';

let app: App;
let broker: Mosquitto;
let certificates: Certificates;
afterEach(async () => {
  await app.end();
  await broker.end();
  certificates.end();
});

it('connects over WebSocket, and over a secure one with a private CA', async () => {
  certificates = new Certificates();
  const [plain, secure] = [await freePort(), await freePort()];
  const webSocket = (port: number) => [`listener ${port} 127.0.0.1`, 'protocol websockets'];
  broker = await Mosquitto.start(undefined, [
    ...webSocket(plain),
    ...webSocket(secure),
    ...certificates.settings,
  ]);
  // More than a WebSocket frame or a TLS record holds.
  const long = 'x'.repeat(300_000);
  broker.publish({ topic: 'plant/long', payload: long });
  app = await App.launch();
  await app.click(at('door-add'));
  await page.describeBroker(app, 'gateway', plain);
  await page.clickText(app, `${at('field-transport')} button`, 'WebSocket');
  await page.fill(app, at('field-path'), '/mqtt');
  await app.click(at('form-connect'));
  await page.connected(app);
  await app.seeText(at('status-url'), `ws://127.0.0.1:${plain}/mqtt`);
  await showsLong(long.length);

  await app.click(at('tab-add'));
  await app.click(at('connection-edit'));
  await page.fill(app, at('field-port'), String(secure));
  await page.useTls(app, 'Own authority');
  await page.fill(app, at('field-ca-file'), certificates.authority);
  await app.click(at('form-connect'));
  await app.seeText(at('status-url'), `wss://127.0.0.1:${secure}/mqtt`);
  await page.connected(app);
  await showsLong(long.length);
});

async function showsLong(bytes: number): Promise<void> {
  await page.expand(app, 'plant');
  await app.see(row('long'));
  await page.select(app, 'long');
  await app.seeText(at('chip-size'), `${Math.round(bytes / 1024)} KiB`);
}
