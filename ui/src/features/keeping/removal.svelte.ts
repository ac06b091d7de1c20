// Removing, from a look at what would go to its end: for clearing and for policies alike.

import type {
  AppError,
  Backend,
  RemovalEffect,
  RemovalEvent,
  RemovalRequest,
} from '../../ipc/backend';
import { appError } from '../../ipc/errors';

/** How long the typing has to rest before it is looked at what would go, in milliseconds. */
const REST = 250;

export class RemovalJob {
  event = $state.raw<RemovalEvent | null>(null);
  job = $state<number | null>(null);

  get running(): boolean {
    return this.event === null || this.event.kind === 'progress';
  }
}

export class Removal {
  effect = $state.raw<RemovalEffect | null>(null);
  looking = $state(false);
  job = $state.raw<RemovalJob | null>(null);
  problem = $state.raw<AppError | null>(null);
  /** It was asked to begin, and has not answered yet. */
  starting = $state(false);
  #look = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `ended`: told when a job has ended, however. */
  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
    private readonly ended: (event: RemovalEvent) => void,
  ) {}

  get running(): boolean {
    return this.starting || (this.job?.running ?? false);
  }

  /** What would be removed has changed: once that rests, it is looked at anew. Null: not known. */
  changed(request: RemovalRequest | null): void {
    this.problem = null;
    this.effect = null;
    clearTimeout(this.#timer);
    this.#look += 1;
    this.looking = request !== null;
    if (request !== null) this.#timer = setTimeout(() => void this.look(request), REST);
  }

  async look(request: RemovalRequest): Promise<void> {
    const look = (this.#look += 1);
    this.looking = true;
    try {
      const effect = await this.backend.removalEffect(this.connection, request);
      if (look === this.#look) [this.effect, this.problem] = [effect, null];
    } catch (thrown) {
      if (look === this.#look) [this.effect, this.problem] = [null, appError(thrown)];
    }
    if (look === this.#look) this.looking = false;
  }

  /** Ends the look, as its dialog is closed. */
  leave(): void {
    clearTimeout(this.#timer);
    this.#look += 1;
    if (this.looking) void this.backend.cancelRemovalEffect(this.connection);
    this.looking = false;
  }

  /** Begins; if it cannot begin, the problem stands here. */
  async start(request: RemovalRequest): Promise<void> {
    if (this.running) return;
    this.leave();
    this.problem = null;
    this.starting = true;
    const job = new RemovalJob();
    const receive = (event: RemovalEvent) => {
      job.event = event;
      if (event.kind === 'failed') this.problem = event.problem;
      if (!job.running) this.ended(event);
    };
    try {
      job.job = await this.backend.startRemoval(this.connection, request, receive);
      this.job = job;
    } catch (thrown) {
      this.problem = appError(thrown);
    } finally {
      this.starting = false;
    }
  }

  async cancel(): Promise<void> {
    const job = this.job?.job;
    if (job !== null && job !== undefined) await this.backend.cancelRemoval(job);
  }

  /** Forgets a job that has ended, for another one. */
  reset(): void {
    if (!this.running) this.job = null;
    this.effect = null;
    this.problem = null;
  }
}
