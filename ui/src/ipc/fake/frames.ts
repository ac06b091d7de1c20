// MQTT packets for the scripted backend: bytes, and the fields with where each of them stands.

import type { PacketField } from '../bindings';

export type Frame = { bytes: number[]; fields: PacketField[] };
export type Part = { name: string; value: string; bytes: number[]; depth?: number; clause: string };

const TYPES =
  'CONNECT CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK PINGREQ PINGRESP DISCONNECT AUTH'.split(
    ' ',
  );

/** A whole packet: the fixed header, then the parts in their order. */
export function frame(type: string, flags: number, parts: Part[]): Frame {
  const rest = parts.flatMap((part) => (part.depth ? [] : part.bytes));
  const length = variable(rest.length);
  const first = ((TYPES.indexOf(type) + 1) << 4) | flags;
  const head: Part[] = [
    { name: 'Packet type', value: type, bytes: [first], clause: 'MQTT 5 §2.1.2' },
    {
      name: 'Remaining length',
      value: String(rest.length),
      bytes: length,
      clause: 'MQTT 5 §2.1.4',
    },
  ];
  let at = 0;
  const fields = [...head, ...parts].map(({ name, value, bytes, depth = 0, clause }) => {
    const start = depth > 0 ? at - bytes.length : at;
    at = start + bytes.length;
    return { name, value, clause, depth, start, end: at };
  });
  return { bytes: [first, ...length, ...rest], fields };
}

const two = (value: number): number[] => [value >> 8, value & 255];
export const text = (value: string): number[] => {
  const bytes = [...new TextEncoder().encode(value)];
  return [...two(bytes.length), ...bytes];
};
export const packetId = (id: number): Part => ({
  name: 'Packet identifier',
  value: String(id),
  bytes: two(id),
  clause: 'MQTT 5 §2.2.1',
});
export const properties: Part = {
  name: 'Property length',
  value: '0',
  bytes: [0],
  clause: 'MQTT 5 §2.2.2.1',
};
export const reason = (value: number, words: string): Part => ({
  name: 'Reason code',
  value: `0x${value.toString(16).padStart(2, '0')} ${words}`,
  bytes: [value],
  clause: 'MQTT 5 §2.4',
});

export function connectParts(clientId: string): Part[] {
  return [
    { name: 'Protocol name', value: 'MQTT', bytes: text('MQTT'), clause: 'MQTT 5 §3.1.2.1' },
    { name: 'Protocol version', value: '5', bytes: [5], clause: 'MQTT 5 §3.1.2.2' },
    { name: 'Connect flags', value: '0b00000010', bytes: [2], clause: 'MQTT 5 §3.1.2.3' },
    { name: 'Clean start', value: 'yes', bytes: [2], depth: 1, clause: 'MQTT 5 §3.1.2.4' },
    { name: 'Keep alive', value: '60 s', bytes: two(60), clause: 'MQTT 5 §3.1.2.10' },
    properties,
    {
      name: 'Client identifier',
      value: clientId,
      bytes: text(clientId),
      clause: 'MQTT 5 §3.1.3.1',
    },
  ];
}

export function filterParts(filter: string): Part[] {
  return [
    { name: 'Topic filter', value: filter, bytes: text(filter), clause: 'MQTT 5 §3.8.3' },
    { name: 'Subscription options', value: 'QoS 1', bytes: [9], clause: 'MQTT 5 §3.8.3.1' },
  ];
}

function variable(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest % 128) | (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return bytes;
}
