// Moments of the scripted backend: a moment is a connection that was played up to it and stands still.

import type {
  DifferentTopic,
  Difference,
  FoundMoment,
  HistoryFile,
  OpenedPast,
  PastFrame,
  PastMoment,
  Scope,
  Side,
  Span,
  Timeline,
} from '../bindings';
import { FakeConnection } from './connection';
import { demoProfile } from './profiles';
import { type Recorded, inScope, preview } from './record';
import { FakeImports } from './imports';
import { fail } from './setup';

export abstract class FakePast extends FakeImports {
  abstract connections: Map<number, FakeConnection>;
  /** What the file dialog gives; an error code: that the file cannot be read for this reason. */
  historyFile: HistoryFile | string | null = null;
  namedFile: HistoryFile | null = null;
  /** What stands in a file. */
  fileMessages: Recorded[] = [];

  async historyTimeline(
    ...[connection, scope, from, to, parts]: [number, Scope | null, number, number, number]
  ): Promise<Timeline> {
    this.note('historyTimeline', scope, from, to, parts);
    const counts = Array<number>(parts).fill(0);
    for (const { receivedAt } of this.#messages(connection, scope)) {
      const at = Math.floor(((receivedAt - from) / (to - from)) * parts);
      if (receivedAt >= from && receivedAt < to) counts[at] = (counts[at] ?? 0) + 1;
    }
    return { from, to, counts, gaps: this.of(connection).record.gaps };
  }

  async historySpan(connection: number, scope: Scope | null): Promise<Span | null> {
    const times = this.#messages(connection, scope).map(({ receivedAt }) => receivedAt);
    const [first, last] = [times[0], times.at(-1)];
    return first === undefined || last === undefined ? null : { first, last };
  }

  async findMoment(connection: number, moment: PastMoment): Promise<FoundMoment> {
    const { messages } = this.#whole(connection);
    if (moment.kind === 'at') {
      const found = messages.findLast(({ receivedAt }) => receivedAt <= moment.at);
      return { position: found?.id ?? 0, at: moment.at };
    }
    const found = moment.kind === 'end' ? messages.at(-1) : messages[moment.message - 1];
    return { position: found?.id ?? 0, at: found?.receivedAt ?? 0 };
  }

  async openPast(
    connection: number,
    moment: PastMoment,
    first: number,
    count: number,
    receive: (frame: PastFrame) => void,
  ): Promise<OpenedPast> {
    this.note('openPast', connection, moment);
    const { position, at } = await this.findMoment(connection, moment);
    const { messages } = this.#whole(connection);
    const selected = this.of(connection).tree.selection()?.topic ?? null;
    return this.#open(messages.slice(0, position), messages, at, receive, (past) => {
      if (selected !== null) past.tree.reveal(selected);
      past.setWindow(first, count);
    });
  }

  async pastBeside(connection: number, scope: Scope | null, side: Side): Promise<number | null> {
    const position = this.of(connection).record.messages.length;
    const messages = this.#whole(connection).messages.filter((each) => inScope(each, scope));
    const found =
      side === 'older'
        ? messages.findLast(({ id }) => id < position)
        : messages.find(({ id }) => id > position);
    return found?.id ?? null;
  }

  async historyDifference(
    ...[connection, from, to, cursor, limit]: [number, number, number, string | null, number]
  ): Promise<Difference> {
    const { messages } = this.#whole(connection);
    const topics = [...new Set(messages.slice(0, to).map(({ topic }) => topic))];
    const start = Number(cursor ?? 0);
    const end = Math.min(start + limit, topics.length);
    const items = topics.slice(start, end).flatMap((topic) => different(messages, topic, from, to));
    const next = end < topics.length ? String(end) : null;
    return { items, next, compared: end, total: topics.length };
  }

  async chooseHistoryFile(): Promise<HistoryFile | null> {
    if (typeof this.historyFile === 'string')
      throw fail(this.historyFile, 'This is not a history; choose another file.');
    return this.historyFile;
  }
  async namedHistoryFile(): Promise<HistoryFile | null> {
    return this.namedFile;
  }
  async ownHistoryFile(): Promise<HistoryFile> {
    return {
      file: 0,
      name: 'history.wiretree',
      path: '/home/ann/history.wiretree',
      connections: [],
    };
  }
  async openHistoryFile(
    file: number,
    key: string,
    receive: (frame: PastFrame) => void,
  ): Promise<OpenedPast> {
    this.note('openHistoryFile', file, key);
    const messages = this.fileMessages;
    return this.#open(messages, messages, messages.at(-1)?.receivedAt ?? 0, receive, () => {});
  }

  #open(
    messages: Recorded[],
    whole: Recorded[],
    at: number,
    receive: (frame: PastFrame) => void,
    begin: (past: FakeConnection) => void,
  ): OpenedPast {
    const connection = this.next++;
    const past = new FakeConnection(demoProfile, (frame) => receive(still(frame)), at);
    for (const { topic, bytes, retain, receivedAt } of messages)
      past.tree.apply(topic, preview(bytes), retain ? bytes.length > 0 : null, receivedAt);
    past.record.messages = messages;
    past.whole = whole;
    this.connections.set(connection, past);
    begin(past);
    past.changed();
    return { connection, position: messages.length, at };
  }

  #whole(connection: number): { messages: Recorded[] } {
    const found = this.of(connection);
    return { messages: found.whole ?? found.record.messages };
  }
  #messages(connection: number, scope: Scope | null): Recorded[] {
    return this.#whole(connection).messages.filter((message) => inScope(message, scope));
  }
}

function still(frame: Parameters<FakeConnection['receive']>[0]): PastFrame {
  const { revision, now, tree, selection } = frame;
  return {
    revision,
    now,
    tree,
    selection: selection && { ...selection, historyRevision: 1 },
    topics: frame.counters.topics,
    undrawnTopics: 0,
    problem: null,
  };
}

function different(
  messages: Recorded[],
  topic: string,
  from: number,
  to: number,
): DifferentTopic[] {
  const of = messages.slice(0, to).filter((message) => message.topic === topic);
  const after = of.at(-1);
  const before = of.findLast(({ id }) => id <= from);
  if (!after || before === after) return [];
  const value = ({ id, receivedAt, bytes }: Recorded) => ({
    message: id,
    receivedAt,
    preview: preview(bytes),
  });
  const kept = (upTo: number) => {
    const last = of.findLast(({ id, retain }) => id <= upTo && retain);
    return last !== undefined && last.bytes.length > 0;
  };
  const vanished = before !== undefined && kept(from) && !kept(to);
  if (!before) return [{ topic, kind: 'appeared', before: null, after: value(after) }];
  if (!vanished && preview(before.bytes) === preview(after.bytes)) return [];
  const kind = vanished ? 'vanished' : 'changed';
  return [{ topic, kind, before: value(before), after: value(after) }];
}
