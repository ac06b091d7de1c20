// What an error code means to a person: how grave it is, a sentence where the backend's own needs
// one, and what can be done about it. The one table; components read it and decide nothing.

import type { AppError } from './bindings';

export type Severity = 'note' | 'warning' | 'error';
export type Remedy = 'retry' | 'edit' | 'ask-password' | 'set-aside' | 'none';

type Entry = { severity: Severity; remedy: Remedy; sentence?: string };

const TABLE: Record<string, Entry> = {
  'password-needed': { severity: 'note', remedy: 'ask-password' },
  'bad-credentials': { severity: 'error', remedy: 'edit' },
  'not-authorized': { severity: 'error', remedy: 'edit' },
  'client-id-rejected': { severity: 'error', remedy: 'edit' },
  'protocol-refused': { severity: 'error', remedy: 'edit' },
  'name-not-resolved': { severity: 'error', remedy: 'edit' },
  'connection-refused': { severity: 'error', remedy: 'retry' },
  'connect-timeout': { severity: 'error', remedy: 'retry' },
  'connection-lost': { severity: 'warning', remedy: 'retry' },
  'server-unavailable': { severity: 'warning', remedy: 'retry' },
  'profiles-malformed': { severity: 'error', remedy: 'set-aside' },
  'history-unavailable': { severity: 'error', remedy: 'none' },
  'invalid-filter': { severity: 'warning', remedy: 'none' },
  cancelled: { severity: 'note', remedy: 'none', sentence: 'Cancelled.' },
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
