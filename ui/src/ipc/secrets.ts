// Secrets on their way to the backend. They go in and never come back out.

import type { AppError, GivenSecrets } from './bindings';

/** Nothing was typed: whatever is needed comes from the keychain, or is asked for. */
export const NOTHING_GIVEN: GivenSecrets = {
  password: null,
  keyPassphrase: null,
  proxyPassword: null,
};

export type Secret = keyof GivenSecrets;

const NEEDED: Record<string, Secret> = {
  'password-needed': 'password',
  'passphrase-needed': 'keyPassphrase',
  'passphrase-wrong': 'keyPassphrase',
  'proxy-password-needed': 'proxyPassword',
};

/** The secret that an error asks for, also anew; null for all other errors. */
export function secretNeeded(error: AppError): Secret | null {
  return NEEDED[error.code] ?? null;
}
