// A scripted backend in memory: for tests, and for `npm run dev` in a plain browser. It keeps the
// manners of the real one (one frame in flight, pages, errors with codes) and touches no network.

import type {
  Backend,
  ConnectionState,
  ExportEstimate,
  ExportEvent,
  Opened,
  Frame,
  GivenSecrets,
  PayloadInput,
  Profile,
  PublishOutcome,
} from './backend';
import { FakeConnection } from './fake/connection';
import { LIMITS } from './fake/live';
import { diffPage, linePage } from './fake/lines';
import { demoProfile, factsOf } from './fake/profiles';
import { checkQuery, completeQuery } from './fake/query';
import { FakePast } from './fake/past';
import { fail, needSecrets } from './fake/setup';

export { demoProfile } from './fake/profiles';

export class FakeBackend extends FakePast implements Backend {
  openedFacts: Partial<Opened> = {};
  /** What a connection becomes after opening; tests set refusals here. */
  outcome: ConnectionState = {
    kind: 'connected',
    sessionPresent: false,
    clientId: 'wiretree-7f3a',
    since: 0,
    limits: LIMITS,
  };
  publishOutcomes: PublishOutcome[] = [
    { kind: 'queued' },
    { kind: 'sent' },
    {
      kind: 'acknowledged',
      microseconds: 3100,
      at: 1_795_170_923_144_000,
      reason: '0x00 Success',
      packet: 'PUBACK',
    },
  ];
  exportEstimate: ExportEstimate = { messages: 812, exact: true };
  exportEvents: ExportEvent[] = [
    { kind: 'progress', written: 400, scanned: 500, total: 1000, bytes: 42_000, milliseconds: 900 },
    {
      kind: 'finished',
      written: 812,
      unreadable: 0,
      bytes: 86_112,
      path: '/home/ann/Downloads/export.ndjson',
    },
  ];
  connections = new Map<number, FakeConnection>();
  #staged = new Map<string, Uint8Array>();

  constructor(readonly options: { live: boolean; start?: number } = { live: false }) {
    super();
  }

  async openConnection(id: string, given: GivenSecrets, receive: (frame: Frame) => void) {
    const profile = this.profiles.find((known) => known.id === id);
    if (!profile) throw fail('profile-not-found', 'This connection is no longer saved.');
    this.note('openConnection', id, given);
    needSecrets(profile, given);
    return this.#open(profile, receive);
  }
  async openDemo(receive: (frame: Frame) => void) {
    return this.#open(demoProfile, receive);
  }
  async closeConnection(connection: number) {
    this.connections.delete(connection);
  }
  async retryConnection(connection: number) {
    this.note('retryConnection', connection);
    this.of(connection).setState(this.outcome);
  }
  async frameShown(connection: number) {
    this.connections.get(connection)?.shown();
  }

  async setWindow(connection: number, first: number, count: number) {
    this.note('setWindow', first, count);
    this.of(connection).setWindow(first, count);
  }
  async setExpanded(connection: number, node: number, expanded: boolean) {
    this.#tree(connection, (tree) => tree.setExpanded(node, expanded));
  }
  async selectNode(connection: number, node: number | null) {
    return this.#tree(connection, (tree) => tree.select(node));
  }
  async stepSelection(connection: number, step: Parameters<Backend['stepSelection']>[1]) {
    this.note('stepSelection', step);
    return this.#tree(connection, (tree) => tree.step(step));
  }
  async revealTopic(connection: number, topic: string) {
    return this.#tree(connection, (tree) => tree.reveal(topic));
  }
  async setFilter(connection: number, filter: Parameters<Backend['setFilter']>[1]) {
    this.note('setFilter', filter);
    this.#tree(connection, (tree) => tree.setFilter(filter));
  }

  async historyPage(...[connection, query, cursor, limit]: Parameters<Backend['historyPage']>) {
    this.note('historyPage', query, cursor, limit);
    return this.of(connection).record.page(query, cursor, limit);
  }
  async checkQuery(text: string) {
    this.note('checkQuery', text);
    return checkQuery(text);
  }
  async completeQuery(...[, scope, text, cursor]: Parameters<Backend['completeQuery']>) {
    this.note('completeQuery', scope, text, cursor);
    return completeQuery(text, cursor);
  }
  async messageDetail(connection: number, message: number) {
    return this.of(connection).record.detail(message);
  }
  async messageLines(
    ...[connection, message, compareWith, view, first, count]: Parameters<Backend['messageLines']>
  ) {
    const record = this.of(connection).record;
    this.note('messageLines', message, compareWith, view, first, count);
    return linePage(
      record.find(message).bytes,
      compareWith === null ? null : record.find(compareWith).bytes,
      view,
      first,
      count,
    );
  }
  async messageDiff(
    ...[connection, message, compareWith, first, count]: Parameters<Backend['messageDiff']>
  ) {
    const record = this.of(connection).record;
    return diffPage(record.find(message).bytes, record.find(compareWith).bytes, first, count);
  }
  async messagePayload(connection: number, message: number) {
    return this.of(connection).record.find(message).bytes.slice().buffer;
  }

  async stagePayload(bytes: Uint8Array) {
    const handle = `staged-${this.next++}`;
    this.#staged.set(handle, bytes);
    return handle;
  }
  async publish(...[connection, input, receive]: Parameters<Backend['publish']>) {
    this.note('publish', input);
    if (/[+#]/.test(input.topic))
      throw fail('topic-invalid', 'a topic to publish to cannot contain + or #');
    const outcomes =
      input.qos === 2
        ? this.publishOutcomes.map((outcome) =>
            outcome.kind === 'acknowledged' ? { ...outcome, packet: 'PUBCOMP' as const } : outcome,
          )
        : this.publishOutcomes;
    const kept =
      input.qos === 0 ? outcomes.filter((outcome) => outcome.kind !== 'acknowledged') : outcomes;
    kept.forEach(receive);
    if (!kept.some((outcome) => outcome.kind === 'failed'))
      this.of(connection).publish(input, this.#bytesOf(input.payload));
  }
  async clearRetained(...[connection, topic, receive]: Parameters<Backend['clearRetained']>) {
    this.note('clearRetained', topic);
    await this.publish(
      connection,
      { topic, payload: { kind: 'text', text: '' }, qos: 1, retain: true, properties: null },
      receive,
    );
  }

  async startExport(...[, request, receive]: Parameters<Backend['startExport']>) {
    this.note('startExport', request);
    const wait = this.options.live ? 800 : 0;
    this.exportEvents.forEach((event, at) =>
      wait
        ? setTimeout(() => receive(event), wait * (at + 1))
        : queueMicrotask(() => receive(event)),
    );
    return {
      job: this.next++,
      path: `${request.folder ?? '/home/ann/Downloads'}/${request.fileName}`,
    };
  }
  async estimateExport() {
    return this.exportEstimate;
  }
  async cancelExport(job: number) {
    this.note('cancelExport', job);
  }
  async chooseExportFolder() {
    return '/home/ann/exports';
  }

  of(connection: number): FakeConnection {
    const found = this.connections.get(connection);
    if (!found) throw fail('connection-closed', 'This connection is closed.');
    return found;
  }

  #open(profile: Profile, receive: (frame: Frame) => void): Opened {
    const id = this.next++;
    const connection = new FakeConnection(
      profile,
      receive,
      this.options.start ?? Date.now() * 1000,
    );
    this.connections.set(id, connection);
    connection.setState(this.outcome);
    if (this.outcome.kind === 'connected') {
      connection.beat();
      if (this.options.live) this.#run(id, connection);
    }
    return { ...factsOf(profile), connection: id, ...this.openedFacts };
  }
  #run(id: number, connection: FakeConnection): void {
    connection.now -= 240 * 100_000;
    for (let beat = 0; beat < 240; beat += 1) connection.beat();
    const timer = setInterval(() => {
      if (!this.connections.has(id)) return clearInterval(timer);
      connection.now = Date.now() * 1000 - 100_000;
      connection.beat();
    }, 100);
  }
  #tree(connection: number, change: (tree: FakeConnection['tree']) => void) {
    const open = this.of(connection);
    change(open.tree);
    open.changed();
    return open.tree.selection();
  }
  #bytesOf(input: PayloadInput): Uint8Array {
    if (input.kind === 'staged') return this.#staged.get(input.handle) ?? new Uint8Array();
    if (input.kind === 'hex')
      return Uint8Array.from(input.text.match(/[0-9a-f]{2}/gi) ?? [], (pair) =>
        Number.parseInt(pair, 16),
      );
    if (input.kind === 'base64')
      return Uint8Array.from(atob(input.text.replace(/\s/g, '')), (each) => each.charCodeAt(0));
    return new TextEncoder().encode(input.text);
  }
}
