// What an error code means to a person: how grave it is, a sentence where the backend's own needs
// one, and what can be done about it. The one table; components read it and decide nothing.

import type { AppError } from './bindings';

export type Severity = 'note' | 'warning' | 'error';
export type Remedy = 'retry' | 'edit' | 'ask-password' | 'set-aside' | 'none';

type Entry = { severity: Severity; remedy: Remedy; sentence?: string };

const note = (remedy: Remedy = 'none'): Entry => ({ severity: 'note', remedy });
const warning = (remedy: Remedy = 'none'): Entry => ({ severity: 'warning', remedy });
const error = (remedy: Remedy = 'none'): Entry => ({ severity: 'error', remedy });
const OWN_FAULT = 'through a fault of its own. Restart Wiretree and try again.';

/** Every code that the backend can give, and no other: errors.test.ts compares it with the sources. */
export const TABLE: Record<string, Entry> = {
  // Connecting.
  'password-needed': note('ask-password'),
  'already-open': note(),
  unresolved: error('edit'),
  unreachable: error('edit'),
  'connect-timeout': error('edit'),
  'no-answer': error('edit'),
  'handshake-timeout': error('edit'),
  'closed-in-handshake': error('edit'),
  proxy: error('edit'),
  'certificate-refused': error('edit'),
  'tls-failed': error('edit'),
  'tls-setup': error('edit'),
  'passphrase-needed': note('ask-password'),
  'proxy-password-needed': note('ask-password'),
  'passphrase-wrong': error('ask-password'),
  'secret-invalid': warning('edit'),
  'web-socket': error('edit'),
  protocol: error('edit'),
  refused: error('edit'),
  'authentication-failed': error('edit'),
  'packet-too-large': error('edit'),
  unsendable: error('edit'),
  'no-client-id': error('edit'),
  'profile-invalid': error('edit'),
  'profile-gone': error(),
  keychain: error('retry'),
  'demo-listen': {
    ...error('retry'),
    sentence:
      'The demo could not start: its broker may not listen on the loopback address 127.0.0.1. Check what guards the network of this computer, and try again.',
  },
  'demo-runtime': { ...error(), sentence: `The demo could not start, ${OWN_FAULT}` },
  'demo-rate': { ...error(), sentence: `The demo could not start, ${OWN_FAULT}` },
  // A connection that stood.
  disconnected: warning('retry'),
  'connection-lost': warning('retry'),
  'keep-alive': warning('retry'),
  'keep-alive-changed': note(),
  'session-gone': warning(),
  'subscribe-failed': warning('retry'),
  'birth-failed': warning('edit'),
  deviation: note(),
  'not-open': warning(),
  'session-ended': warning(),
  closed: warning(),
  engine: error('retry'),
  // Publishing.
  'not-connected': warning('retry'),
  'not-sent': warning('retry'),
  'session-lost': warning('retry'),
  'closed-after-publish': warning('edit'),
  rejected: error(),
  'topic-invalid': warning(),
  'invalid-topic': warning(),
  'invalid-property': warning(),
  'payload-invalid': warning(),
  'payload-too-large': warning(),
  'payload-gone': warning(),
  'too-large': warning(),
  'qos-invalid': warning(),
  'qos-not-supported': warning(),
  'read-only': warning(),
  'retain-not-supported': warning(),
  // Looking and exporting.
  'filter-invalid': warning(),
  'message-gone': warning(),
  'packet-gone': warning(),
  'packet-type-invalid': warning(),
  interrupted: warning('retry'),
  'export-failed': error('retry'),
  'export-exists': warning(),
  'export-folder-exists': warning(),
  'folder-not-chosen': warning(),
  'folder-missing': warning(),
  'job-broken': error(),
  // Importing.
  'import-read': error('retry'),
  'import-unknown': warning(),
  'import-malformed': error(),
  'import-too-large': error(),
  'import-database': error(),
  'import-gone': warning(),
  'import-certificates': error('retry'),
  'offset-invalid': warning(),
  // What is kept.
  'policy-invalid': warning(),
  // Replaying.
  'replay-invalid': warning(),
  'replay-unconfirmed': warning(),
  'outcome-file': error('retry'),
  // What is on disk.
  'store-folder': error(),
  'history-open': error(),
  'history-missing': error(),
  'history-not-a-history': error(),
  'history-newer': error(),
  'history-older': error(),
  'history-upgrade': error(),
  'history-aside': error(),
  'history-in-use': error(),
  'disk-full': error(),
  'history-write': error(),
  'history-read': error('retry'),
  'history-damaged': error(),
  'history-closed': error(),
  'message-impossible': error(),
  'history-unsaved': error(),
  'profiles-read': error('retry'),
  'profiles-write': error('retry'),
  'profiles-malformed': error('set-aside'),
  'profiles-newer': error('set-aside'),
};

/** Makes an AppError of whatever was thrown; what is unknown keeps its words. */
export function appError(thrown: unknown): AppError {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'message' in thrown) {
    const detail = 'detail' in thrown && typeof thrown.detail === 'string' ? thrown.detail : null;
    return { code: String(thrown.code), message: String(thrown.message), detail };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'unknown', message: `Something unforeseen went wrong: ${message}`, detail: null };
}

/** How to show it. A code the table does not know is an error with the backend's own sentence. */
export function explain(problem: AppError): Required<Entry> {
  const entry = TABLE[problem.code] ?? error();
  return { ...entry, sentence: entry.sentence ?? sentence(problem.message) };
}

function sentence(text: string): string {
  const trimmed = text.trim();
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}
