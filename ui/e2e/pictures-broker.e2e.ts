import { afterEach, expect, it } from 'vitest';

import { App } from './app';
import { Mosquitto } from './broker';
import { Certificates } from './certificates';
import { freePort } from './driver';
import * as page from './page';
import { at } from './page';
import { Key } from './webdriver';
import { BEYOND, LOOKS } from './looks';

let app: App;
let broker: Mosquitto | undefined;
let certificates: Certificates | undefined;
afterEach(async () => {
  await app.end();
  await broker?.end();
  certificates?.end();
});

const SECTIONS = [
  'security',
  'session',
  'subscriptions',
  'will',
  'properties',
  'proxy',
  'advanced',
];

it('shows every section of the form whole', async () => {
  app = await App.launch();
  await app.click(at('door-add'));
  await page.describeBroker(app, 'workshop', 1883);
  await page.useTls(app, 'Do not verify');
  await page.clickText(app, `${at('field-client-certificate')} button`, 'PEM files');
  await app.click(at('subscription-options'));
  await page.unfold(app, 'will');
  await app.click(at('status-template'));
  for (const section of SECTIONS) {
    await page.unfold(app, section);
    await app.click(at(`show-${section}`));
    await take(`form-${section}`);
  }
  await app.click(at('presets'));
  await take('form-presets');
});

it('shows the doctor whole, on a broker that fails and on a good one', async () => {
  certificates = new Certificates();
  const secure = await freePort();
  broker = await Mosquitto.start(undefined, [
    `listener ${secure} 127.0.0.1`,
    ...certificates.settings,
  ]);
  app = await App.launch();
  await app.click(at('door-add'));
  await page.describeBroker(app, 'workshop', secure);
  await page.useTls(app, "System's authorities");
  await app.click(at('form-test'));
  await app.seeText(at('test-result'), 'It does not work yet');
  await take('doctor-fails');
  await app.click(at('pin'));
  await app.click(at('form-test'));
  await app.seeText(at('test-result'), 'The broker accepts this connection.');
  for (const check of ['allTopics', 'system', 'retained', 'shared', 'largestPacket'])
    await app.click(at(`check-${check}`));
  await page.bringIntoView(app, at('checks-run'));
  await app.click(at('checks-run'));
  await app.see(`${at('finding')}[data-id="largestPacket"].ok`);
  await app.seeText(at('test-result'), 'The broker accepts this connection.');
  await take('doctor-good');
});

const MACHINE = 'acme/munich/packaging/line-1/cnc-01';

it('shows the drawer of packets, and the dialogs of an open connection, whole', async () => {
  app = await App.launch();
  await page.openDemo(app);
  await page.expand(app, MACHINE);
  await page.select(app, 'spindle');
  await page.publish(app, { topic: `${MACHINE}/command`, text: '{"rpm": 12000}', qos: 2 });
  await app.click(at('publish-properties-fold'));
  await page.fill(app, at('publish-response-topic'), 'a/#');
  await page.clickText(app, `${at('publish-user-properties')} button`, 'Add a line');
  await take('drawer-properties');
  await app.click(at('tab-packets'));
  await page.waitForRows(app, at('packet-row'), 5);
  await take('drawer-packets');
  await app.click(at('packet-filter'));
  await take('drawer-filter');
  await app.click(at('packet-types-none'));
  await app.click(at('packet-type-PUBREC'));
  await app.session.press(Key.escape);
  await app.click(at('packet-row'));
  await page.waitForRows(app, at('ladder-step'), 4);
  await app.click(`${at('ladder-step')} .label`);
  await take('drawer-ladder');
  await app.click(at('tab-fields'));
  await page.clickText(app, `${at('packet-field')} .name`, 'topic name');
  await take('drawer-fields');
  for (const [act, dialog] of [
    ['subscriptions', 'subscriptions-dialog'],
    ['disconnect', 'disconnect-dialog'],
    ['drop', 'drop-dialog'],
    ['tester', 'tester'],
  ] as const) {
    await app.click(at('connection-menu'));
    await app.click(at(`act-${act}`));
    await app.see(at(dialog));
    await take(dialog);
    await app.session.press(Key.escape);
    await page.gone(app, at(dialog));
  }
  await app.click(at('connection-menu'));
  await take('menu');
});

async function take(name: string): Promise<void> {
  for (const { theme, width, height } of LOOKS) {
    // The menu of themes is behind the dialog.
    await app.session.execute('document.documentElement.dataset.theme = arguments[0]', theme);
    await app.resize(width, height);
    await app.screenshot(`${name}-${theme}-${width}x${height}`);
    expect(await app.session.execute<string[]>(BEYOND), `beyond the edge in ${name}`).toEqual([]);
  }
}
