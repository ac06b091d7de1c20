// A connection as it is before anything is said of it.

import type { Profile } from './bindings';

/** Without a name, a broker or a subscription; the rest as most have it. */
export function plainProfile(): Profile {
  return {
    id: '',
    name: '',
    folder: '',
    colour: null,
    production: false,
    autoConnect: false,
    purpose: 'general',
    transport: { kind: 'tcp' },
    tls: null,
    proxy: null,
    connectTimeout: 10,
    host: '',
    port: 1883,
    protocol: 'v5',
    clientId: '',
    username: null,
    password: 'none',
    accessToken: false,
    keepAlive: 60,
    cleanStart: true,
    sessionExpiry: 0,
    will: null,
    birth: null,
    properties: {
      receiveMaximum: null,
      topicAliasMaximum: null,
      requestResponseInformation: false,
      requestProblemInformation: null,
      userProperties: [],
    },
    scram: false,
    subscriptions: [],
    acknowledge: 'afterCommit',
    sendTopicAliases: false,
    packetLimit: 33_554_432,
    payloadWarning: null,
  };
}
