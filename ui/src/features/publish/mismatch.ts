// Whether the bytes about to be published are what their properties say (MQTT 5 §3.3.2.3.2, §3.3.2.3.9). Pure.

import type { LintFinding } from '../../ipc/backend';
import { jsonProblem } from '../../lib/json-problem';
import { payloadProblem } from './payload-problem';
import type { PropertiesDraft } from './properties';

/** What bytes are; null: nobody looked. */
export type Content = { empty: boolean; isText: boolean; isJson: boolean | null };

/** Above this many bytes nobody waits for JSON to be checked. */
const CHECKED_AT_MOST = 256 * 1024;
const JSON_TYPE = /^\s*(?:(?:application|text)\/json|[^;\s]+\+json)\s*(?:;|$)/i;
const TEXT_TYPE = /^\s*text\//i;

export function contentOfBytes(bytes: Uint8Array): Content {
  const empty = bytes.length === 0;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const isJson = text.length > CHECKED_AT_MOST ? null : jsonProblem(text) === null;
    return { empty, isText: true, isJson };
  } catch {
    return { empty, isText: false, isJson: false };
  }
}

/** What a payload as typed is; null: it cannot be sent anyway. */
export function contentOf(
  format: 'json' | 'text' | 'hex' | 'base64',
  text: string,
): Content | null {
  if (payloadProblem(format, text) !== null) return null;
  try {
    return contentOfBytes(bytesOf(format, text.replace(/\s/g, ''), text));
  } catch {
    return null;
  }
}

export function mismatches(properties: PropertiesDraft, content: Content): LintFinding[] {
  const { payloadIsText, contentType } = properties;
  if (content.empty) return [];
  const isJsonType = JSON_TYPE.test(contentType);
  const notOfType =
    (isJsonType && content.isJson === false) || (TEXT_TYPE.test(contentType) && !content.isText);
  const found: LintFinding[] = [];
  if (payloadIsText && !content.isText)
    found.push(warn('not-utf8', 'The payload is not UTF-8, and its format indicator says it is.'));
  if (notOfType)
    found.push(warn('not-of-type', `The payload is not of its content type, ${contentType}.`));
  return found;
}

const warn = (rule: string, message: string): LintFinding => ({ rule, level: 'warning', message });

function bytesOf(format: string, bare: string, text: string): Uint8Array {
  if (format === 'hex')
    return Uint8Array.from(bare.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  if (format === 'base64') return Uint8Array.from(atob(bare), (each) => each.charCodeAt(0));
  return new TextEncoder().encode(text);
}
