// A connection as the form holds it: every part at hand, also those that are switched off, so that
// switching one off and on again loses nothing. Numbers may be missing while they are typed.

import type {
  Acknowledge,
  BirthInput,
  ClientFiles,
  Colour,
  ConnectPropertiesInput,
  Pair,
  PasswordSource,
  Profile,
  Protocol,
  Proxy,
  Purpose,
  SubscriptionInput,
  Tls,
  TlsVersion,
  Transport,
  Trust,
  TypedPayload,
  WillInput,
} from '../../../ipc/backend';
import { tidy } from '../profile';
import { whole } from './numbers';

export type Carrier = Transport['kind'];
/** How a connection says who it is. */
export type SignIn = 'token' | 'basic' | 'x509';

export type TlsDraft = {
  trust: Trust['kind'];
  fingerprint: string;
  caFile: string;
  client: 'none' | ClientFiles['kind'];
  certificate: string;
  key: string;
  file: string;
  passphrase: PasswordSource;
  serverName: string;
  /** Apart by commas. */
  alpn: string;
  minimumVersion: TlsVersion;
  keyLog: boolean;
};

export type WillDraft = Omit<WillInput, 'contentType' | 'responseTopic' | 'correlationData'> & {
  contentType: string;
  responseTopic: string;
  correlationData: string;
};

export type ProxyDraft = Omit<Proxy, 'port' | 'username'> & {
  port: number | null;
  username: string;
};

export type Draft = {
  name: string;
  folder: string;
  colour: Colour | null;
  production: boolean;
  autoConnect: boolean;
  purpose: Purpose;
  signIn: SignIn;
  carrier: Carrier;
  webSocket: { path: string; subprotocol: string; headers: Pair[] };
  socket: string;
  host: string;
  port: number | null;
  connectTimeout: number | null;
  secure: boolean;
  tls: TlsDraft;
  proxied: boolean;
  proxy: ProxyDraft;
  protocol: Protocol;
  clientId: string;
  username: string;
  password: PasswordSource;
  /** Where an access token comes from. */
  tokenFrom: PasswordSource;
  scram: boolean;
  keepAlive: number | null;
  cleanStart: boolean;
  sessionExpiry: number | null;
  hasWill: boolean;
  will: WillDraft;
  hasBirth: boolean;
  birth: BirthInput;
  properties: ConnectPropertiesInput;
  subscriptions: SubscriptionInput[];
  acknowledge: Acknowledge;
  sendTopicAliases: boolean;
  packetLimit: number | null;
  payloadWarning: number | null;
};

const text = (value: string): TypedPayload => ({ encoding: 'text', value });
const orNull = (value: string): string | null => (value.trim() === '' ? null : value.trim());

export function draftOf(profile: Profile): Draft {
  const { transport, tls, proxy, will, birth, username, accessToken, password, ...rest } =
    structuredClone(profile);
  return {
    ...rest,
    username: username ?? '',
    signIn: accessToken ? 'token' : tls?.client && isDevice(profile) ? 'x509' : 'basic',
    password: accessToken ? 'none' : password,
    tokenFrom: accessToken ? password : 'ask',
    carrier: transport.kind,
    webSocket:
      transport.kind === 'webSocket'
        ? { path: transport.path, subprotocol: transport.subprotocol, headers: transport.headers }
        : { path: '/mqtt', subprotocol: 'mqtt', headers: [] },
    socket: transport.kind === 'unix' ? transport.path : '',
    secure: tls !== null,
    tls: tlsDraft(tls),
    proxied: proxy !== null,
    proxy: proxyDraft(proxy),
    hasWill: will !== null,
    will: willDraft(will),
    hasBirth: birth !== null,
    birth: birth ?? { topic: '', payload: text('online'), qos: 1, retain: true },
  };
}

/** A device or a gateway of ThingsBoard. */
export function isDevice({ purpose }: { purpose: Purpose }): boolean {
  return purpose === 'thingsBoardDevice' || purpose === 'thingsBoardGateway';
}

function tlsDraft(tls: Tls | null): TlsDraft {
  const files = tls?.client?.files;
  return {
    trust: tls?.trust.kind ?? 'system',
    fingerprint: tls?.trust.kind === 'pinned' ? tls.trust.fingerprint : '',
    caFile: tls?.caFile ?? '',
    client: files?.kind ?? 'none',
    certificate: files?.kind === 'pem' ? files.certificate : '',
    key: files?.kind === 'pem' ? files.key : '',
    file: files?.kind === 'pkcs12' ? files.file : '',
    passphrase: tls?.client?.passphrase ?? 'none',
    serverName: tls?.serverName ?? '',
    alpn: (tls?.alpn ?? []).join(', '),
    minimumVersion: tls?.minimumVersion ?? 'v12',
    keyLog: tls?.keyLog ?? false,
  };
}

function proxyDraft(proxy: Proxy | null): ProxyDraft {
  if (!proxy) return { kind: 'socks5', host: '', port: 1080, username: '', password: 'none' };
  return { ...proxy, username: proxy.username ?? '' };
}

function willDraft(will: WillInput | null): WillDraft {
  const { contentType, responseTopic, correlationData, ...rest } = will ?? {
    topic: '',
    payload: text('offline'),
    qos: 1,
    retain: true,
    delay: null,
    expiry: null,
    payloadIsText: false,
    userProperties: [],
    contentType: null,
    responseTopic: null,
    correlationData: null,
  };
  return {
    ...rest,
    contentType: contentType ?? '',
    responseTopic: responseTopic ?? '',
    correlationData: correlationData ?? '',
  };
}

/** What is saved. Numbers that are no numbers become what their field allows; the form names them. */
export function profileOf(id: string, draft: Draft): Profile {
  const { carrier, webSocket, socket, secure, tls, proxied, proxy, ...more } = draft;
  const { hasWill, will, hasBirth, birth, signIn, tokenFrom, ...rest } = more;
  const accessToken = signIn === 'token';
  const unix = carrier === 'unix';
  return {
    ...rest,
    id,
    name: draft.name.trim(),
    folder: tidy(draft.folder),
    host: draft.host.trim(),
    username: accessToken || draft.username === '' ? null : draft.username,
    password: accessToken ? tokenFrom : draft.password,
    accessToken,
    scram: !accessToken && draft.scram && draft.protocol === 'v5' && draft.password !== 'none',
    transport: transportOf(carrier, webSocket, socket),
    tls: secure && !unix ? tlsOf(tls) : null,
    proxy: proxied && !unix ? proxyOf(proxy) : null,
    will: hasWill ? willOf(will) : null,
    birth: hasBirth ? birth : null,
    port: whole('port', draft.port),
    connectTimeout: whole('connectTimeout', draft.connectTimeout),
    keepAlive: whole('keepAlive', draft.keepAlive),
    sessionExpiry: whole('sessionExpiry', draft.sessionExpiry),
    packetLimit: whole('packetLimit', draft.packetLimit),
    payloadWarning: draft.payloadWarning && whole('payloadWarning', draft.payloadWarning),
    properties: {
      ...draft.properties,
      receiveMaximum: optional('properties.receiveMaximum', draft.properties.receiveMaximum),
      topicAliasMaximum: optional(
        'properties.topicAliasMaximum',
        draft.properties.topicAliasMaximum,
      ),
    },
    subscriptions: draft.subscriptions.map((subscription) => ({
      ...subscription,
      identifier: optional('identifier', subscription.identifier),
    })),
  };
}

function optional(field: Parameters<typeof whole>[0], value: number | null | undefined) {
  return value === null || value === undefined ? null : whole(field, value);
}

function transportOf(carrier: Carrier, webSocket: Draft['webSocket'], socket: string): Transport {
  if (carrier === 'webSocket') return { kind: carrier, ...webSocket };
  return carrier === 'unix' ? { kind: carrier, path: socket.trim() } : { kind: carrier };
}

function tlsOf(tls: TlsDraft): Tls {
  const files: ClientFiles =
    tls.client === 'pkcs12'
      ? { kind: 'pkcs12', file: tls.file.trim() }
      : { kind: 'pem', certificate: tls.certificate.trim(), key: tls.key.trim() };
  return {
    trust:
      tls.trust === 'pinned'
        ? { kind: 'pinned', fingerprint: tls.fingerprint.trim() }
        : { kind: tls.trust },
    caFile: orNull(tls.caFile),
    client: tls.client === 'none' ? null : { files, passphrase: tls.passphrase },
    serverName: orNull(tls.serverName),
    alpn: tls.alpn
      .split(',')
      .map((protocol) => protocol.trim())
      .filter((protocol) => protocol !== ''),
    minimumVersion: tls.minimumVersion,
    keyLog: tls.keyLog,
  };
}

function proxyOf(proxy: ProxyDraft): Proxy {
  return {
    ...proxy,
    host: proxy.host.trim(),
    port: whole('proxy.port', proxy.port),
    username: proxy.username === '' ? null : proxy.username,
  };
}

function willOf(will: WillDraft): WillInput {
  return {
    ...will,
    delay: optional('will.delay', will.delay),
    expiry: optional('will.expiry', will.expiry),
    contentType: will.contentType === '' ? null : will.contentType,
    responseTopic: will.responseTopic === '' ? null : will.responseTopic,
    correlationData: orNull(will.correlationData),
  };
}
