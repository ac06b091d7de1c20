// The connection form: what was typed, what is wrong with it, and what becomes of the secrets.
// Promises: errors never lose input, nor does switching a part off; secrets are held only while the
// form is open; of two answers about what was typed the later question wins.

import type { AppError, Backend, FieldProblem, FilePurpose, Profile } from '../../../ipc/backend';
import { appError } from '../../../ipc/errors';
import type { Secret } from '../../../ipc/secrets';
import { splitAddress } from '../../../lib/address';
import { givenSecrets, isStored, noSecrets, secretsInput, type TypedSecrets } from '../secrets';
import { type Carrier, type Draft, type SignIn, draftOf, isDevice, profileOf } from './draft';
import { type SectionId, isField, sectionOf } from './sections';
import { typedProblems } from './typed-problems';

/** What a session that is to be resumed is kept for at first: an hour. */
const KEPT_FOR = 3600;
/** By custom: TCP, TLS, WebSocket, secure WebSocket. */
const PORTS: Record<Carrier, [plain: number, secure: number]> = {
  tcp: [1883, 8883],
  webSocket: [80, 443],
  unix: [1883, 8883],
};

export type Said = { problem: string | null; warning: string | null; note: string | null };

export class ProfileForm {
  readonly id: string;
  /** The connection as it was when the form was opened. */
  readonly #saved: Profile;
  draft: Draft = $state() as Draft;
  secrets = $state<TypedSecrets>(noSecrets());
  /** What the backend said last about the whole. */
  found = $state.raw<FieldProblem[]>([]);
  /** A remark about what was pasted, or about the preset that was chosen. */
  note = $state<string | null>(null);
  tried = $state(false);
  problem = $state.raw<AppError | null>(null);
  #asked = 0;
  readonly #before: string;

  open = $state<Record<SectionId, boolean>>({
    general: true,
    broker: true,
    security: false,
    signIn: true,
    session: true,
    subscriptions: true,
    will: false,
    properties: false,
    proxy: false,
    advanced: false,
  });

  readonly profile = $derived(profileOf(this.#id, this.draft));
  readonly typed = $derived(typedProblems(this.draft));
  readonly v5 = $derived(this.draft.protocol === 'v5');

  /** Asks for nothing wrong, but for nothing that could be resumed either. */
  readonly expiryWarning = $derived(
    this.v5 && !this.draft.cleanStart && this.draft.sessionExpiry === 0
      ? 'With 0 the broker forgets the session on disconnect: there is nothing to resume.'
      : null,
  );

  constructor(
    profile: Profile,
    private readonly backend: Backend,
    keychain = false,
  ) {
    this.#saved = profile;
    this.id = profile.id;
    this.draft = draftOf(profile);
    if (!profile.accessToken && keychain) this.draft.tokenFrom = 'keychain';
    this.#takeTokenOutOfTheFile(keychain);
    this.#before = this.#state();
  }

  get #id(): string {
    return this.#saved.id;
  }

  /** Whether something was typed that closing the form would lose. */
  get changed(): boolean {
    return this.#state() !== this.#before;
  }

  #state(): string {
    return JSON.stringify([this.profile, this.secrets]);
  }

  /** Devices once had their token saved as a user name; from here it goes where secrets go. */
  #takeTokenOutOfTheFile(keychain: boolean): void {
    const { username, password, accessToken } = this.#saved;
    if (accessToken || !isDevice(this.#saved) || password !== 'none' || username === null) return;
    this.draft.signIn = 'token';
    this.draft.username = '';
    this.secrets.password.value = username;
    const from = keychain
      ? 'it goes to the keychain'
      : 'it is in no file any more and is asked for at each connect, so keep a copy of it';
    this.note = `The access token was saved readable in the file of connections. When you save here, ${from}.`;
  }

  get valid(): boolean {
    const refused = this.found.some(({ level }) => level === 'error');
    return !refused && Object.keys(this.typed).length === 0;
  }

  /** Asks the backend about what stands there now; an answer that was overtaken is dropped. */
  async check(): Promise<void> {
    this.#asked += 1;
    const question = this.#asked;
    try {
      const found = await this.backend.checkProfile($state.snapshot(this.profile) as Profile);
      if (question === this.#asked) this.found = found;
    } catch (thrown) {
      if (question === this.#asked) this.problem = appError(thrown);
    }
  }

  /** Whether it may be saved; from here on everything that is missing is named, and unfolded. */
  async ready(): Promise<boolean> {
    this.tried = true;
    this.problem = null;
    this.takeHost(this.draft.host);
    await this.check();
    for (const field of this.#wrong()) this.open[sectionOf(field)] = true;
    return this.valid && this.problem === null;
  }

  /** What is to be said at a field, once it is fair to say it. */
  say(field: string): Said {
    const typed = this.typed[field];
    const problem = typed && (this.tried || !typed.missing) ? typed.message : null;
    return {
      problem: problem ?? this.#messages(field, ['error']),
      warning: this.#messages(field, ['warning', 'confirm']),
      note: this.#messages(field, ['hint']),
    };
  }

  /** What the backend said of a section about a place that is no field of the form. */
  elsewhere(section: SectionId): FieldProblem[] {
    return this.found.filter(({ field }) => sectionOf(field) === section && !isField(field));
  }

  /** How many things in a section are known to be wrong. */
  problemsIn(section: SectionId): number {
    return this.#wrong().filter((field) => sectionOf(field) === section).length;
  }

  /** The fields that keep the form from being saved, each once, as far as it is fair to name them. */
  #wrong(): string[] {
    const typed = Object.entries(this.typed);
    const fair = typed.filter(([, { missing }]) => this.tried || !missing).map(([field]) => field);
    const refused = this.found.filter(({ level }) => level === 'error').map(({ field }) => field);
    const all = [...fair, ...refused.filter((field) => this.#isFair(field))];
    return all.filter((field, at) => all.indexOf(field) === at);
  }

  /** What is still empty is no mistake until somebody tries to save it. */
  #isFair(field: string): boolean {
    if (this.tried) return true;
    if (this.typed[field]?.missing) return false;
    const value = valueAt(this.profile, field);
    return value !== '' && value !== null;
  }

  #messages(field: string, levels: FieldProblem['level'][]): string | null {
    const here = this.found.filter((one) => one.field === field && levels.includes(one.level));
    if (here.length === 0 || (levels.includes('error') && !this.#isFair(field))) return null;
    return here.map(({ message }) => message).join(' ');
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
    const address = splitAddress(text);
    if (!address) return;
    this.note = null;
    if (address.carrier) this.setCarrier(address.carrier);
    if (address.secure !== null) this.setSecure(address.secure);
    this.draft.host = address.host;
    if (address.carrier === 'unix') this.draft.socket = address.path;
    else if (address.carrier === 'webSocket' && address.path !== '')
      this.draft.webSocket.path = address.path;
    if (address.port !== null) this.draft.port = address.port;
    if (address.username !== null) this.draft.username = address.username;
    if (address.unsupported !== null)
      this.note = `${address.unsupported}:// is no way to reach a broker that Wiretree knows; choose one below.`;
    else if (address.hadPassword)
      this.note = 'The password in the address was left out. Choose below where it is kept.';
  }

  setCarrier(carrier: Carrier): void {
    this.#withPort(() => (this.draft.carrier = carrier));
  }

  setSecure(secure: boolean): void {
    this.#withPort(() => (this.draft.secure = secure));
  }

  /** A port that is the usual one follows to the next usual one; any other was meant. */
  #withPort(change: () => void): void {
    const usual = () => PORTS[this.draft.carrier][this.draft.secure ? 1 : 0];
    const follows = this.draft.port === usual() || this.draft.port === null;
    change();
    if (follows) this.draft.port = usual();
  }

  /** What was typed as a password is not sent as a user name, nor the other way round. */
  setSignIn(signIn: SignIn): void {
    const { draft } = this;
    if ((signIn === 'token') !== (draft.signIn === 'token'))
      this.secrets.password = noSecrets().password;
    draft.signIn = signIn;
    if (signIn !== 'x509') return;
    draft.password = 'none';
    this.setSecure(true);
    if (draft.tls.client === 'none') draft.tls.client = 'pem';
    this.open.security = true;
  }

  /** A session that is to be resumed must outlive the connection. */
  setCleanStart(cleanStart: boolean): void {
    this.draft.cleanStart = cleanStart;
    if (!cleanStart && this.draft.sessionExpiry === 0) this.draft.sessionExpiry = KEPT_FOR;
  }

  /** One topic for both: `offline` as the will, `online` on each connect. */
  useStatusTemplate(): void {
    const { will, birth, clientId } = this.draft;
    const topic = will.topic || birth.topic || `status/${clientId || 'wiretree'}`;
    const common = { topic, qos: 1, retain: true };
    Object.assign(will, common, { payload: { encoding: 'text', value: 'offline' } });
    Object.assign(birth, common, { payload: { encoding: 'text', value: 'online' } });
    this.draft.hasWill = true;
    this.draft.hasBirth = true;
  }

  /** A client identifier to keep, for a session that is to be resumed. */
  generateClientId(): void {
    const random = crypto.getRandomValues(new Uint8Array(4));
    const digits = [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    this.draft.clientId = `wiretree-${digits}`;
  }

  /** Trusts this certificate and no other. */
  pin(fingerprint: string): void {
    this.setSecure(true);
    Object.assign(this.draft.tls, { trust: 'pinned', fingerprint });
    this.open.security = true;
  }

  async choose(purpose: FilePurpose, take: (path: string) => void): Promise<void> {
    try {
      const path = await this.backend.chooseFile(purpose);
      if (path !== null) take(path);
    } catch (thrown) {
      this.problem = appError(thrown);
    }
  }

  /** Whether the keychain holds this secret already; an empty field keeps it. */
  isStored(secret: Secret): boolean {
    return isStored(this.#saved, this.profile, secret);
  }

  secretsInput() {
    return secretsInput(this.#saved, this.profile, this.secrets);
  }

  /** What to test with; null: what is stored, or nothing. */
  givenSecrets() {
    return givenSecrets(this.profile, this.secrets);
  }
}

function valueAt(profile: Profile, field: string): unknown {
  let value: unknown = profile;
  for (const step of field.split('.')) {
    if (typeof value !== 'object' || value === null) return value ?? null;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}
