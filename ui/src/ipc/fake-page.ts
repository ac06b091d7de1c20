// The scripted backend as a page in a plain browser uses it: live, with a few saved connections.
// The address says which state to show, e.g. ?demo&light or ?refused.

import type { Tls } from './bindings';
import { FakeBackend, demoProfile } from './fake';
import { examination } from './fake/doctor';

const TLS: Tls = {
  trust: { kind: 'system' },
  caFile: null,
  client: null,
  serverName: null,
  alpn: [],
  minimumVersion: 'v12',
  keyLog: false,
};

export function fakeForPage(): FakeBackend {
  const wish = new URLSearchParams(location.search);
  const backend = new FakeBackend({ live: true });
  backend.doctorPace = 120;
  if (wish.has('untrusted'))
    backend.doctorEvents = examination({ ...demoProfile, tls: TLS }, [], true);
  if (!wish.has('empty'))
    backend.profiles = [
      {
        ...demoProfile,
        id: 'munich',
        name: 'factory-munich',
        folder: 'plant',
        colour: 'blue',
        production: true,
        host: 'factory-munich',
        port: 8883,
        tls: TLS,
      },
      {
        ...demoProfile,
        id: 'home',
        name: 'home',
        host: '192.168.1.20',
        port: 1883,
        protocol: 'v311',
      },
      {
        ...demoProfile,
        id: 'staging',
        name: 'staging',
        folder: 'plant / tests',
        colour: 'orange',
        port: 8883,
        tls: { ...TLS, trust: { kind: 'anything' } },
        host: 'staging.example',
        password: 'ask',
        username: 'ann',
      },
    ];
  backend.startupFacts = { openDemo: wish.has('demo') };
  const cause = {
    code: 'connection-refused',
    message:
      'Nobody answers at staging.example:1883 (Open TCP failed). Check host and port, or whether the broker runs',
    detail: null,
  };
  if (wish.has('refused')) backend.outcome = { kind: 'refused', cause };
  if (wish.has('waiting'))
    backend.outcome = { kind: 'waiting', attempt: 3, retryAt: Date.now() * 1000 + 8e6, cause };
  for (const theme of ['dark', 'light'])
    if (wish.has(theme)) document.documentElement.dataset.theme = theme;
  Object.assign(window, { fake: backend });
  return backend;
}
