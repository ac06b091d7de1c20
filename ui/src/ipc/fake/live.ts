// The acts on an open connection as the scripted backend does them: it notes each call and answers
// as a friendly broker would. Lint and filter test know the main rules only; the real ones are Rust.

import type {
  AppError,
  ConnectionState,
  ExportEvent,
  Fact,
  FarewellInput,
  FilterTest,
  LintFinding,
  PacketExportRequest,
  PacketFilter,
  SubscriptionInput,
  SubscriptionState,
  UnsubscribeResult,
} from '../bindings';
import { type FakeConnection, granted } from './connection';
import { matches } from './tree';

export const LIMITS: Fact[] = [
  { name: 'Maximum QoS', value: '2' },
  { name: 'Retain available', value: 'yes' },
  { name: 'Maximum packet size', value: '1 048 576 bytes' },
  { name: 'Receive maximum', value: '100' },
  { name: 'Topic alias maximum', value: '10' },
  { name: 'Shared subscriptions', value: 'yes' },
  { name: 'Keep alive', value: '60 s, as asked for' },
];

export abstract class FakeLive {
  calls: { name: string; arguments: unknown[] }[] = [];
  packetExportEvents: ExportEvent[] = [
    {
      kind: 'finished',
      written: 31,
      unreadable: 0,
      bytes: 4096,
      path: '/home/ann/Downloads/packets.pcapng',
    },
  ];
  /** Filters that the broker refuses. */
  refusedFilters: string[] = [];
  locked = false;

  abstract of(connection: number): FakeConnection;

  called(name: string): unknown[][] {
    return this.calls.filter((call) => call.name === name).map((call) => call.arguments);
  }

  async packetWindow(
    connection: number,
    filter: PacketFilter,
    first: number | null,
    count: number,
  ) {
    this.note('packetWindow', filter, first, count);
    return this.of(connection).packets.window(filter, first, count);
  }
  async packetDetail(connection: number, number: number) {
    return this.of(connection).packets.detail(number);
  }
  async packetHandshake(connection: number, number: number) {
    return this.of(connection).packets.handshake(number);
  }
  async setPacketRecording(connection: number, on: boolean) {
    this.note('setPacketRecording', on);
    this.of(connection).packets.recording = on;
  }
  async clearPackets(connection: number) {
    this.note('clearPackets');
    this.of(connection).packets.clear();
  }
  async startPacketExport(
    connection: number,
    request: PacketExportRequest,
    receive: (event: ExportEvent) => void,
  ) {
    this.note('startPacketExport', connection, request);
    for (const event of this.packetExportEvents) queueMicrotask(() => receive(event));
    return { job: 77, path: `/home/ann/Downloads/packets.${request.format}` };
  }

  async ping(connection: number) {
    this.note('ping');
    const plant = this.of(connection);
    plant.packets.pinged(plant.now);
    plant.changed();
    return 1700;
  }
  async disconnect(connection: number, farewell: FarewellInput) {
    this.note('disconnect', farewell);
    this.#pause(connection, false);
  }
  async dropConnection(connection: number) {
    this.#refuseWhenLocked();
    this.note('dropConnection');
    this.#pause(connection, true);
  }
  async reauthenticate() {
    this.note('reauthenticate');
  }
  async unlockProduction() {
    this.note('unlockProduction');
    this.locked = false;
  }

  async subscribe(connection: number, asked: SubscriptionInput[]): Promise<SubscriptionState[]> {
    this.#refuseWhenLocked();
    this.note('subscribe', asked);
    const plant = this.of(connection);
    const results = asked.map((each): SubscriptionState =>
      this.refusedFilters.includes(each.filter)
        ? { ...each, result: 'refused', grantedQos: null, reason: 'Not authorized (0x87)' }
        : granted(each),
    );
    const others = plant.subscriptions.filter(
      (old) => !asked.some((each) => each.filter === old.filter),
    );
    plant.subscriptions = [...others, ...results];
    plant.packets.subscribed(
      asked.map((each) => each.filter),
      plant.now,
    );
    plant.changed();
    return results;
  }
  async unsubscribe(connection: number, filters: string[]): Promise<UnsubscribeResult[]> {
    this.#refuseWhenLocked();
    this.note('unsubscribe', filters);
    const plant = this.of(connection);
    plant.subscriptions = plant.subscriptions.filter((each) => !filters.includes(each.filter));
    plant.changed();
    return filters.map((filter) => ({ filter, ok: true, reason: 'Success (0x00)' }));
  }

  async lintPublish(
    ...[, topic, , retain, emptyPayload]: [number | null, string, number, boolean, boolean]
  ): Promise<LintFinding[]> {
    const findings: LintFinding[] = [];
    if (/[+#]/.test(topic)) findings.push(finding('wildcard', 'error', 'No + or # in a topic.'));
    if (topic.startsWith('/'))
      findings.push(finding('leading-slash', 'warning', 'The topic begins with an empty level.'));
    if (/[A-Z]/.test(topic))
      findings.push(finding('upper-case', 'hint', 'Upper and lower case are different topics.'));
    if (retain && emptyPayload)
      findings.push(
        finding('deletes-retained', 'confirm', 'This deletes the retained message of the topic.'),
      );
    return findings;
  }
  async lintFilter(filter: string, others: string[]): Promise<LintFinding[]> {
    const findings: LintFinding[] = [];
    if (/#./.test(filter))
      findings.push(finding('misplaced', 'error', '# must be the last level.'));
    if (filter === '#')
      findings.push(finding('everything', 'warning', '# asks for every message of the broker.'));
    const other = others.find((each) => each !== filter && matches(each, filter));
    if (other)
      findings.push(
        finding('overlap', 'hint', `It overlaps with ${other}: messages may come twice.`),
      );
    return findings;
  }
  async testFilter(filter: string, topic: string): Promise<FilterTest> {
    if (matches(filter, topic))
      return { matches: true, why: 'Every level fits.', filterLevel: null, topicLevel: null };
    const wanted = filter.split('/');
    const at = wanted.findIndex(
      (level, index) => level !== '+' && level !== topic.split('/')[index],
    );
    const why = `Level ${at + 1} of the filter does not fit.`;
    return { matches: false, why, filterLevel: at, topicLevel: at };
  }

  protected note(name: string, ...rest: unknown[]): void {
    this.calls.push({ name, arguments: rest });
  }

  #pause(connection: number, dropped: boolean): void {
    const state: ConnectionState = { kind: 'paused', dropped };
    this.of(connection).setState(state);
  }
  #refuseWhenLocked(): void {
    const problem: AppError = {
      code: 'read-only',
      message: 'this is a production connection: unlock it first',
      detail: null,
    };
    if (this.locked) throw problem;
  }
}

const finding = (rule: string, level: LintFinding['level'], message: string): LintFinding => ({
  rule,
  level,
  message,
});
