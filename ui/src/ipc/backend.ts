// Everything the page can ask of the world outside, as one interface: the real backend and the
// scripted one beside it. Streams come as callbacks here; channels are a matter of tauri.ts.

import type * as wire from './bindings';

export type * from './bindings';

type Plain = typeof wire.commands;
type Streamed = 'openConnection' | 'openDemo' | 'publish' | 'clearRetained' | 'startExport';

/** Every call may reject with an AppError. */
export interface Backend extends Omit<Plain, Streamed> {
  /** Gives the connection's number; rejects with code 'password-needed' when one must be asked. */
  openConnection(
    profile: string,
    password: string | null,
    receive: (frame: wire.Frame) => void,
  ): Promise<number>;
  openDemo(receive: (frame: wire.Frame) => void): Promise<number>;
  publish(
    connection: number,
    input: wire.PublishInput,
    receive: (outcome: wire.PublishOutcome) => void,
  ): Promise<void>;
  clearRetained(
    connection: number,
    topic: string,
    receive: (outcome: wire.PublishOutcome) => void,
  ): Promise<void>;
  startExport(
    connection: number,
    request: wire.ExportRequest,
    receive: (event: wire.ExportEvent) => void,
  ): Promise<wire.ExportJob>;
  /** The payload's bytes, unchanged. */
  messagePayload(connection: number, message: number): Promise<ArrayBuffer>;
  /** Hands bytes over for a later publish; gives the handle that names them. */
  stagePayload(bytes: Uint8Array): Promise<string>;
}
