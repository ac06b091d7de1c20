// What the page can ask about files to import from. A part of Backend. A file is named by the handle
// that its choice gave; nothing is written before importConnections or startImport.

import type * as wire from './bindings';

export interface ImportBackend {
  /** The system's file dialog; null when it was left without a choice. */
  chooseImport(): Promise<number | null>;
  /** What is in the file. `utcOffset`: minutes east of UTC, for times without a zone. */
  previewImport(handle: number, utcOffset: number): Promise<wire.ImportPreview>;
  /** Saves connections, by their places in the preview. */
  importConnections(handle: number, chosen: number[]): Promise<wire.ImportedProfiles>;
  /** Imports the messages; gives the job's number. */
  startImport(
    request: wire.ImportRequest,
    receive: (event: wire.ImportEvent) => void,
  ): Promise<number>;
  cancelImport(job: number): Promise<unknown>;
}
