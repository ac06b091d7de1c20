// Saved connections and open ones. Nothing here contacts a broker without being asked to.

import type {
  AppError,
  Backend,
  ConnectionState,
  Frame,
  GivenSecrets,
  Opened,
  Profile,
  SecretsInput,
  Startup,
} from '../../ipc/backend';
import { appError } from '../../ipc/errors';
import { NOTHING_GIVEN, secretNeeded, type Secret } from '../../ipc/secrets';
import { PROTOCOLS, folders } from './profile';
import { sourceOf } from './secrets';

/** A connection that waits for a secret which was found missing. */
export type Asking = { profile: Profile; missing: Secret };
/** A connection to be examined, and what becomes of a certificate that is to be pinned. */
export type Examining = {
  profile: Profile;
  given: GivenSecrets;
  onpin: ((sha256: string) => void) | null;
};

const SECRETS: Secret[] = ['password', 'keyPassphrase', 'proxyPassword'];

/** A connection with its tab. It takes frames and says when they were painted. */
export class OpenConnection {
  frame = $state.raw<Frame | null>(null);
  id = $state<number | null>(null);
  /** Why it could not even be opened; such a tab has no number. */
  failure = $state.raw<AppError | null>(null);
  #facts: Opened | null = null;
  /** Who looks at each frame while the tab is in view. */
  onframe: ((frame: Frame) => void) | null = null;

  constructor(
    private readonly backend: Backend,
    readonly profile: Profile | null,
  ) {}

  get name(): string {
    return this.#facts?.name ?? this.profile?.name ?? '';
  }

  /** The broker's address, never with credentials. */
  get url(): string {
    return this.#facts?.address ?? '';
  }

  get protocol(): string {
    return PROTOCOLS[this.#facts?.protocol ?? 'v5'];
  }

  /** Where it stands, as the tab shows it. */
  get state(): ConnectionState | null {
    if (this.failure) return { kind: 'refused', cause: this.failure };
    return this.frame?.state ?? null;
  }

  get isV5(): boolean {
    return this.#facts?.protocol === 'v5';
  }

  /** Read-only until it is unlocked. */
  get production(): boolean {
    return this.#facts?.production ?? false;
  }

  /** The payload size in bytes from which on to warn. */
  get payloadWarning(): number | null {
    return this.#facts?.payloadWarning ?? null;
  }

  receive = (frame: Frame): void => {
    this.frame = frame;
    if (this.id !== null) this.#show(frame, this.id);
  };

  /** The backend gave the number; a frame may have come before it. */
  opened(facts: Opened): void {
    this.#facts = facts;
    this.id = facts.connection;
    if (this.frame) this.#show(this.frame, this.id);
  }

  #show(frame: Frame, id: number): void {
    this.onframe?.(frame);
    // After the paint, not before: the next frame is made only when this one was seen.
    requestAnimationFrame(() => void this.backend.frameShown(id).catch(() => undefined));
  }
}

export class Connections {
  profiles = $state.raw<Profile[]>([]);
  profilesProblem = $state.raw<AppError | null>(null);
  keychainAvailable = $state(true);
  open = $state.raw<OpenConnection[]>([]);
  #active = $state.raw<OpenConnection | null>(null);
  /** A tab in view that is no connection. */
  other = $state.raw<object | null>(null);
  asking = $state.raw<Asking | null>(null);
  examining = $state.raw<Examining | null>(null);
  /** The connection being edited; '' as id: a new one. */
  editing = $state.raw<Profile | null>(null);
  problem = $state.raw<AppError | null>(null);
  busy = $state(false);
  readonly folders = $derived(folders(this.profiles));

  constructor(private readonly backend: Backend) {}

  /** The tab in view; null: Welcome, or a tab that is no connection. */
  get active(): OpenConnection | null {
    return this.#active;
  }
  set active(connection: OpenConnection | null) {
    this.#active = connection;
    this.other = null;
  }

  /** Brings a tab into view that is no connection. */
  showOther(tab: object): void {
    this.#active = null;
    this.other = tab;
  }

  start(startup: Startup): void {
    this.profiles = startup.profiles;
    this.profilesProblem = startup.profilesProblem;
    this.keychainAvailable = startup.keychainAvailable;
    void this.#openAtStart(startup);
  }

  /** Those that ask for it, one after the other; what fails keeps a tab that says so. */
  async #openAtStart(startup: Startup): Promise<void> {
    if (startup.openDemo) await this.demo();
    for (const profile of startup.profiles.filter(({ autoConnect }) => autoConnect)) {
      const connection = new OpenConnection(this.backend, profile);
      try {
        const { receive } = connection;
        const facts = await this.backend.openConnection(profile.id, NOTHING_GIVEN, receive);
        connection.opened(facts);
      } catch (thrown) {
        connection.failure = appError(thrown);
      }
      this.open = [...this.open, connection];
      this.active ??= connection;
    }
  }

  async demo(): Promise<void> {
    const already = this.open.find((connection) => connection.profile === null);
    if (already) this.active = already;
    else await this.#open(null, (receive) => this.backend.openDemo(receive));
  }

  /** Opens a saved connection, or shows its tab. */
  async connect(profile: Profile, given: GivenSecrets = NOTHING_GIVEN): Promise<void> {
    const already = this.open.find((connection) => connection.profile?.id === profile.id);
    if (already) this.active = already;
    else
      await this.#open(profile, (receive) =>
        this.backend.openConnection(profile.id, given, receive),
      );
  }

  async close(connection: OpenConnection): Promise<void> {
    const at = this.open.indexOf(connection);
    this.open = this.open.filter((other) => other !== connection);
    if (this.active === connection) this.active = this.open[at] ?? this.open[at - 1] ?? null;
    if (connection.id !== null)
      await this.#try(() => this.backend.closeConnection(connection.id ?? 0));
  }

  /** Tries again; a password that was asked for and refused is asked for again. */
  async retry(connection: OpenConnection): Promise<void> {
    const { profile, failure, state } = connection;
    const asked = profile && SECRETS.some((secret) => sourceOf(profile, secret) === 'ask');
    const cause = state?.kind === 'refused' ? state.cause : null;
    const missing = cause && secretNeeded(cause);
    if (profile && (failure || (cause && (asked || missing)))) {
      await this.close(connection);
      if (missing) this.asking = { profile, missing };
      else await this.connect(profile);
      return;
    }
    await this.#try(() => this.backend.retryConnection(connection.id ?? 0));
  }

  /** Opens the form with the connection as it is saved now. */
  edit(connection: OpenConnection): void {
    this.editing = this.#saved(connection);
  }

  /** Opens the doctor for a connection as it is saved now. */
  examine(connection: OpenConnection): void {
    const profile = this.#saved(connection);
    if (!profile) return;
    const onpin = (fingerprint: string) => {
      const trust = { kind: 'pinned', fingerprint } as const;
      if (profile.tls) this.editing = { ...profile, tls: { ...profile.tls, trust } };
    };
    this.examining = { profile, given: NOTHING_GIVEN, onpin };
  }

  #saved(connection: OpenConnection): Profile | null {
    const saved = this.profiles.find((profile) => profile.id === connection.profile?.id);
    return saved ?? connection.profile;
  }

  /** Saves; gives null and keeps the form when the backend refuses. */
  async save(profile: Profile, secrets: SecretsInput): Promise<Profile | null> {
    const saved = await this.#try(() => this.backend.saveProfile(profile, secrets));
    if (saved) this.profiles = await this.backend.listProfiles();
    return saved;
  }

  /** Connects with what was just saved, also when an older version of it is open. */
  async reconnect(profile: Profile): Promise<void> {
    const older = this.open.find((connection) => connection.profile?.id === profile.id);
    if (older) await this.close(older);
    await this.connect(profile);
  }

  async remove(profile: Profile): Promise<void> {
    await this.#try(() => this.backend.deleteProfile(profile.id));
    this.profiles = await this.backend.listProfiles();
  }

  /** Reads the saved ones anew, where something else has changed them. */
  async refresh(): Promise<void> {
    this.profiles = (await this.#try(() => this.backend.listProfiles())) ?? this.profiles;
  }

  async setAside(): Promise<void> {
    const profiles = await this.#try(() => this.backend.setAsideProfiles());
    if (!profiles) return;
    this.profiles = profiles;
    this.profilesProblem = null;
  }

  async #open(
    profile: Profile | null,
    ask: (receive: (frame: Frame) => void) => Promise<Opened>,
  ): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = null;
    const connection = new OpenConnection(this.backend, profile);
    try {
      const facts = await ask(connection.receive);
      this.asking = null;
      connection.opened(facts);
      this.open = [...this.open, connection];
      this.active = connection;
    } catch (thrown) {
      const error = appError(thrown);
      const missing = secretNeeded(error);
      if (missing && profile) this.asking = { profile, missing };
      else if (profile && this.active && !this.asking) this.#fail(connection, error);
      else this.problem = error;
    }
    this.busy = false;
  }

  /** With a tab in view there is no Welcome to say it: the connection gets a tab that does. */
  #fail(connection: OpenConnection, error: AppError): void {
    connection.failure = error;
    this.open = [...this.open, connection];
    this.active = connection;
  }

  async #try<T>(call: () => Promise<T>): Promise<T | null> {
    try {
      const value = await call();
      this.problem = null;
      return value;
    } catch (thrown) {
      this.problem = appError(thrown);
      return null;
    }
  }
}
