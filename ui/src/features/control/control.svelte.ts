// What a person does to the session itself: ping, disconnect, drop, authenticate again, unlock.
// Each act says in a sentence what came of it.

import type { Backend, FarewellInput } from '../../ipc/backend';
import { appError, explain } from '../../ipc/errors';

/** What is asked about before it is done. */
export type Question = 'disconnect' | 'drop' | 'unlock';

export class Control {
  asking = $state<Question | null>(null);
  /** A production connection may change the broker from here on. */
  unlocked = $state(false);
  /** The last round trip in microseconds, and when it was measured. */
  ping = $state.raw<{ roundTrip: number; at: number } | null>(null);
  busy = $state(false);
  problem = $state<string | null>(null);

  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
  ) {}

  ask(question: Question): void {
    this.problem = null;
    this.asking = question;
  }

  cancel(): void {
    this.asking = null;
  }

  async pingNow(): Promise<string> {
    try {
      const roundTrip = await this.backend.ping(this.connection);
      this.ping = { roundTrip, at: Date.now() * 1000 };
      return `PINGRESP after ${(roundTrip / 1000).toFixed(1)} ms`;
    } catch (thrown) {
      return explain(appError(thrown)).sentence;
    }
  }

  async reauthenticate(): Promise<string> {
    try {
      await this.backend.reauthenticate(this.connection);
      return 'Authenticated again';
    } catch (thrown) {
      return explain(appError(thrown)).sentence;
    }
  }

  /** The tree stays live while recording is paused. */
  async pauseRecording(paused: boolean): Promise<string> {
    try {
      await this.backend.pauseRecording(this.connection, paused);
      return paused ? 'Recording is paused' : 'Recording goes on';
    } catch (thrown) {
      return explain(appError(thrown)).sentence;
    }
  }

  disconnect(farewell: FarewellInput): Promise<void> {
    return this.#do(() => this.backend.disconnect(this.connection, farewell));
  }

  drop(): Promise<void> {
    return this.#do(() => this.backend.dropConnection(this.connection));
  }

  async unlock(): Promise<void> {
    await this.#do(async () => {
      await this.backend.unlockProduction(this.connection);
      this.unlocked = true;
    });
  }

  /** The dialog closes when it is done; what went wrong stands in it. */
  async #do(act: () => Promise<unknown>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      await act();
      this.asking = null;
      this.problem = null;
    } catch (thrown) {
      this.problem = explain(appError(thrown)).sentence;
    }
    this.busy = false;
  }
}
