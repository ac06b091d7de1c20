// The sections of the form: which fields are in which, and what a folded one says of itself.

import { PROTOCOLS, tidy } from '../profile';
import type { Draft } from './draft';

export type SectionId =
  | 'general'
  | 'broker'
  | 'security'
  | 'signIn'
  | 'session'
  | 'subscriptions'
  | 'will'
  | 'properties'
  | 'proxy'
  | 'advanced';

export const SECTIONS: { id: SectionId; title: string }[] = [
  { id: 'general', title: 'General' },
  { id: 'broker', title: 'Broker' },
  { id: 'security', title: 'Security' },
  { id: 'signIn', title: 'Sign-in' },
  { id: 'session', title: 'Session' },
  { id: 'subscriptions', title: 'Subscriptions' },
  { id: 'will', title: 'Will and status' },
  { id: 'properties', title: 'MQTT 5' },
  { id: 'proxy', title: 'Proxy' },
  { id: 'advanced', title: 'Advanced' },
];

/** The first step of a field's path, and the section that it stands in. */
const OF_FIELD: Record<string, SectionId> = {
  name: 'general',
  folder: 'general',
  colour: 'general',
  production: 'general',
  autoConnect: 'general',
  purpose: 'signIn',
  transport: 'broker',
  host: 'broker',
  port: 'broker',
  connectTimeout: 'broker',
  tls: 'security',
  username: 'signIn',
  password: 'signIn',
  scram: 'signIn',
  protocol: 'session',
  clientId: 'session',
  cleanStart: 'session',
  sessionExpiry: 'session',
  keepAlive: 'session',
  subscriptions: 'subscriptions',
  will: 'will',
  birth: 'will',
  properties: 'properties',
  proxy: 'proxy',
};

/** The section of a field by its path, as in `tls.caFile`; what is unknown is Advanced. */
export function sectionOf(field: string): SectionId {
  return OF_FIELD[field.split('.')[0] ?? ''] ?? 'advanced';
}

/** The fields that say themselves what is wrong with them; all else is said in their section's head. */
const FIELDS = new Set([
  ...['name', 'folder', 'host', 'port', 'connectTimeout', 'username', 'password', 'scram'],
  ...['protocol', 'clientId', 'cleanStart', 'sessionExpiry', 'keepAlive', 'purpose'],
  ...[
    'transport.path',
    'transport.subprotocol',
    'tls',
    'tls.trust',
    'tls.trust.fingerprint',
    'tls.keyLog',
    'tls.caFile',
    'tls.client',
  ],
  ...['tls.client.files.certificate', 'tls.client.files.key', 'tls.client.files.file'],
  ...['tls.client.passphrase', 'tls.serverName', 'tls.alpn', 'will', 'birth'],
  ...['topic', 'payload', 'qos', 'retain'].flatMap((name) => [`will.${name}`, `birth.${name}`]),
  ...['delay', 'expiry', 'contentType', 'payloadIsText'].map((name) => `will.${name}`),
  ...['will.responseTopic', 'will.correlationData', 'acknowledge', 'sendTopicAliases'],
  ...['receiveMaximum', 'topicAliasMaximum'].map((name) => `properties.${name}`),
  ...['properties.requestResponseInformation', 'properties.requestProblemInformation'],
  ...['proxy', 'proxy.host', 'proxy.port', 'proxy.username', 'proxy.password'],
  ...['packetLimit', 'payloadWarning'],
]);
const OF_LINE =
  /^subscriptions\.\d+\.(filter|noLocal|retainAsPublished|retainHandling|identifier|qos)$/;

export function isField(field: string): boolean {
  return FIELDS.has(field) || OF_LINE.test(field);
}

/** What stands in a section's head while it is folded. */
export function summaryOf(section: SectionId, draft: Draft): string {
  return SUMMARIES[section](draft);
}

const SUMMARIES: Record<SectionId, (draft: Draft) => string> = {
  general: ({ name, folder, production, autoConnect }) =>
    listed([
      name,
      tidy(folder) && `in ${tidy(folder)}`,
      production && 'production',
      autoConnect && 'connects at start',
    ]),
  broker: ({ carrier, socket, host, port, webSocket }) => {
    if (carrier === 'unix') return `Unix socket ${socket}`;
    return carrier === 'webSocket'
      ? `WebSocket, ${host}:${port ?? '?'}${webSocket.path}`
      : `TCP, ${host}:${port ?? '?'}`;
  },
  security: securityWords,
  signIn: ({ signIn, tokenFrom, username, password, scram }) =>
    signIn === 'token'
      ? `access token, ${tokenFrom === 'keychain' ? 'in the keychain' : 'asked for'}`
      : listed([
          username === '' ? 'no user name' : 'user name',
          {
            none: 'no password',
            keychain: 'password in the keychain',
            ask: 'asks for the password',
          }[password],
          scram && 'SCRAM-SHA-256',
        ]),
  session: ({ protocol, clientId, cleanStart, keepAlive }) =>
    listed([
      PROTOCOLS[protocol],
      clientId === '' ? 'random client identifier' : clientId,
      cleanStart ? 'begins anew' : 'resumes',
      keepAlive === 0 ? 'no keep-alive' : `keep-alive ${keepAlive ?? '?'} s`,
    ]),
  subscriptions: ({ subscriptions }) =>
    subscriptions.length === 0 ? 'nothing' : subscriptions.map(({ filter }) => filter).join(', '),
  will: ({ hasWill, will, hasBirth }) =>
    hasWill
      ? listed([`will on ${will.topic}`, hasBirth && 'status on connect'])
      : hasBirth
        ? 'status on connect, no will'
        : 'none',
  properties: (draft) => (draft.protocol === 'v5' ? propertyWords(draft) : 'not sent with 3.1.1'),
  proxy: ({ proxied, proxy, carrier }) => {
    if (!proxied || carrier === 'unix') return 'none';
    return `${proxy.kind === 'socks5' ? 'SOCKS 5' : 'HTTP'}, ${proxy.host}:${proxy.port ?? '?'}`;
  },
  advanced: ({ acknowledge, sendTopicAliases }) =>
    listed([
      acknowledge === 'afterCommit' ? 'acknowledges after commit' : 'acknowledges on receipt',
      sendTopicAliases && 'sends topic aliases',
    ]),
};

function securityWords({ secure, carrier, tls }: Draft): string {
  if (carrier === 'unix') return 'not needed on a Unix socket';
  if (!secure) return 'plain text';
  if (tls.trust === 'anything') return 'TLS, but nothing is verified';
  return listed([
    'TLS',
    { system: "system's authorities", caFile: 'own authority', pinned: 'pinned certificate' }[
      tls.trust
    ],
    tls.client !== 'none' && 'client certificate',
  ]);
}

function propertyWords({ properties }: Draft): string {
  const { receiveMaximum, topicAliasMaximum, userProperties } = properties;
  const words = listed([
    receiveMaximum !== null && `receive maximum ${receiveMaximum}`,
    topicAliasMaximum !== null && `topic aliases ${topicAliasMaximum}`,
    userProperties.length > 0 && `${userProperties.length} user properties`,
  ]);
  return words === '' ? 'as usual' : words;
}

function listed(parts: (string | false)[]): string {
  return parts.filter((part) => part !== false && part !== '').join(' · ');
}
