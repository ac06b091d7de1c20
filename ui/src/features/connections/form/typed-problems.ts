// What is wrong with what was typed, before the backend is asked: numbers that are none, and the
// few rules that are better said at once. Everything else is the backend's to check.

import { filterProblem } from '../../../lib/topic';
import type { Draft } from './draft';
import { BOUNDS, isWhole, type NumberField } from './numbers';

/** `missing`: nothing is there yet, which is fair to say only once somebody tried to save. */
export type Typed = { message: string; missing: boolean };
export type TypedProblems = Record<string, Typed>;

export function typedProblems(draft: Draft): TypedProblems {
  const found: TypedProblems = {};
  const say = (field: string, message: string, missing = false) =>
    (found[field] = { message, missing });
  if (draft.name.trim() === '') say('name', 'Give the connection a name.', true);
  if (draft.carrier !== 'unix') {
    const problem = hostProblem(draft.host, 'the broker');
    if (problem) say('host', problem, draft.host.trim() === '');
  }
  if (draft.clientId === '' && !draft.cleanStart)
    say('clientId', 'A session can only be resumed under a client identifier of its own.');
  for (const [field, value, required] of numbers(draft)) {
    if (value === null || value === undefined ? required : !isWhole(field, value))
      say(field, BOUNDS[field].words);
  }
  if (draft.secure && draft.carrier !== 'unix') sayOfTls(draft, say);
  if (draft.proxied && draft.carrier !== 'unix') {
    const problem = hostProblem(draft.proxy.host, 'the proxy');
    if (problem) say('proxy.host', problem, draft.proxy.host.trim() === '');
  }
  if (draft.hasWill && draft.protocol === 'v5' && !isHex(draft.will.correlationData))
    say('will.correlationData', 'Two hexadecimal digits a byte, such as 0a ff 10.');
  sayOfSubscriptions(draft, say);
  return found;
}

type Say = (field: string, message: string, missing?: boolean) => void;

function sayOfTls({ tls }: Draft, say: Say): void {
  if (tls.trust !== 'pinned') return;
  const digits = tls.fingerprint.replace(/[\s:]/g, '');
  if (digits === '')
    say('tls.trust.fingerprint', 'Give the SHA-256 fingerprint; Test shows it to you.', true);
  else if (!/^[0-9a-f]{64}$/i.test(digits))
    say(
      'tls.trust.fingerprint',
      'A SHA-256 fingerprint has 64 hexadecimal digits, with or without colons.',
    );
}

function sayOfSubscriptions(draft: Draft, say: Say): void {
  draft.subscriptions.forEach(({ filter, identifier }, at) => {
    const problem = filterProblem(filter);
    if (problem) say(`subscriptions.${at}.filter`, problem, filter === '');
    if (draft.protocol === 'v5' && identifier !== null && !isWhole('identifier', identifier))
      say(`subscriptions.${at}.identifier`, BOUNDS.identifier.words);
  });
}

/** Each number that counts at present, and whether it has to be there. */
function numbers(draft: Draft): [NumberField, number | null | undefined, boolean][] {
  const all: [NumberField, number | null | undefined, boolean, boolean][] = [
    ['port', draft.port, true, draft.carrier !== 'unix'],
    ['connectTimeout', draft.connectTimeout, true, true],
    ['keepAlive', draft.keepAlive, true, true],
    ['sessionExpiry', draft.sessionExpiry, true, draft.protocol === 'v5'],
    ['proxy.port', draft.proxy.port, true, draft.proxied && draft.carrier !== 'unix'],
    ['will.delay', draft.will.delay, false, draft.hasWill && draft.protocol === 'v5'],
    ['will.expiry', draft.will.expiry, false, draft.hasWill && draft.protocol === 'v5'],
    ['properties.receiveMaximum', draft.properties.receiveMaximum, false, draft.protocol === 'v5'],
    [
      'properties.topicAliasMaximum',
      draft.properties.topicAliasMaximum,
      false,
      draft.protocol === 'v5',
    ],
    ['packetLimit', draft.packetLimit, true, true],
    ['payloadWarning', draft.payloadWarning, false, true],
  ];
  return all
    .filter(([, , , counts]) => counts)
    .map(([field, value, required]) => [field, value, required]);
}

function hostProblem(host: string, whose: string): string | null {
  if (host.trim() === '') return `Give the host name or address of ${whose}.`;
  if (/\s/.test(host.trim())) return 'A host name contains no spaces.';
  return /[/?#@]/.test(host)
    ? 'Only the host name or address, such as broker.local or 10.0.0.7.'
    : null;
}

function isHex(text: string): boolean {
  const digits = text.replace(/[\s:]/g, '');
  return digits.length % 2 === 0 && /^[0-9a-f]*$/i.test(digits);
}
