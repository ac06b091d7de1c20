// What is wrong with a payload as typed, in words with line and column. Pure.

import { jsonProblem } from '../../lib/json-problem';

type Typed = 'json' | 'text' | 'hex' | 'base64';

/** A sentence, or null when the text can be published in this format. */
export function payloadProblem(format: Typed, text: string): string | null {
  switch (format) {
    case 'json':
      return json(text);
    case 'hex':
      return hex(text);
    case 'base64':
      return base64(text);
    case 'text':
      return null;
  }
}

function json(text: string): string | null {
  if (text.trim() === '') return 'Type JSON, or choose Text to publish an empty payload.';
  const problem = jsonProblem(text);
  return problem && `Line ${problem.line}, column ${problem.column}: ${problem.message}.`;
}

function hex(text: string): string | null {
  const wrong = /[^0-9a-fA-F\s]/u.exec(text);
  if (wrong) return `${place(text, wrong.index)}: “${wrong[0]}” is not a hexadecimal digit.`;
  const count = text.replace(/\s/g, '').length;
  return count % 2 === 1 ? `The last byte has only one digit (${count} digits in all).` : null;
}

function base64(text: string): string | null {
  const wrong = /[^A-Za-z0-9+/=\s]/u.exec(text);
  if (wrong) return `${place(text, wrong.index)}: “${wrong[0]}” does not occur in Base64.`;
  const bare = text.replace(/\s/g, '');
  if (/=[^=]/.test(bare)) return 'In Base64 “=” stands only at the end.';
  return bare.length % 4 === 0
    ? null
    : 'Base64 comes in groups of four characters; some are missing.';
}

function place(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n');
  return `Line ${lines.length}, column ${[...(lines.at(-1) ?? '')].length + 1}`;
}
