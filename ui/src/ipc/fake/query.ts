// Enough of the query language for tests and for a plain browser: words and quoted texts, one
// comparison of numbers, and a fault where a comparison has no value.

import type { QueryCompletion, QueryProblem } from '../bindings';

const FIELDS = ['topic:', 'retain:', 'qos:', 'size:', 'from:', 'to:'];

export function checkQuery(text: string): QueryProblem | null {
  const fault = /\$\S*\s*(?:[<>=]+)\s*(?![-\s\d"]|true|false|null)(\S*)/.exec(text);
  if (!fault) return null;
  const word = fault[1] ?? '';
  const end = fault.index + fault[0].length;
  const sentence =
    word === '' ? 'The value to compare with is missing.' : `“${word}” is no JSON value.`;
  const expected = 'a number, "text", true, false or null';
  return { start: end - word.length, end, sentence, expected };
}

export function completeQuery(text: string, cursor: number): QueryCompletion {
  const typed = /\S*$/.exec(text.slice(0, cursor))?.[0] ?? '';
  const names = [...FIELDS, '$.rpm'].filter((each) => each.startsWith(typed) && each !== typed);
  const items = names.map((name) => ({ insert: name, label: name, detail: '' }));
  return { start: cursor - typed.length, end: cursor, items };
}

export function matchesQuery(payload: string, text: string): boolean {
  const compared = /^\s*\$\.(\w+)\s*>\s*(-?[\d.]+)\s*$/.exec(text);
  if (compared) {
    const value = new RegExp(`"${compared[1] ?? ''}":\\s*(-?[\\d.]+)`).exec(payload);
    return value !== null && Number(value[1]) > Number(compared[2]);
  }
  const words = text.match(/"[^"]*"|\S+/g) ?? [];
  return words.every((word) => payload.includes(word.replace(/^"|"$/g, '')));
}
