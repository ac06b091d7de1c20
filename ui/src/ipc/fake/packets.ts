// The packet trace of one scripted connection: what the plant and the page do, as packets.

import type {
  Handshake,
  PacketDetail,
  PacketFilter,
  PacketProblem,
  PacketRow,
  PacketWindow,
  PublishInput,
} from '../bindings';
import {
  type Frame,
  type Part,
  connectParts,
  filterParts,
  frame,
  packetId,
  properties,
  reason,
  text,
} from './frames';
import { matches } from './tree';

type Entry = {
  row: PacketRow;
  frame: Frame;
  topic: string;
  group: string | null;
  problems: PacketProblem[];
};
type Kept = { direction: 'sent' | 'received'; at: number; group?: string; topic?: string };

/** How many entries the ring holds. */
const RING = 20_000;

export class FakePackets {
  recording = true;
  entries: Entry[] = [];
  next = 1;
  discarded = 0;
  #sentId = 0;
  #receivedId = 70;
  #groups = 0;

  constructor(clientId: string, at: number) {
    this.event(`TCP connected to 127.0.0.1:1883`, at - 2000);
    const group = this.#group();
    this.#add(
      'CONNECT',
      2,
      connectParts(clientId),
      `v5 · ${clientId} · clean start · keep alive 60 s`,
      {
        direction: 'sent',
        at,
        group,
      },
    );
    const parts: Part[] = [
      {
        name: 'Acknowledge flags',
        value: 'session present 0',
        bytes: [0],
        clause: 'MQTT 5 §3.2.2.1',
      },
      reason(0, 'Success'),
      { name: 'Property length', value: '6', bytes: [6], clause: 'MQTT 5 §2.2.2.1' },
      { name: 'Receive maximum', value: '100', bytes: [33, 0, 100], clause: 'MQTT 5 §3.2.2.3.3' },
      { name: 'Topic alias maximum', value: '10', bytes: [34, 0, 10], clause: 'MQTT 5 §3.2.2.3.8' },
    ];
    const said = '0x00 Success · session present 0 · receive max 100 · topic alias max 10';
    this.#add('CONNACK', 0, parts, said, { direction: 'received', at: at + 1800, group });
  }

  event(words: string, at: number): void {
    this.#keep(
      {
        number: 0,
        at,
        direction: null,
        packetType: 'event',
        packetId: null,
        summary: words,
        size: 0,
        roundTrip: null,
        problems: 0,
      },
      { bytes: [], fields: [] },
    );
  }

  subscribed(filters: string[], at: number): void {
    const id = this.#nextId();
    const group = this.#group();
    const parts = filters.flatMap((filter) => filterParts(filter));
    const said = `${filters.join(', ')} · QoS 1 · no local 0 · retain as published 1`;
    this.#add(
      'SUBSCRIBE',
      2,
      [packetId(id), properties, ...parts],
      said,
      { direction: 'sent', at, group },
      id,
    );
    const granted = filters.map(() => reason(1, 'Granted QoS 1'));
    this.#add(
      'SUBACK',
      0,
      [packetId(id), properties, ...granted],
      'granted QoS 1',
      { direction: 'received', at: at + 2100, group },
      id,
    );
  }

  received(topic: string, bytes: Uint8Array, qos: number, retain: boolean, at: number): void {
    const id = qos > 0 ? (this.#receivedId += 1) : null;
    const group = this.#group();
    const kept = { direction: 'received' as const, at, group, topic };
    this.#publish(topic, bytes, qos, retain, id, kept);
    if (id !== null) this.#answer('PUBACK', id, { direction: 'sent', at: at + 300, group });
  }

  published({ topic, qos, retain }: PublishInput, bytes: Uint8Array, at: number): void {
    const id = qos > 0 ? this.#nextId() : null;
    const group = this.#group();
    this.#publish(topic, bytes, qos, retain, id, { direction: 'sent', at, group, topic });
    if (id === null) return;
    if (qos === 1)
      return this.#answer('PUBACK', id, { direction: 'received', at: at + 3100, group });
    this.#answer('PUBREC', id, { direction: 'received', at: at + 2000, group });
    this.#answer('PUBREL', id, { direction: 'sent', at: at + 2100, group });
    this.#answer('PUBCOMP', id, { direction: 'received', at: at + 3900, group });
  }

  pinged(at: number): void {
    const group = this.#group();
    this.#add('PINGREQ', 0, [], '', { direction: 'sent', at, group });
    this.#add('PINGRESP', 0, [], '', { direction: 'received', at: at + 1700, group });
    const last = this.entries.at(-1);
    if (last) last.row.roundTrip = 1700;
  }

  clear(): void {
    this.discarded += this.entries.length;
    this.entries = [];
  }

  window(filter: PacketFilter, first: number | null, count: number): PacketWindow {
    const found = this.entries.filter((entry) => passes(entry, filter));
    const from = first === null ? Math.max(0, found.length - count) : Math.min(first, found.length);
    return {
      rows: found.slice(from, from + count).map((entry) => entry.row),
      first: from,
      total: found.length,
      kept: this.entries.length,
      recorded: this.next - 1,
      discarded: this.discarded,
      recording: this.recording,
    };
  }

  detail(number: number): PacketDetail {
    const { row, frame, problems } = this.#find(number);
    const bytes = frame.bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return { row, fields: frame.fields, bytes, size: row.size, problems };
  }

  handshake(number: number): Handshake | null {
    const { group } = this.#find(number);
    if (group === null) return null;
    const members = this.entries.filter((entry) => entry.group === group);
    const steps = members.map(({ row }, at) => ({
      number: row.number,
      label: row.packetType,
      direction: row.direction ?? ('sent' as const),
      at: row.at,
      sincePrevious: at === 0 ? null : row.at - (members[at - 1]?.row.at ?? row.at),
    }));
    const [opening] = members;
    const id = opening?.row.packetId;
    const qos = /Q([12])/.exec(opening?.row.summary ?? '')?.[1];
    const title = `${opening?.row.packetType ?? ''}${qos ? ` Q${qos}` : ''}${id == null ? '' : ` #${id}`}`;
    if (steps[0]) steps[0].label = title;
    const complete = members.length > 1 || id == null;
    return { title, steps, complete, note: complete ? null : 'Waiting for the answer.' };
  }

  /** Marks the newest packet as deviating. */
  spoil(problem: PacketProblem): void {
    const last = this.entries.at(-1);
    if (!last) return;
    last.problems = [problem];
    last.row.problems = 1;
  }

  #publish(
    topic: string,
    payload: Uint8Array,
    qos: number,
    retain: boolean,
    id: number | null,
    kept: Kept,
  ): void {
    const flags = (qos << 1) | (retain ? 1 : 0);
    const parts: Part[] = [
      { name: 'Topic name', value: topic, bytes: text(topic), clause: 'MQTT 5 §3.3.2.1' },
      ...(id === null ? [] : [packetId(id)]),
      properties,
      {
        name: 'Payload',
        value: `${payload.length} bytes`,
        bytes: [...payload],
        clause: 'MQTT 5 §3.3.3',
      },
    ];
    const marks = [`Q${qos}`, retain && 'RETAIN', `${payload.length} B`]
      .filter(Boolean)
      .join(' · ');
    this.#add('PUBLISH', flags, parts, `${topic} · ${marks}`, kept, id);
  }

  #answer(type: string, id: number, kept: Kept): void {
    const said = type === 'PUBREL' ? 'flags 0010' : '0x00 Success';
    const flags = type === 'PUBREL' ? 2 : 0;
    this.#add(type, flags, [packetId(id), reason(0, 'Success')], said, kept, id);
  }

  #add(
    type: string,
    flags: number,
    parts: Part[],
    summary: string,
    kept: Kept,
    id: number | null = null,
  ): void {
    const made = frame(type, flags, parts);
    const row: PacketRow = {
      number: 0,
      at: kept.at,
      direction: kept.direction,
      packetType: type,
      packetId: id,
      summary,
      size: made.bytes.length,
      roundTrip: null,
      problems: 0,
    };
    this.#keep(row, made, kept.topic, kept.group);
  }

  #keep(row: PacketRow, made: Frame, topic = '', group: string | null = null): void {
    if (!this.recording) return;
    this.entries.push({
      row: { ...row, number: this.next },
      frame: made,
      topic,
      group,
      problems: [],
    });
    this.next += 1;
    if (this.entries.length <= RING) return;
    this.entries.shift();
    this.discarded += 1;
  }

  #find(number: number): Entry {
    const found = this.entries.find((entry) => entry.row.number === number);
    if (found) return found;
    throw { code: 'packet-gone', message: 'this packet is no longer kept', detail: null };
  }

  #group(): string {
    return `exchange-${(this.#groups += 1)}`;
  }

  #nextId(): number {
    return (this.#sentId = (this.#sentId % 65_535) + 1);
  }
}

function passes({ row, topic }: Entry, filter: PacketFilter): boolean {
  if (filter.hidePings && row.packetType.startsWith('PING')) return false;
  if (filter.types.length > 0 && !filter.types.includes(row.packetType)) return false;
  if (filter.direction !== null && row.direction !== filter.direction) return false;
  if (filter.packetId !== null && row.packetId !== filter.packetId) return false;
  if (filter.topic === '') return true;
  return /[+#]/.test(filter.topic) ? matches(filter.topic, topic) : topic.includes(filter.topic);
}
