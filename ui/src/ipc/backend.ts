// Everything the page can ask of the world outside, as one interface: the real backend and the
// scripted one beside it. Streams come as callbacks here; channels are a matter of tauri.ts.
// Every call may reject with an AppError. Calls without an answer give unknown: nobody reads it.

import type { ImportBackend } from './backend-import';
import type { KeepingBackend } from './backend-keeping';
import type { LiveBackend } from './backend-live';
import type { PastBackend } from './backend-past';
import type { ReplayBackend } from './backend-replay';
import type * as wire from './bindings';

export type * from './bindings';

export interface Backend
  extends LiveBackend, ImportBackend, KeepingBackend, PastBackend, ReplayBackend {
  /** `receive` hears how far the history is, where it has to be written anew. */
  startup(receive: (opening: wire.HistoryOpening) => void): Promise<wire.Startup>;

  listProfiles(): Promise<wire.Profile[]>;
  saveProfile(profile: wire.Profile, secrets: wire.SecretsInput): Promise<wire.Profile>;
  deleteProfile(id: string): Promise<unknown>;
  /** Renames a file that cannot be read and starts a new one. */
  setAsideProfiles(): Promise<wire.Profile[]>;
  /** What is wrong with it, and what is worth a thought; each with its field. */
  checkProfile(profile: wire.Profile): Promise<wire.FieldProblem[]>;
  /** The system's file dialog; null when it was left without a choice. */
  chooseFile(purpose: wire.FilePurpose): Promise<string | null>;

  /** Examines a connection without saving it; the steps come as they go. Gives the job's number. */
  runDoctor(
    profile: wire.Profile,
    given: wire.GivenSecrets,
    checks: wire.DoctorCheck[],
    receive: (event: wire.DoctorEvent) => void,
  ): Promise<number>;
  cancelDoctor(job: number): Promise<unknown>;

  /** Rejects with a code that ends in '-needed' when a secret must be asked for. */
  openConnection(
    profile: string,
    given: wire.GivenSecrets,
    receive: (frame: wire.Frame) => void,
  ): Promise<wire.Opened>;
  openDemo(receive: (frame: wire.Frame) => void): Promise<wire.Opened>;
  closeConnection(connection: number): Promise<unknown>;
  retryConnection(connection: number): Promise<unknown>;
  /** Says that the last frame is on screen; only then comes the next. */
  frameShown(connection: number): Promise<unknown>;

  setWindow(connection: number, first: number, count: number): Promise<unknown>;
  setExpanded(connection: number, node: number, expanded: boolean): Promise<unknown>;
  selectNode(connection: number, node: number | null): Promise<wire.Selection | null>;
  stepSelection(connection: number, step: wire.Step): Promise<wire.Selection | null>;
  /** Selects a topic and expands what stands above it. */
  revealTopic(connection: number, topic: string): Promise<wire.Selection | null>;
  setFilter(connection: number, filter: wire.TreeFilter): Promise<unknown>;

  historyPage(
    connection: number,
    query: wire.HistoryQuery,
    cursor: string | null,
    limit: number,
  ): Promise<wire.HistoryPage>;
  /** What is wrong with a query; null: nothing. */
  checkQuery(text: string, utcOffsetMinutes: number): Promise<wire.QueryProblem | null>;
  /** What could stand at the cursor of a query, by what was recorded in the scope. */
  completeQuery(
    connection: number,
    scope: wire.Scope | null,
    text: string,
    cursor: number,
  ): Promise<wire.QueryCompletion>;
  messageDetail(connection: number, message: number): Promise<wire.MessageDetail>;
  messageLines(
    connection: number,
    message: number,
    compareWith: number | null,
    view: wire.PayloadView,
    first: number,
    count: number,
  ): Promise<wire.LinePage>;
  messageDiff(
    connection: number,
    message: number,
    compareWith: number,
    first: number,
    count: number,
  ): Promise<wire.LinePage>;
  /** The payload's bytes, unchanged. */
  messagePayload(connection: number, message: number): Promise<ArrayBuffer>;

  /** Hands bytes over for a later publish; gives the handle that names them. */
  stagePayload(bytes: Uint8Array): Promise<string>;
  publish(
    connection: number,
    input: wire.PublishInput,
    receive: (outcome: wire.PublishOutcome) => void,
  ): Promise<unknown>;
  clearRetained(
    connection: number,
    topic: string,
    receive: (outcome: wire.PublishOutcome) => void,
  ): Promise<unknown>;

  startExport(
    connection: number,
    request: wire.ExportRequest,
    receive: (event: wire.ExportEvent) => void,
  ): Promise<wire.ExportJob>;
  /** Counted for a moment, then reckoned. */
  estimateExport(connection: number, query: wire.HistoryQuery): Promise<wire.ExportEstimate>;
  cancelExport(job: number): Promise<unknown>;
  /** The system's folder dialog; null when it was left without a choice. */
  chooseExportFolder(): Promise<string | null>;
}
