// A recorded payload as it can stand in the form: what is then sent is the same bytes. Pure.

import type { Format } from './publish.svelte';
import { payloadProblem } from './payload-problem';

/** Above this many bytes hex is more than anyone reads. */
const HEX_AT_MOST = 4096;
/** Above this many bytes a payload is handed over like a file, and no text field has to hold it. */
const TYPED_AT_MOST = 256 * 1024;
/** What a text field would change (CR, NUL) or hide. */
const UNTYPABLE = /[^\P{Cc}\n\t]/u;

/** The format and the text; null: too large to be typed. */
export function typed(bytes: Uint8Array): { format: Exclude<Format, 'file'>; text: string } | null {
  if (bytes.length > TYPED_AT_MOST) return null;
  const text = textOf(bytes);
  if (text !== null)
    return { format: payloadProblem('json', text) === null ? 'json' : 'text', text };
  if (bytes.length <= HEX_AT_MOST) return { format: 'hex', text: hex(bytes) };
  return { format: 'base64', text: base64(bytes) };
}

function textOf(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return UNTYPABLE.test(text) ? null : text;
  } catch {
    return null;
  }
}

function hex(bytes: Uint8Array): string {
  const pairs = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'));
  return lines(pairs, 16, ' ');
}

function base64(bytes: Uint8Array): string {
  const characters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return lines(btoa(characters).match(/.{1,4}/g) ?? [], 19, '');
}

function lines(pieces: string[], perLine: number, between: string): string {
  const starts = Array.from(
    { length: Math.ceil(pieces.length / perLine) },
    (_, at) => at * perLine,
  );
  return starts.map((at) => pieces.slice(at, at + perLine).join(between)).join('\n');
}
