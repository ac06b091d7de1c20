// The scripted examination: the steps of a broker behind TLS, good or bad.

import type { Certificate, DoctorCheck, DoctorEvent, Finding, Profile } from '../bindings';

const DAY = 86_400_000_000;
const NOW = 1_795_170_923_144_000;

export const certificates: Certificate[] = [
  {
    subject: 'CN=factory-munich.example',
    issuer: 'CN=Acme Plant CA, O=Acme',
    names: ['factory-munich.example', '*.factory-munich.example', '10.4.0.7'],
    notBefore: NOW - 300 * DAY,
    notAfter: NOW + 65 * DAY,
    sha256: '7d1f0c5e9ab34421d0f6a8877b5c3e2f11aa94c6b3d2e8f70154cc9e8b6a7d20',
    serial: '1d:8f:02:7a',
    algorithm: 'ECDSA P-256',
    isAuthority: false,
  },
  {
    subject: 'CN=Acme Plant CA, O=Acme',
    issuer: 'CN=Acme Plant CA, O=Acme',
    names: [],
    notBefore: NOW - 900 * DAY,
    notAfter: NOW + 2700 * DAY,
    sha256: '02ee41b7c09d5f38aa1276c4d85b9e03f7712d60c8a4be195f3c0d7e64b81a95',
    serial: '01',
    algorithm: 'RSA 4096',
    isAuthority: true,
  },
];

export function finding(change: Partial<Finding> & Pick<Finding, 'id' | 'name'>): Finding {
  return {
    status: 'ok',
    microseconds: null,
    detail: '',
    facts: [],
    certificates: [],
    problem: null,
    likelyCause: null,
    fix: null,
    ...change,
  };
}

const LIMITS = [
  ['Session present', 'no'],
  ['Maximum QoS', '2'],
  ['Retain available', 'yes'],
  ['Receive maximum', '20'],
  ['Maximum packet size', '1 MiB'],
  ['Topic alias maximum', '10'],
  ['Wildcard subscriptions', 'yes'],
  ['Shared subscriptions', 'yes'],
  ['Server keep-alive', '60 s, as asked'],
].map(([name = '', value = '']) => ({ name, value }));

const CHECKS: Record<DoctorCheck, Finding> = {
  allTopics: finding({
    id: 'allTopics',
    name: 'Subscribe to #',
    status: 'warning',
    microseconds: 3100,
    detail: 'SUBACK 0x87 Not authorized',
    likelyCause: 'The broker lets this user read only some branches.',
    fix: 'Subscribe to the branches you need, such as plant/#.',
  }),
  system: finding({
    id: 'system',
    name: 'Subscribe to $SYS/#',
    microseconds: 2900,
    detail: 'Granted; 48 topics within a second',
  }),
  retained: finding({
    id: 'retained',
    name: 'Retained messages',
    microseconds: 5200,
    detail: 'Kept, delivered again and cleared',
  }),
  shared: finding({
    id: 'shared',
    name: 'Shared subscription',
    microseconds: 2700,
    detail: 'Granted QoS 1 (0x01)',
  }),
  largestPacket: finding({
    id: 'largestPacket',
    name: 'Largest packet',
    microseconds: 41_000,
    detail: 'A packet of 1 MiB was taken, as CONNACK promised',
  }),
};

/** What an examination says, in order; `untrusted`: the certificate is signed by nobody known. */
export function examination(
  profile: Profile,
  checks: DoctorCheck[],
  untrusted = false,
): DoctorEvent[] {
  const found: Finding[] = [
    finding({ id: 'address', name: 'Find the address', microseconds: 1200, detail: '10.4.0.7' }),
    finding({
      id: 'reach',
      name: 'Reach the broker',
      microseconds: 8400,
      detail: `10.4.0.7:${profile.port}`,
    }),
  ];
  if (profile.tls && untrusted)
    return [...events([...found, UNTRUSTED]), { kind: 'done', ok: false }];
  if (profile.tls)
    found.push(
      finding({
        id: 'tls',
        name: 'TLS handshake',
        microseconds: 21_300,
        detail: 'TLS 1.3, TLS13_AES_256_GCM_SHA384',
        certificates,
      }),
    );
  found.push(
    finding({
      id: 'connack',
      name: 'CONNECT and CONNACK',
      microseconds: 2100,
      detail: 'CONNACK 0x00 Success',
      facts: LIMITS,
    }),
    ...checks.map((check) => CHECKS[check]),
    finding({ id: 'disconnect', name: 'DISCONNECT', microseconds: 300, detail: 'Closed in order' }),
  );
  return [...events(found), { kind: 'done', ok: true }];
}

const UNTRUSTED = finding({
  id: 'tls',
  name: 'TLS handshake',
  status: 'failed',
  certificates,
  problem: {
    code: 'certificate-untrusted',
    message:
      'the certificate is signed by “Acme Plant CA”, which is no authority that this system trusts',
    detail: 'invalid peer certificate: UnknownIssuer',
  },
  likelyCause: 'The broker uses a certificate authority of its own.',
  fix: 'Give its CA file, or pin this certificate after comparing its fingerprint.',
});

/** Each step is heard of when it begins, and when it is over. */
function events(findings: Finding[]): DoctorEvent[] {
  return findings.flatMap((over) => [
    {
      kind: 'finding' as const,
      finding: finding({ id: over.id, name: over.name, status: 'running' }),
    },
    { kind: 'finding' as const, finding: over },
  ]);
}
