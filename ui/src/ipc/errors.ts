// What an error code means to a person: how grave it is, a sentence where the backend's own needs
// one, and what can be done about it. The one table; components read it and decide nothing.

import type { AppError } from './bindings';

export type Severity = 'note' | 'warning' | 'error';
export type Remedy = 'retry' | 'edit' | 'ask-password' | 'set-aside' | 'none';

type Entry = { severity: Severity; remedy: Remedy; sentence?: string };

const TABLE: Record<string, Entry> = {
  // The connection.
  'password-needed': { severity: 'note', remedy: 'ask-password' },
  unresolved: { severity: 'error', remedy: 'edit' },
  unreachable: { severity: 'error', remedy: 'edit' },
  'connect-timeout': { severity: 'error', remedy: 'edit' },
  'no-answer': { severity: 'error', remedy: 'edit' },
  protocol: { severity: 'error', remedy: 'edit' },
  refused: { severity: 'error', remedy: 'edit' },
  'no-client-id': { severity: 'error', remedy: 'edit' },
  'profile-invalid': { severity: 'error', remedy: 'edit' },
  disconnected: { severity: 'warning', remedy: 'retry' },
  'connection-lost': { severity: 'warning', remedy: 'retry' },
  'keep-alive': { severity: 'warning', remedy: 'retry' },
  // What was asked of it.
  'not-connected': { severity: 'warning', remedy: 'retry' },
  'not-sent': { severity: 'warning', remedy: 'retry' },
  'session-lost': { severity: 'warning', remedy: 'retry' },
  'filter-invalid': { severity: 'warning', remedy: 'none' },
  'topic-invalid': { severity: 'warning', remedy: 'none' },
  'payload-invalid': { severity: 'warning', remedy: 'none' },
  'message-gone': { severity: 'warning', remedy: 'none' },
  interrupted: { severity: 'warning', remedy: 'retry' },
  // What is on disk.
  'profiles-malformed': { severity: 'error', remedy: 'set-aside' },
  'profiles-newer': { severity: 'error', remedy: 'set-aside' },
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
export function explain(error: AppError): Required<Entry> {
  const entry = TABLE[error.code] ?? { severity: 'error', remedy: 'none' };
  return { ...entry, sentence: entry.sentence ?? sentence(error.message) };
}

function sentence(text: string): string {
  const trimmed = text.trim();
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}
