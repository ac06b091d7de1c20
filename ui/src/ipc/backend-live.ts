// What the page can ask of an open connection beyond looking at it: packets, subscriptions, and the
// acts that a person does to a session by hand. A part of Backend.

import type * as wire from './bindings';

export interface LiveBackend {
  /** Packets among those that pass the filter, from index `first`; null: the last ones. */
  packetWindow(
    connection: number,
    filter: wire.PacketFilter,
    first: number | null,
    count: number,
  ): Promise<wire.PacketWindow>;
  packetDetail(connection: number, number: number): Promise<wire.PacketDetail>;
  /** The exchange a packet belongs to; null where it stands for itself. */
  packetHandshake(connection: number, number: number): Promise<wire.Handshake | null>;
  setPacketRecording(connection: number, on: boolean): Promise<unknown>;
  clearPackets(connection: number): Promise<unknown>;
  startPacketExport(
    connection: number,
    request: wire.PacketExportRequest,
    receive: (event: wire.ExportEvent) => void,
  ): Promise<wire.ExportJob>;

  /** The round trip in microseconds. */
  ping(connection: number): Promise<number>;
  disconnect(connection: number, farewell: wire.FarewellInput): Promise<unknown>;
  dropConnection(connection: number): Promise<unknown>;
  reauthenticate(connection: number): Promise<unknown>;
  /** Until then everything that changes the broker rejects with code 'read-only'. */
  unlockProduction(connection: number): Promise<unknown>;

  subscribe(
    connection: number,
    subscriptions: wire.SubscriptionInput[],
  ): Promise<wire.SubscriptionState[]>;
  unsubscribe(connection: number, filters: string[]): Promise<wire.UnsubscribeResult[]>;

  lintPublish(
    connection: number | null,
    topic: string,
    qos: number,
    retain: boolean,
    emptyPayload: boolean,
  ): Promise<wire.LintFinding[]>;
  lintFilter(filter: string, others: string[]): Promise<wire.LintFinding[]>;
  testFilter(filter: string, topic: string): Promise<wire.FilterTest>;
}
