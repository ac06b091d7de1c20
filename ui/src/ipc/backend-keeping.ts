// What the page can ask about what is kept: pauses, policies, clearing, and what these would
// remove. A part of Backend.

import type * as wire from './bindings';

export interface KeepingBackend {
  /** The tree stays live meanwhile; what is not recorded is counted. */
  pauseRecording(connection: number, paused: boolean): Promise<unknown>;
  keeping(connection: number): Promise<wire.Keeping>;
  /** What removing would remove now. Null: it was asked anew, or told to end, before it knew. */
  removalEffect(
    connection: number,
    request: wire.RemovalRequest,
  ): Promise<wire.RemovalEffect | null>;
  cancelRemovalEffect(connection: number): Promise<unknown>;
  /** Gives the job's number. A policy goes for what is recorded from then on too. */
  startRemoval(
    connection: number,
    request: wire.RemovalRequest,
    receive: (event: wire.RemovalEvent) => void,
  ): Promise<number>;
  cancelRemoval(job: number): Promise<unknown>;
}
