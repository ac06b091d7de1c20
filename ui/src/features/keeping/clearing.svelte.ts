// Clearing messages of a topic, a branch or the whole connection from the history: the dialog.

import type { Backend, RemovalEvent, RemovalRequest, Scope } from '../../ipc/backend';
import { type Amount, ageProblem, valueOf } from './draft';
import { Removal } from './removal.svelte';

/** What is to be cleared: some topics, or (null) all of the connection. */
export type Subject = { scope: Scope | null };

export class Clearing {
  /** What the open dialog is about; null: no dialog. */
  subject = $state.raw<Subject | null>(null);
  /** Only what is older; no text: whatever its age. */
  older = $state<Amount>({ text: '', factor: 86_400 });
  /** The name of the connection, typed to confirm that all of it goes. */
  typed = $state('');
  readonly removal: Removal;
  #running: Subject | null = null;

  constructor(
    backend: Backend,
    connection: number,
    readonly name: string,
    ended: (event: RemovalEvent) => void,
    private readonly now = () => Date.now() * 1000,
  ) {
    this.removal = new Removal(backend, connection, ended);
  }

  get request(): RemovalRequest | null {
    if (this.subject === null || ageProblem(this.older) !== null) return null;
    const age = valueOf(this.older);
    const before = age === null ? null : this.now() - age * 1_000_000;
    return { kind: 'clear', scope: this.subject.scope, before };
  }

  /** Everything of the connection: so much that its name has to be typed. */
  get needsName(): boolean {
    return this.subject?.scope === null && this.older.text.trim() === '';
  }

  /** Nothing is missing but a click. */
  get ready(): boolean {
    const { effect } = this.removal;
    const confirmed = !this.needsName || this.typed.trim() === this.name.trim();
    const meant = effect !== null && effect.messages > 0 && !this.removal.running;
    return this.request !== null && meant && confirmed;
  }

  /** Opens the dialog; a clearing that runs comes back instead. */
  open(scope: Scope | null): void {
    if (this.removal.running) {
      this.subject = this.#running;
      return;
    }
    this.subject = { scope };
    this.removal.reset();
    this.older = { text: '', factor: 86_400 };
    this.typed = '';
  }

  close(): void {
    this.removal.leave();
    this.subject = null;
  }

  changed(): void {
    if (this.removal.job === null) this.removal.changed(this.request);
  }

  async start(): Promise<void> {
    const { request } = this;
    if (request === null || !this.ready) return;
    this.#running = this.subject;
    await this.removal.start(request);
  }
}
