import { afterEach, beforeEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto } from './broker';
import { Certificates } from './certificates';
import { freePort } from './driver';
import * as page from './page';
import { at, row } from './page';

let app: App;
let broker: Mosquitto;
let certificates: Certificates;
let secure: number;
/** What came before the window. */
let before: number;
beforeEach(async () => {
  certificates = new Certificates();
  secure = await freePort();
  broker = await Mosquitto.start(undefined, [
    `listener ${secure} 127.0.0.1`,
    ...certificates.settings,
  ]);
  broker.publish({ topic: 'plant/kept', payload: '{"on":true}' });
  before = broker.attempts();
  app = await App.launch();
  await app.click(at('door-add'));
  await page.describeBroker(app, 'private', secure);
});
afterEach(async () => {
  await app.end();
  await broker.end();
  certificates.end();
});

it('refuses an unknown authority before CONNECT, and trusts it with its CA file', async () => {
  await page.useTls(app, "System's authorities");
  await app.click(at('form-connect'));
  const words = 'issued by "CN=Wiretree Test Authority", which is not trusted here';
  await app.seeText(at('state-refused'), words);
  expect(broker.attempts() - before, 'clients that came as far as CONNECT').toBe(0);
  await app.screenshot('tls-refused');

  await app.click(at('state-edit'));
  await page.useTls(app, 'Own authority');
  await app.click(at('form-save'));
  await app.seeText(at('connection-form'), 'CA file');
  await page.fill(app, at('field-ca-file'), '/no/such/authority.pem');
  await app.click(at('form-connect'));
  await app.seeText(at('state-refused'), '/no/such/authority.pem');

  await app.click(at('state-edit'));
  await page.unfold(app, 'security');
  await page.fill(app, at('field-ca-file'), certificates.authority);
  await app.click(at('form-connect'));
  await page.connected(app);
  await page.expand(app, 'plant');
  await page.select(app, 'kept');
  await app.seeText(at('lines'), '"on": true');
  expect(await page.count(app, `${at('connection-tab')} .insecure`)).toBe(0);
  expect(broker.attempts() - before).toBe(1);
});

it('says on the form, the tab, the foot and the list that nothing is verified', async () => {
  await page.useTls(app, 'Do not verify');
  await app.seeText(at('insecure'), 'Nothing is verified.');
  await app.see(`${at('show-security')} [aria-label="nothing is verified"]`);
  await app.click(at('form-connect'));
  await page.connected(app);
  await app.see(row('plant'));
  await app.seeText(`${at('connection-tab')} .insecure`, 'not verified');
  await app.seeText(at('status-unverified'), 'not verified');
  await app.screenshot('tls-unverified');
  await app.click(at('tab-add'));
  await app.seeText(at('connection-item'), 'not verified');
});

it('looks at the certificate with the doctor, pins it, and then trusts it alone', async () => {
  await page.useTls(app, "System's authorities");
  await app.click(at('form-test'));
  const step = `${at('finding')}[data-id="tls"]`;
  await app.seeText(step, 'which is not trusted here');
  await app.seeText(step, 'Likely cause');
  await app.seeText(step, 'What to do');
  await app.seeText(at('test-result'), 'It does not work yet');
  await app.seeText(at('certificate'), 'Wiretree Test Authority');
  await app.seeText(at('certificate'), '127.0.0.1');
  const shown = (await page.texts(app, at('fingerprint')))[0] ?? '';
  expect(shown.toLowerCase().replaceAll(':', '')).toBe(certificates.fingerprint);
  await app.screenshot('doctor-tls');
  await app.click(at('pin'));
  await page.gone(app, at('doctor'));
  await app.click(at('form-test'));
  await app.seeText(at('test-result'), 'The broker accepts this connection.');
  await app.click(at('doctor-close'));
  await app.click(at('form-connect'));
  await page.connected(app);
  await app.see(row('plant'));
});
