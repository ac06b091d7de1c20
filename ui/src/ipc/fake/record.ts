// The history of one scripted connection: messages in order, pages newest first.

import type {
  Damaged,
  Gap,
  HistoryItem,
  HistoryPage,
  HistoryQuery,
  MessageDetail,
} from '../bindings';
import { decodeText, parseJson } from './lines';
import { matchesQuery } from './query';

export type Recorded = Omit<HistoryItem, 'preview' | 'size'> & { bytes: Uint8Array };

/** How many messages one call looks at, so that searching is seen to go on. */
const STRETCH = 400;

const NOTHING = { expiry: null, responseTopic: null, correlationData: null, payloadIsText: false };
const SILENT = { properties: [], again: { ...NOTHING, contentType: null, userProperties: [] } };
const SAID = {
  properties: [
    { name: 'Content type', value: 'application/json', problem: null },
    { name: 'User property: line', value: '1', problem: null },
  ],
  again: {
    ...NOTHING,
    contentType: 'application/json',
    userProperties: [{ name: 'line', value: '1' }],
  },
};

export function preview(bytes: Uint8Array): string {
  const text = decodeText(bytes);
  if (text === null)
    return `${[...bytes.slice(0, 12)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')} …`;
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

export class FakeRecord {
  messages: Recorded[] = [];
  gaps: Gap[] = [];
  damaged: Damaged[] = [];

  add(message: Omit<Recorded, 'id'>): Recorded {
    const recorded = { ...message, id: (this.messages.at(-1)?.id ?? 0) + 1 };
    this.messages.push(recorded);
    return recorded;
  }

  find(id: number): Recorded {
    const message = this.messages.find((each) => each.id === id);
    if (!message)
      throw {
        code: 'message-not-found',
        message: 'This message is no longer in the history.',
        detail: null,
      };
    return message;
  }

  /** The messages of a scope, received before a moment. */
  meant(scope: HistoryQuery['scope'], before: number | null): Recorded[] {
    return this.messages.filter(
      (each) => inScope(each, scope) && (before === null || each.receivedAt < before),
    );
  }

  /** Removes them; says how many. */
  clear(scope: HistoryQuery['scope'], before: number | null): number {
    const gone = new Set(this.meant(scope, before));
    this.messages = this.messages.filter((message) => !gone.has(message));
    return gone.size;
  }

  page(query: HistoryQuery, cursor: string | null, limit: number): HistoryPage {
    const items: HistoryItem[] = [];
    let at = cursor === null ? this.messages.length - 1 : Number(cursor);
    const start = at;
    const stop = Math.max(-1, at - STRETCH);
    for (; at > stop && items.length < limit; at -= 1) {
      const message = this.messages[at] as Recorded;
      if (inQuery(message, query)) items.push(toItem(message));
    }
    const oldest = this.messages[at + 1];
    const gaps = this.gaps.filter((gap) => items.some((item) => item.id === gap.afterMessage));
    const next = at >= 0 ? String(at) : null;
    const searchedTo = oldest?.receivedAt ?? null;
    const damaged = next === null ? this.damaged : [];
    return { items, next, searchedTo, scanned: start - at, gaps, damaged };
  }

  detail(id: number): MessageDetail {
    const message = this.find(id);
    const previous = this.messages.findLast(
      (older) => older.id < id && older.topic === message.topic,
    );
    const { bytes, ...rest } = message;
    const json = parseJson(bytes) !== undefined;
    const text = decodeText(bytes) !== null;
    return {
      ...rest,
      sequence: id,
      packetId: message.qos > 0 ? (id % 65_535) + 1 : null,
      size: bytes.length,
      format: bytes.length === 0 ? 'empty' : json ? 'json' : text ? 'text' : 'binary',
      formatReason: json
        ? 'The whole payload is JSON.'
        : text
          ? 'The payload is UTF-8 text, not JSON.'
          : 'The payload is not UTF-8.',
      ...(message.qos > 0 ? SAID : SILENT),
      leftOut: 0,
      previous: previous?.id ?? null,
    };
  }
}

export function inScope(message: Recorded, scope: HistoryQuery['scope'] | null): boolean {
  if (scope === null || message.topic === scope.topic) return true;
  const { topic, subtree } = scope;
  return subtree && (topic === '' || message.topic.startsWith(`${topic}/`));
}

function inQuery(message: Recorded, query: HistoryQuery): boolean {
  const inTime =
    (query.from === null || message.receivedAt >= query.from) &&
    (query.to === null || message.receivedAt <= query.to);
  return (
    inScope(message, query.scope) &&
    inTime &&
    matchesQuery(decodeText(message.bytes) ?? '', query.text)
  );
}

function toItem(message: Recorded): HistoryItem {
  const { bytes, ...rest } = message;
  return { ...rest, size: bytes.length, preview: preview(bytes) };
}
