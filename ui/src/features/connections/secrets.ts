// The secrets of a connection while its form is open: what is typed, what the keychain holds
// already, and what becomes of it on saving. Nothing here outlives the form.

import type {
  GivenSecrets,
  PasswordInput,
  PasswordSource,
  Encoding,
  Profile,
  SecretsInput,
  TypedPayload,
} from '../../ipc/backend';
import type { Secret } from '../../ipc/secrets';

export type TypedSecrets = Record<Secret, { encoding: Encoding; value: string }>;

export const noSecrets = (): TypedSecrets => ({
  password: { encoding: 'text', value: '' },
  keyPassphrase: { encoding: 'text', value: '' },
  proxyPassword: { encoding: 'text', value: '' },
});

const SECRETS: Secret[] = ['password', 'keyPassphrase', 'proxyPassword'];

export function sourceOf(profile: Profile, secret: Secret): PasswordSource {
  if (secret === 'password') return profile.password;
  if (secret === 'keyPassphrase') return profile.tls?.client?.passphrase ?? 'none';
  return profile.proxy?.password ?? 'none';
}

/** What a secret is for: the backend gives it from the keychain to nothing else. */
function boundTo(profile: Profile, secret: Secret): string {
  const { host, port, username, accessToken, transport, tls, proxy, scram } = profile;
  if (secret === 'keyPassphrase') {
    const files = tls?.client?.files;
    return JSON.stringify(files?.kind === 'pem' ? files.key : files?.file);
  }
  const way = [proxy?.kind, proxy?.host, proxy?.port];
  if (secret === 'proxyPassword') return JSON.stringify([...way, proxy?.username]);
  if (transport.kind === 'unix') return JSON.stringify([transport.path, username, accessToken]);
  const trust = tls && [tls.trust, tls.caFile, tls.serverName];
  return JSON.stringify([transport.kind, host, port, username, accessToken, trust, way, scram]);
}

/** Whether the keychain holds this secret of this connection already. */
export function isStored(saved: Profile, now: Profile, secret: Secret): boolean {
  const kept = saved.id !== '' && sourceOf(saved, secret) === 'keychain';
  return kept && boundTo(saved, secret) === boundTo(now, secret);
}

/** What to do with each entry of the keychain. */
export function secretsInput(saved: Profile, now: Profile, typed: TypedSecrets): SecretsInput {
  const input = (secret: Secret): PasswordInput => {
    const { value, encoding } = typed[secret];
    if (sourceOf(now, secret) === 'keychain')
      return value === '' ? { kind: 'keep' } : { kind: 'set', value, encoding };
    const kept = saved.id !== '' && sourceOf(saved, secret) === 'keychain';
    return kept ? { kind: 'clear' } : { kind: 'keep' };
  };
  return {
    password: input('password'),
    keyPassphrase: input('keyPassphrase'),
    proxyPassword: input('proxyPassword'),
  };
}

/** What to try a connection with; null: what the keychain holds, or none. */
export function givenSecrets(now: Profile, typed: TypedSecrets): GivenSecrets {
  const given = (secret: Secret): TypedPayload | null => {
    const { value, encoding } = typed[secret];
    return sourceOf(now, secret) === 'none' || value === '' ? null : { encoding, value };
  };
  return {
    password: given('password'),
    keyPassphrase: given('keyPassphrase')?.value ?? null,
    proxyPassword: given('proxyPassword')?.value ?? null,
  };
}

/** The secrets that a connection asks for each time, and the one that was found missing. */
export function secretsToAsk(profile: Profile, missing: Secret): Secret[] {
  return SECRETS.filter((secret) => secret === missing || sourceOf(profile, secret) === 'ask');
}

/** What was typed when asked, also where it is empty; what was not asked for is not given. */
export function askedSecrets(asked: Secret[], typed: TypedSecrets): GivenSecrets {
  const has = (secret: Secret) => asked.includes(secret);
  return {
    password: has('password') ? { ...typed.password } : null,
    keyPassphrase: has('keyPassphrase') ? typed.keyPassphrase.value : null,
    proxyPassword: has('proxyPassword') ? typed.proxyPassword.value : null,
  };
}
