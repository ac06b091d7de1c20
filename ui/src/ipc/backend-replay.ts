// What the page can ask about replays: what one would do, and how one goes on. A part of Backend.

import type * as wire from './bindings';

export interface ReplayBackend {
  /** A dry run; an earlier one of this connection ends where it stands. */
  replayOutlook(
    connection: number,
    request: wire.ReplayRequest,
    extent: wire.OutlookExtent,
  ): Promise<wire.ReplayOutlook>;
  cancelReplayOutlook(connection: number): Promise<unknown>;
  /** Rejects with 'read-only' or 'replay-unconfirmed' where the target is guarded. */
  startReplay(
    connection: number,
    request: wire.ReplayRequest,
    receive: (event: wire.ReplayEvent) => void,
  ): Promise<wire.ReplayJob>;
  steerReplay(job: number, act: wire.ReplayAct): Promise<unknown>;
}
