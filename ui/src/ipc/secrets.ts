// Secrets on their way to the backend. They go in and never come back out.

import type { AppError, GivenSecrets, SecretsInput } from './bindings';

/** Nothing was typed: whatever is needed comes from the keychain, or is asked for. */
export const NOTHING_GIVEN: GivenSecrets = {
  password: null,
  keyPassphrase: null,
  proxyPassword: null,
};

/** What is stored stays as it is. */
export const KEPT: SecretsInput = {
  password: { kind: 'keep' },
  keyPassphrase: { kind: 'keep' },
  proxyPassword: { kind: 'keep' },
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
