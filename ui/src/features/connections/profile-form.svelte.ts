// The connection form: what was typed, what is wrong with it, and what becomes of the password.
// Promises: errors never lose input; the password is held only while the form is open.

import type {
  AppError,
  PasswordInput,
  PasswordSource,
  Profile,
  Protocol,
  TestReport,
} from '../../ipc/backend';
import { splitAddress } from '../../lib/address';
import { filterProblem } from '../../lib/topic';

const LONGEST_EXPIRY = 4_294_967_295;
/** What a session that is to be resumed is kept for at first: an hour. */
const KEPT_FOR = 3600;

/** A new connection. '#' is a suggestion in the form, to be seen and changed, not a silent default. */
export function blankProfile(): Profile {
  return {
    id: '',
    name: '',
    host: '',
    port: 1883,
    protocol: 'v5',
    clientId: '',
    username: null,
    password: 'none',
    keepAlive: 60,
    cleanStart: true,
    sessionExpiry: 0,
    subscriptions: [{ filter: '#', qos: 0 }],
  };
}

export function copyOf(profile: Profile): Profile {
  return { ...structuredClone(profile), id: '', name: `${profile.name} copy` };
}

type Field = 'name' | 'host' | 'port' | 'clientId' | 'keepAlive' | 'sessionExpiry';

export class ProfileForm {
  readonly id: string;
  /** The connection as it was when the form was opened. */
  readonly #saved: Profile;
  name = $state('');
  host = $state('');
  port = $state<number | null>(1883);
  protocol = $state<Protocol>('v5');
  clientId = $state('');
  username = $state('');
  source = $state<PasswordSource>('none');
  password = $state('');
  keepAlive = $state<number | null>(60);
  cleanStart = $state(true);
  sessionExpiry = $state<number | null>(0);
  subscriptions = $state<{ filter: string; qos: number }[]>([]);
  note = $state<string | null>(null);
  touched = $state<Partial<Record<Field, true>>>({});
  tried = $state(false);
  report = $state.raw<TestReport | null>(null);
  testing = $state(false);
  problem = $state.raw<AppError | null>(null);

  problems = $derived<Record<Field, string | null>>({
    name: this.name.trim() === '' ? 'Give the connection a name.' : null,
    host:
      this.host.trim() === ''
        ? 'Give the host name or address of the broker.'
        : hostProblem(this.host),
    port: wholeNumber(this.port, 1, 65_535) ? null : 'A port is a whole number from 1 to 65535.',
    clientId:
      this.clientId === '' && !this.cleanStart
        ? 'A session can only be resumed under a client identifier of its own.'
        : null,
    keepAlive: wholeNumber(this.keepAlive, 0, 65_535)
      ? null
      : 'Whole seconds from 0 to 65535; 0 switches it off.',
    sessionExpiry:
      this.protocol === 'v311' || wholeNumber(this.sessionExpiry, 0, LONGEST_EXPIRY)
        ? null
        : `Whole seconds from 0 to ${LONGEST_EXPIRY}.`,
  });

  /** Asks for nothing wrong, but for nothing that could be resumed either. */
  expiryWarning = $derived(
    this.protocol === 'v5' && !this.cleanStart && this.sessionExpiry === 0
      ? 'With 0 the broker forgets the session on disconnect: there is nothing to resume.'
      : null,
  );

  constructor(profile: Profile) {
    this.#saved = profile;
    this.id = profile.id;
    this.source = profile.password;
    this.username = profile.username ?? '';
    const { name, host, port, protocol, clientId, keepAlive, cleanStart, sessionExpiry } = profile;
    Object.assign(this, {
      name,
      host,
      port,
      protocol,
      clientId,
      keepAlive,
      cleanStart,
      sessionExpiry,
    });
    this.subscriptions = profile.subscriptions.map((subscription) => ({ ...subscription }));
  }

  /** The keychain holds a password for this address already; an empty field keeps it. */
  get stored(): boolean {
    const { id, password, host, port, username } = this.#saved;
    const sameAddress = host === this.host.trim() && port === this.port;
    return (
      id !== '' && password === 'keychain' && sameAddress && (username ?? '') === this.username
    );
  }

  get valid(): boolean {
    const filters = this.subscriptions.every(({ filter }) => filterProblem(filter) === null);
    return filters && Object.values(this.problems).every((problem) => problem === null);
  }

  /** The problem of a field, once it is fair to name it. */
  problemOf(field: Field): string | null {
    return this.tried || this.touched[field] ? this.problems[field] : null;
  }

  /** A pasted address is taken apart at once, so that no password in it is ever seen. */
  paste(event: ClipboardEvent): void {
    const text = event.clipboardData?.getData('text') ?? '';
    if (!splitAddress(text)) return;
    event.preventDefault();
    this.takeHost(text);
  }

  /** Takes an address apart. A password in it is dropped, and that is said. */
  takeHost(text: string): void {
    this.touched.host = true;
    const address = splitAddress(text);
    if (!address) return;
    this.note = null;
    this.host = address.host;
    if (address.port !== null) this.port = address.port;
    if (address.username !== null) this.username = address.username;
    if (address.unsupported !== null)
      this.note = `${address.unsupported}:// is not supported yet; this connects by plain TCP.`;
    else if (address.hadPassword)
      this.note = 'The password in the address was left out. Choose below where it is kept.';
  }

  /** A session that is to be resumed must outlive the connection. */
  setCleanStart(cleanStart: boolean): void {
    this.cleanStart = cleanStart;
    if (!cleanStart && this.sessionExpiry === 0) this.sessionExpiry = KEPT_FOR;
  }

  addSubscription(): void {
    this.subscriptions.push({ filter: '', qos: 0 });
  }

  removeSubscription(at: number): void {
    this.subscriptions.splice(at, 1);
  }

  profile(): Profile {
    return {
      id: this.id,
      name: this.name.trim(),
      host: this.host.trim(),
      port: this.port ?? 0,
      protocol: this.protocol,
      clientId: this.clientId,
      username: this.username === '' ? null : this.username,
      password: this.source,
      keepAlive: this.keepAlive ?? 0,
      cleanStart: this.cleanStart,
      sessionExpiry: this.sessionExpiry ?? 0,
      subscriptions: this.subscriptions.map((subscription) => ({ ...subscription })),
    };
  }

  /** What to do with the keychain's entry. */
  passwordInput(): PasswordInput {
    const { id, password } = this.#saved;
    if (this.source !== 'keychain')
      return id !== '' && password === 'keychain' ? { kind: 'clear' } : { kind: 'keep' };
    return this.password === '' ? { kind: 'keep' } : { kind: 'set', value: this.password };
  }

  /** The password to test with; null: the stored one, or none. */
  testPassword(): string | null {
    return this.source === 'none' || this.password === '' ? null : this.password;
  }
}

function hostProblem(host: string): string | null {
  if (/\s/.test(host.trim())) return 'A host name contains no spaces.';
  return /[/?#@]/.test(host)
    ? 'Only the host name or address, such as broker.local or 10.0.0.7.'
    : null;
}

function wholeNumber(value: number | null, least: number, most: number): boolean {
  return value !== null && Number.isInteger(value) && value >= least && value <= most;
}
