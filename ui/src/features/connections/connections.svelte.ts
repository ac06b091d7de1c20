// Saved connections and open ones. Nothing here contacts a broker without being asked to.

import type {
  AppError,
  Backend,
  Frame,
  Opened,
  PasswordInput,
  Profile,
  Startup,
} from '../../ipc/backend';
import { appError } from '../../ipc/errors';

/** A connection with its tab. It takes frames and says when they were painted. */
export class OpenConnection {
  frame = $state.raw<Frame | null>(null);
  id = $state<number | null>(null);
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
    return this.#facts?.protocol === 'v311' ? 'MQTT 3.1.1' : 'MQTT 5';
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
  /** The tab in view; null: Welcome. */
  active = $state.raw<OpenConnection | null>(null);
  /** The connection that waits for its password. */
  asking = $state.raw<Profile | null>(null);
  /** The connection being edited; '' as id: a new one. */
  editing = $state.raw<Profile | null>(null);
  problem = $state.raw<AppError | null>(null);
  busy = $state(false);

  constructor(private readonly backend: Backend) {}

  start(startup: Startup): void {
    this.profiles = startup.profiles;
    this.profilesProblem = startup.profilesProblem;
    this.keychainAvailable = startup.keychainAvailable;
    if (startup.openDemo) void this.demo();
  }

  async demo(): Promise<void> {
    const already = this.open.find((connection) => connection.profile === null);
    if (already) this.active = already;
    else await this.#open(null, (receive) => this.backend.openDemo(receive));
  }

  /** Opens a saved connection, or shows its tab. */
  async connect(profile: Profile, password: string | null = null): Promise<void> {
    const already = this.open.find((connection) => connection.profile?.id === profile.id);
    if (already) this.active = already;
    else
      await this.#open(profile, (receive) =>
        this.backend.openConnection(profile.id, password, receive),
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
    const { profile, frame } = connection;
    if (profile?.password === 'ask' && frame?.state.kind === 'refused') {
      await this.close(connection);
      return this.connect(profile);
    }
    await this.#try(() => this.backend.retryConnection(connection.id ?? 0));
  }

  /** Opens the form with the connection as it is saved now. */
  edit(connection: OpenConnection): void {
    const saved = this.profiles.find((profile) => profile.id === connection.profile?.id);
    this.editing = saved ?? connection.profile;
  }

  /** Saves; gives null and keeps the form when the backend refuses. */
  async save(profile: Profile, password: PasswordInput): Promise<Profile | null> {
    const saved = await this.#try(() => this.backend.saveProfile(profile, password));
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
      if (error.code === 'password-needed') this.asking = profile;
      else this.problem = error;
    }
    this.busy = false;
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
