// What tests of the form share: a connection that uses everything.

import type { Profile } from '../../../ipc/backend';
import { subscriptionTo } from '../../../ipc/subscription';
import { blankProfile } from '../profile';

export const rich: Profile = {
  ...blankProfile(),
  id: 'rich',
  name: 'Rich',
  folder: 'plant/north',
  colour: 'teal',
  production: true,
  autoConnect: true,
  transport: {
    kind: 'webSocket',
    path: '/ws?x=1',
    subprotocol: 'mqttv3.1',
    headers: [{ name: 'Origin', value: 'https://plant' }],
  },
  tls: {
    trust: { kind: 'pinned', fingerprint: 'ab'.repeat(32) },
    caFile: '/ca.pem',
    client: { files: { kind: 'pem', certificate: '/c.pem', key: '/k.pem' }, passphrase: 'ask' },
    serverName: 'broker',
    alpn: ['mqtt', 'x-amzn-mqtt-ca'],
    minimumVersion: 'v13',
    keyLog: true,
  },
  proxy: { kind: 'http', host: 'proxy', port: 3128, username: 'u', password: 'keychain' },
  host: 'broker.local',
  port: 443,
  clientId: 'line-1',
  username: 'ann',
  password: 'keychain',
  accessToken: false,
  will: {
    topic: 'status/line-1',
    payload: { encoding: 'hex', value: '00 ff' },
    qos: 2,
    retain: true,
    delay: 5,
    expiry: 60,
    contentType: 'text/plain',
    payloadIsText: true,
    responseTopic: 'r',
    correlationData: '0aff',
    userProperties: [
      { name: 'a', value: '1' },
      { name: 'a', value: '1' },
    ],
  },
  birth: {
    topic: 'status/line-1',
    payload: { encoding: 'text', value: 'online' },
    qos: 1,
    retain: true,
  },
  properties: {
    receiveMaximum: 10,
    topicAliasMaximum: 5,
    requestResponseInformation: true,
    requestProblemInformation: false,
    userProperties: [{ name: 'b', value: '2' }],
  },
  scram: true,
  subscriptions: [
    { ...subscriptionTo('$share/g/a/#', 2), retainHandling: 'doNotSend', identifier: 7 },
  ],
  acknowledge: 'onReceipt',
  sendTopicAliases: true,
  packetLimit: 1000,
  payloadWarning: 65_536,
};
