// What the page can ask of moments: how messages lie in time, the tree as it was, what differs, and
// history files. A moment has a number like a connection and is looked at, and closed, like one.
// A part of Backend.

import type * as wire from './bindings';

export interface PastBackend {
  /** Counts of messages in equal parts of a time; scope null: of the whole connection. */
  historyTimeline(
    connection: number,
    scope: wire.Scope | null,
    from: number,
    to: number,
    parts: number,
  ): Promise<wire.Timeline>;
  /** When the first and the last message came; null: there is none. */
  historySpan(connection: number, scope: wire.Scope | null): Promise<wire.Span | null>;
  /** The tree as it was, looked at as `connection` is; `first` and `count`: the rows to begin with. */
  openPast(
    connection: number,
    moment: wire.PastMoment,
    first: number,
    count: number,
    receive: (frame: wire.PastFrame) => void,
  ): Promise<wire.OpenedPast>;
  /** The message beside the moment that is looked at; null: there is none. */
  pastBeside(connection: number, scope: wire.Scope | null, side: wire.Side): Promise<number | null>;
  findMoment(connection: number, moment: wire.PastMoment): Promise<wire.FoundMoment>;
  /** What became of the topics between two positions, the earlier first, page by page. */
  historyDifference(
    connection: number,
    from: number,
    to: number,
    cursor: string | null,
    limit: number,
  ): Promise<wire.Difference>;

  /** The system's file dialog; null when it was left without a choice. */
  chooseHistoryFile(): Promise<wire.HistoryFile | null>;
  /** The file that the command line named; null: it named none. */
  namedHistoryFile(): Promise<wire.HistoryFile | null>;
  /** The window's own history, with what was imported or recorded by connections that are closed. */
  ownHistoryFile(): Promise<wire.HistoryFile>;
  /** One connection of a file, as of its end. */
  openHistoryFile(
    file: number,
    key: string,
    receive: (frame: wire.PastFrame) => void,
  ): Promise<wire.OpenedPast>;
}
