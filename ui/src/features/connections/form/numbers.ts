// The numbers of a connection: their least and most by the specification, and what to say when a
// text is no such number.

type Bounds = { least: number; most: number; normal: number; words: string };

const U16 = 65_535;
const U32 = 4_294_967_295;
/** The largest packet of MQTT: the remaining length of four bytes and the header before it (§2.1.4). */
const LARGEST_PACKET = 268_435_460;

export const BOUNDS = {
  port: { least: 1, most: U16, normal: 1883, words: 'A port is a whole number from 1 to 65535.' },
  'proxy.port': {
    least: 1,
    most: U16,
    normal: 1080,
    words: 'A port is a whole number from 1 to 65535.',
  },
  connectTimeout: { least: 1, most: 600, normal: 10, words: 'Whole seconds from 1 to 600.' },
  keepAlive: {
    least: 0,
    most: U16,
    normal: 60,
    words: 'Whole seconds from 0 to 65535; 0 switches it off.',
  },
  sessionExpiry: { least: 0, most: U32, normal: 0, words: `Whole seconds from 0 to ${U32}.` },
  'will.delay': { least: 0, most: U32, normal: 0, words: `Whole seconds from 0 to ${U32}.` },
  'will.expiry': { least: 0, most: U32, normal: 0, words: `Whole seconds from 0 to ${U32}.` },
  'properties.receiveMaximum': {
    least: 1,
    most: U16,
    normal: U16,
    words: 'A whole number from 1 to 65535, or nothing.',
  },
  'properties.topicAliasMaximum': {
    least: 0,
    most: U16,
    normal: 0,
    words: 'A whole number from 0 to 65535, or nothing.',
  },
  packetLimit: {
    least: 1,
    most: LARGEST_PACKET,
    normal: 33_554_432,
    words: `Whole bytes from 1 to ${LARGEST_PACKET}.`,
  },
  payloadWarning: {
    least: 1,
    most: LARGEST_PACKET,
    normal: 65_536,
    words: `Whole bytes from 1 to ${LARGEST_PACKET}, or nothing.`,
  },
  identifier: {
    least: 1,
    most: 268_435_455,
    normal: 1,
    words: 'A whole number from 1 to 268435455, or nothing.',
  },
} satisfies Record<string, Bounds>;

export type NumberField = keyof typeof BOUNDS;

export function isWhole(field: NumberField, value: number | null | undefined): boolean {
  const { least, most } = BOUNDS[field];
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

/** The number, or the nearest that its field allows; where there is none, the usual one. */
export function whole(field: NumberField, value: number | null | undefined): number {
  const { least, most, normal } = BOUNDS[field];
  if (typeof value !== 'number' || Number.isNaN(value)) return normal;
  return Math.min(most, Math.max(least, Math.trunc(value)));
}
