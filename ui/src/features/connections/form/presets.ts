// Ways to begin a connection. A preset fills what belongs to it, takes back what only another preset
// had put there, and leaves the rest as it was typed.
// None subscribes to everything, and choosing one contacts nobody.

import { subscriptionTo } from '../../../ipc/subscription';
import type { Carrier } from './draft';
import type { ProfileForm } from './profile-form.svelte';

export type Preset = {
  id: string;
  label: string;
  about: string;
  apply: (form: ProfileForm) => void;
};
export type PresetGroup = { title: string; warning?: string; presets: Preset[] };

function way(
  id: string,
  label: string,
  about: string,
  carrier: Carrier,
  secure: boolean,
  port: number,
): Preset {
  const apply = (form: ProfileForm) => {
    withoutAws(form);
    form.setCarrier(carrier);
    form.setSecure(secure);
    form.draft.port = port;
  };
  return { id, label, about, apply };
}

const TRANSPORTS: Preset[] = [
  way('plain', 'Plain', 'TCP without TLS, port 1883', 'tcp', false, 1883),
  way('tls', 'TLS', 'TCP with TLS, port 8883', 'tcp', true, 8883),
  way('ws', 'WebSocket', 'without TLS, port 80', 'webSocket', false, 80),
  way('wss', 'Secure WebSocket', 'with TLS, port 443', 'webSocket', true, 443),
];

/** The protocol name by which AWS IoT tells MQTT with client certificates on port 443. */
const AWS_ALPN = 'x-amzn-mqtt-ca';

const CLOUD: Preset[] = [
  {
    id: 'aws',
    label: 'AWS IoT',
    about: 'port 443, client certificate',
    apply: (form) => {
      withoutThingsBoard(form);
      form.setCarrier('tcp');
      form.setSecure(true);
      form.draft.port = 443;
      const tls = form.draft.tls;
      Object.assign(tls, { trust: 'system', alpn: AWS_ALPN });
      if (tls.client === 'none') tls.client = 'pem';
      if (form.draft.clientId === '') form.generateClientId();
      withoutEverything(form);
      form.open.security = true;
      form.note =
        'AWS IoT refuses # for most policies and closes the connection: subscribe to the branches that your policy allows, with QoS 0 or 1.';
    },
  },
];

/** The encodings of ThingsBoard's second device API. */
export type Encoding = 'plain' | 'j' | 'p';
const OF_ENCODING: Record<Encoding, string> = { plain: '', j: '/j', p: '/p' };

const PACKAGES = [
  'v2/fw/response/+/chunk/+',
  'v2/sw/response/+/chunk/+',
  'v2/fw/error',
  'v2/sw/error',
];

export const THINGSBOARD_FILTERS = {
  device: [
    'v1/devices/me/attributes',
    'v1/devices/me/attributes/response/+',
    'v1/devices/me/rpc/request/+',
    'v1/devices/me/rpc/response/+',
    ...PACKAGES,
  ],
  gateway: ['v1/gateway/attributes', 'v1/gateway/attributes/response', 'v1/gateway/rpc'],
  provisioning: ['/provision/response'],
};

export function secondApiFilters(encoding: Encoding): string[] {
  const end = OF_ENCODING[encoding];
  const own = [`v2/a${end}`, `v2/a/res${end}/+`, `v2/r/req${end}/+`, `v2/r/res${end}/+`];
  return [...own, ...PACKAGES];
}

function thingsBoard(
  id: string,
  label: string,
  about: string,
  purpose: ProfileForm['draft']['purpose'],
  filters: string[],
): Preset {
  const apply = (form: ProfileForm) => {
    const { draft } = form;
    withoutAws(form);
    draft.purpose = purpose;
    form.setCarrier('tcp');
    form.setSecure(draft.secure);
    draft.port = draft.secure ? 8883 : 1883;
    draft.subscriptions = filters.map((filter) => subscriptionTo(filter, 1));
    draft.payloadWarning ??= 65_536;
    if (purpose === 'thingsBoardProvisioning') {
      form.setSignIn('basic');
      draft.username = 'provision';
      draft.password = 'none';
    } else {
      if (draft.username === 'provision') draft.username = '';
      const isOpen = draft.username === '' && draft.password === 'none';
      if (isOpen && draft.signIn === 'basic') form.setSignIn('token');
    }
    if (purpose === 'thingsBoardProvisioning')
      form.note =
        'A provisioning connection may use only the provisioning topics; the server refuses all others.';
  };
  return { id, label, about, apply };
}

const ENCODINGS: [Encoding, string][] = [
  ['plain', 'as the profile says'],
  ['j', 'JSON'],
  ['p', 'Protobuf'],
];

const THINGSBOARD: Preset[] = [
  thingsBoard(
    'tb-device',
    'Device',
    'v1/devices/me/…, QoS 1',
    'thingsBoardDevice',
    THINGSBOARD_FILTERS.device,
  ),
  ...ENCODINGS.map(([encoding, words]) =>
    thingsBoard(
      `tb-device-v2-${encoding}`,
      `Device, short topics${encoding === 'plain' ? '' : ` /${encoding}`}`,
      `v2/…, ${words}`,
      'thingsBoardDevice',
      secondApiFilters(encoding),
    ),
  ),
  thingsBoard(
    'tb-gateway',
    'Gateway',
    'v1/gateway/…, QoS 1',
    'thingsBoardGateway',
    THINGSBOARD_FILTERS.gateway,
  ),
  thingsBoard(
    'tb-provisioning',
    'Provisioning',
    '/provision/… only',
    'thingsBoardProvisioning',
    THINGSBOARD_FILTERS.provisioning,
  ),
];

const PUBLIC_WARNING =
  'Anyone reads along and anyone may publish: send nothing there that is not meant for everybody.';

function publicBroker(host: string, topic: string): Preset {
  const apply = (form: ProfileForm) => {
    withoutAws(form);
    withoutThingsBoard(form);
    form.setCarrier('tcp');
    form.setSecure(false);
    Object.assign(form.draft, { host, port: 1883, subscriptions: [subscriptionTo(topic)] });
    if (form.draft.name === '') form.draft.name = host;
    form.note = `${host} is a public test broker. ${PUBLIC_WARNING}`;
  };
  return { id: host, label: host, about: 'port 1883, no sign-in', apply };
}

const PUBLIC: Preset[] = [
  'test.mosquitto.org',
  'broker.hivemq.com',
  'broker.emqx.io',
  'mqtt.eclipseprojects.io',
].map((host) => publicBroker(host, 'wiretree/#'));

export const PRESETS: PresetGroup[] = [
  { title: 'By transport', presets: TRANSPORTS },
  { title: 'Cloud', presets: CLOUD },
  { title: 'ThingsBoard', presets: THINGSBOARD },
  { title: 'Public test brokers', warning: PUBLIC_WARNING, presets: PUBLIC },
];

/** Takes the suggestion of everything away, and leaves what somebody chose. */
function withoutEverything(form: ProfileForm): void {
  form.draft.subscriptions = form.draft.subscriptions.filter(({ filter }) => filter !== '#');
}

/** Takes back the protocol name and the certificate that nobody chose; another server wants neither. */
function withoutAws(form: ProfileForm): void {
  const { tls, signIn } = form.draft;
  form.note = null;
  if (tls.alpn !== AWS_ALPN) return;
  tls.alpn = '';
  const unchosen = tls.client === 'pem' && tls.certificate === '' && tls.key === '';
  if (unchosen && signIn !== 'x509') tls.client = 'none';
}

/** Takes back how a device of ThingsBoard signs in, as far as nothing was typed for it. */
function withoutThingsBoard(form: ProfileForm): void {
  const { draft, secrets } = form;
  draft.purpose = 'general';
  if (draft.username === 'provision') draft.username = '';
  if (draft.signIn === 'token' && secrets.password.value === '') form.setSignIn('basic');
}
