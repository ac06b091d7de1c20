// Packets in words: the filter, the count, arrows, times between. Pure.

import type { PacketFilter, PacketRow, PacketWindow } from '../../ipc/backend';
import { counted, digits, span } from '../../lib/format';
import { visible } from '../../lib/topic';

export const TYPES = [
  'CONNECT',
  'CONNACK',
  'PUBLISH',
  'PUBACK',
  'PUBREC',
  'PUBREL',
  'PUBCOMP',
  'SUBSCRIBE',
  'SUBACK',
  'UNSUBSCRIBE',
  'UNSUBACK',
  'PINGREQ',
  'PINGRESP',
  'DISCONNECT',
  'AUTH',
] as const;

/** "all", or what it is narrowed to; PINGs and the topic have controls of their own. */
export function filterWords({ types, direction, packetId }: PacketFilter): string {
  const parts: string[] = [];
  const [only] = types;
  if (types.length === 1 && only) parts.push(only);
  else if (types.length > 1) parts.push(`${types.length} types`);
  if (direction) parts.push(direction);
  if (packetId !== null) parts.push(`#${packetId}`);
  return parts.length === 0 ? 'all' : parts.join(', ');
}

/** In a sentence, which packets an export has. */
export function scopeWords(filter: PacketFilter, { total }: PacketWindow): string {
  const parts = [`The ${counted(total, 'packet')} of this connection that pass the filter`];
  const named = filterWords(filter);
  if (named !== 'all') parts.push(named);
  if (filter.topic !== '') parts.push(`topic ${visible(filter.topic)}`);
  if (filter.hidePings) parts.push('without PINGs');
  return `${parts.join(', ')}.`;
}

/** "9 of 31 204": matches of those kept. */
export function countWords({ total, kept }: PacketWindow): string {
  return `${digits(total)} of ${digits(kept)}`;
}

/** What the ring has done, for the title of the count. */
export function ringWords({ recorded, kept, discarded }: PacketWindow): string {
  const all = `${counted(recorded, 'packet')} recorded since this connection was opened`;
  return discarded === 0
    ? `${all}, all of them kept.`
    : `${all}; the newest ${digits(kept)} are kept, ${digits(discarded)} were forgotten.`;
}

export const ARROWS = { sent: '→', received: '←' } as const;

/** "+2.0 ms" from microseconds: always with its tenth, as times beside each other are compared. */
export function sinceWords(microseconds: number): string {
  const ms = microseconds / 1000;
  return `+${Math.abs(ms) < 9999.5 ? `${ms.toFixed(1)} ms` : span(ms)}`;
}

/** What a reader is told of one row. */
export function rowWords(row: PacketRow): string {
  const id = row.packetId === null ? '' : ` #${row.packetId}`;
  const way = row.direction === null ? 'transport' : row.direction;
  return `${way} ${row.packetType}${id} ${row.summary}`;
}
