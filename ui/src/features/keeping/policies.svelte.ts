// How long the history keeps what it records: the dialog, for this connection and for all.

import type {
  AppError,
  Backend,
  Keeping,
  KeepTarget,
  RemovalEvent,
  RemovalRequest,
} from '../../ipc/backend';
import { appError } from '../../ipc/errors';
import { type Draft, draftOf, isComplete, newRule, policyOf } from './draft';
import { Removal } from './removal.svelte';

const FOR_EVER = { maxAge: null, maxMessages: null, maxBytes: null, rules: [] };

export class Policies {
  open = $state(false);
  /** What is kept as it stands; null: not known yet. */
  keeping = $state.raw<Keeping | null>(null);
  /** Whose policy is in the form. */
  target = $state<KeepTarget>('connection');
  /** Whether the connection has a policy of its own. */
  isOwn = $state(false);
  draft = $state<Draft>(draftOf(FOR_EVER));
  problem = $state.raw<AppError | null>(null);
  readonly removal: Removal;
  #filter: string | null = null;

  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
    ended: (event: RemovalEvent) => void,
  ) {
    this.removal = new Removal(backend, connection, ended);
  }

  get request(): RemovalRequest | null {
    const { target } = this;
    if (this.keeping === null) return null;
    if (this.inherits) return { kind: 'policy', target, policy: null };
    return isComplete(this.draft) ? { kind: 'policy', target, policy: policyOf(this.draft) } : null;
  }

  /** The connection follows the policy of all. */
  get inherits(): boolean {
    return this.target === 'connection' && !this.isOwn;
  }

  /** Whether the form says something else than what goes already. */
  get isChanged(): boolean {
    const { keeping, request } = this;
    if (keeping === null || request?.kind !== 'policy') return false;
    const before = this.target === 'general' ? keeping.general : keeping.own;
    return JSON.stringify(request.policy) !== JSON.stringify(before);
  }

  /** What it removes is known: nothing is missing but a click. */
  get ready(): boolean {
    return this.isChanged && this.removal.effect !== null && !this.removal.running;
  }

  /** Opens the dialog; with a filter, a rule for it stands first. */
  async show(filter: string | null = null): Promise<void> {
    this.open = true;
    this.#filter = filter;
    if (this.removal.running) return;
    this.removal.reset();
    this.problem = null;
    this.keeping = null;
    try {
      this.keeping = await this.backend.keeping(this.connection);
    } catch (thrown) {
      this.problem = appError(thrown);
      return;
    }
    this.choose('connection');
  }

  close(): void {
    this.removal.leave();
    this.open = false;
  }

  /** Brings the policy of one connection, or that of all, into the form. */
  choose(target: KeepTarget): void {
    const { keeping } = this;
    if (keeping === null) return;
    this.target = target;
    this.isOwn = keeping.own !== null;
    const { own, general } = keeping;
    this.draft = draftOf(target === 'general' ? general : (own ?? general));
    if (this.#filter === null || target === 'general') return;
    this.isOwn = true;
    this.draft.rules.unshift({ ...newRule(this.#filter), keep: 'dontRecord' });
    this.#filter = null;
  }

  changed(): void {
    if (this.removal.job === null) this.removal.changed(this.request);
  }

  async apply(): Promise<void> {
    const { request } = this;
    if (request !== null && this.ready) await this.removal.start(request);
  }
}
