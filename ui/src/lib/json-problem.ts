// Where a JSON text goes wrong, as line, column and a sentence. Engines word this differently and
// WebKit gives no position, hence a scanner of our own. It checks RFC 8259 and builds nothing.

export type JsonProblem = { line: number; column: number; message: string };

class Fault extends Error {
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const DEEPEST = 500;

/** The first problem of a JSON text, or null when it is JSON. */
export function jsonProblem(text: string): JsonProblem | null {
  try {
    const end = space(text, value(text, space(text, 0), 0));
    if (end < text.length) throw new Fault(end, 'nothing may follow the value');
    return null;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return place(text, error);
  }
}

function place(text: string, fault: Fault): JsonProblem {
  const before = text.slice(0, fault.at).split('\n');
  const column = [...(before.at(-1) ?? '')].length + 1;
  return { line: before.length, column, message: fault.message };
}

function value(text: string, at: number, depth: number): number {
  if (depth > DEEPEST) throw new Fault(at, `nested deeper than ${DEEPEST} levels`);
  const first = text[at];
  if (first === undefined) throw new Fault(at, 'the text ends where a value is expected');
  if (first === '{') return members(text, at, depth);
  if (first === '[') return items(text, at, depth);
  if (first === '"') return string(text, at);
  for (const word of ['true', 'false', 'null'])
    if (text.startsWith(word, at)) return at + word.length;
  if (first === '-' || (first >= '0' && first <= '9')) return number(text, at);
  if (first === "'") throw new Fault(at, 'strings need double quotes');
  throw new Fault(at, `a value is expected, not ${show(first)}`);
}

function members(text: string, start: number, depth: number): number {
  let at = space(text, start + 1);
  if (text[at] === '}') return at + 1;
  for (;;) {
    if (text[at] === '}') throw new Fault(at, 'a comma must be followed by another member');
    if (text[at] !== '"') throw new Fault(at, 'a member name in double quotes is expected');
    at = space(text, string(text, at));
    if (text[at] !== ':') throw new Fault(at, 'a colon is expected after the member name');
    at = space(text, value(text, space(text, at + 1), depth + 1));
    if (text[at] === '}') return at + 1;
    if (text[at] !== ',') throw new Fault(at, 'a comma or } is expected');
    at = space(text, at + 1);
  }
}

function items(text: string, start: number, depth: number): number {
  let at = space(text, start + 1);
  if (text[at] === ']') return at + 1;
  for (;;) {
    if (text[at] === ']') throw new Fault(at, 'a comma must be followed by another item');
    at = space(text, value(text, at, depth + 1));
    if (text[at] === ']') return at + 1;
    if (text[at] !== ',') throw new Fault(at, 'a comma or ] is expected');
    at = space(text, at + 1);
  }
}

function string(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at] as string;
    if (character === '"') return at + 1;
    if (character < ' ')
      throw new Fault(at, 'a string cannot contain a line break or control character');
    if (character !== '\\') continue;
    const escape = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;
    escape.lastIndex = at + 1;
    const match = escape.exec(text);
    if (!match) throw new Fault(at, 'this escape does not exist in JSON');
    at += match[0].length;
  }
  throw new Fault(start, 'the string that begins here is not closed');
}

function number(text: string, at: number): number {
  NUMBER.lastIndex = at;
  const match = NUMBER.exec(text);
  if (!match) throw new Fault(at, 'this is not a number');
  const end = at + match[0].length;
  if (/[\d.eE]/.test(text[end] ?? '')) throw new Fault(at, 'this is not a number in JSON');
  return end;
}

function space(text: string, start: number): number {
  let at = start;
  while (' \t\n\r'.includes(text[at] ?? 'x')) at += 1;
  return at;
}

function show(character: string): string {
  return character < ' ' ? 'a control character' : `“${character}”`;
}
