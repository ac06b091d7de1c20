// Payloads as lines of tokens for the scripted backend: pretty JSON with changes, text, hex.

import type { Line, LineChange, LinePage, PayloadView, Token } from '../bindings';

type Drawn = { path: string; indent: number; tokens: Token[]; scalar: string | null };

export function decodeText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeText(bytes) ?? '');
  } catch {
    return undefined;
  }
}

export function linePage(
  bytes: Uint8Array,
  before: Uint8Array | null,
  view: PayloadView,
  first: number,
  count: number,
): LinePage {
  const json = parseJson(bytes);
  const isJson = json !== undefined && (view === 'auto' || view === 'json');
  const text = decodeText(bytes);
  const shown =
    bytes.length === 0
      ? 'empty'
      : isJson
        ? 'json'
        : view === 'hex' || text === null
          ? 'hex'
          : 'text';
  const lines =
    shown === 'json'
      ? jsonLines(json, before)
      : shown === 'hex'
        ? hexLines(bytes)
        : textLines(text ?? '');
  const problems =
    view === 'json' && !isJson ? ['This payload is not JSON; it is shown as text.'] : [];
  return {
    first,
    total: lines.length,
    lines: lines.slice(first, first + count),
    changes: lines.filter((line) => line.change !== 'same').length,
    problems,
    view: shown,
  };
}

export function diffPage(
  bytes: Uint8Array,
  before: Uint8Array,
  first: number,
  count: number,
): LinePage {
  const now = plain(bytes);
  const old = plain(before);
  const lines: Line[] = [];
  const length = Math.max(now.length, old.length);
  for (let at = 0; at < length; at += 1) {
    if (now[at] === old[at]) lines.push(textLine(now[at] ?? '', at + 1, 'same'));
    else {
      if (old[at] !== undefined) lines.push(textLine(old[at] as string, null, 'removed'));
      if (now[at] !== undefined) lines.push(textLine(now[at] as string, at + 1, 'added'));
    }
  }
  return {
    first,
    total: lines.length,
    lines: lines.slice(first, first + count),
    changes: lines.filter((line) => line.change !== 'same').length,
    problems: [],
    view: 'text',
  };
}

function plain(bytes: Uint8Array): string[] {
  const json = parseJson(bytes);
  return (
    json === undefined ? (decodeText(bytes) ?? '(binary)') : JSON.stringify(json, null, 2)
  ).split('\n');
}

function jsonLines(json: unknown, before: Uint8Array | null): Line[] {
  const old = before ? parseJson(before) : undefined;
  const known = new Map(
    old === undefined ? [] : draw(old, '', null, 0, '').map((line) => [line.path, line.scalar]),
  );
  return draw(json, '', null, 0, '').map((line, at) => {
    const was = known.get(line.path);
    const changed = known.size > 0 && line.scalar !== null && was !== line.scalar;
    return {
      number: at + 1,
      indent: line.indent,
      tokens: line.tokens,
      change: !changed ? 'same' : was === undefined ? 'added' : 'changed',
      note: changed && was !== undefined && was !== null ? `${was} → ${line.scalar}` : null,
    };
  });
}

function draw(
  value: unknown,
  path: string,
  key: string | null,
  indent: number,
  end: string,
): Drawn[] {
  const lead: Token[] =
    key === null
      ? []
      : [
          { kind: 'key', text: JSON.stringify(key) },
          { kind: 'punctuation', text: ': ' },
        ];
  const comma: Token[] = end === '' ? [] : [{ kind: 'punctuation', text: end }];
  if (typeof value !== 'object' || value === null) {
    const text = JSON.stringify(value);
    const kind =
      value === null
        ? 'null'
        : typeof value === 'number'
          ? 'number'
          : typeof value === 'boolean'
            ? 'bool'
            : 'string';
    return [{ path, indent, scalar: text, tokens: [...lead, { kind, text }, ...comma] }];
  }
  const isArray = Array.isArray(value);
  const entries = Object.entries(value);
  const inner = entries.flatMap(([name, child], at) =>
    draw(
      child,
      `${path}/${name}`,
      isArray ? null : name,
      indent + 1,
      at < entries.length - 1 ? ',' : '',
    ),
  );
  const open: Token = { kind: 'punctuation', text: isArray ? '[' : '{' };
  const close: Token = { kind: 'punctuation', text: isArray ? ']' : '}' };
  return [
    { path: `${path}(`, indent, scalar: null, tokens: [...lead, open] },
    ...inner,
    { path: `${path})`, indent, scalar: null, tokens: [close, ...comma] },
  ];
}

function textLines(text: string): Line[] {
  return text.split('\n').map((line, at) => textLine(line, at + 1, 'same'));
}

function textLine(text: string, number: number | null, change: LineChange): Line {
  return { number, indent: 0, tokens: [{ kind: 'text', text }], change, note: null };
}

function hexLines(bytes: Uint8Array): Line[] {
  const lines: Line[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = [...bytes.slice(at, at + 16)];
    const hex = part
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join(' ')
      .padEnd(47);
    const ascii = part
      .map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·'))
      .join('');
    lines.push({
      number: null,
      indent: 0,
      change: 'same',
      note: null,
      tokens: [
        { kind: 'offset', text: at.toString(16).padStart(8, '0') },
        { kind: 'hex', text: `  ${hex}  ` },
        { kind: 'ascii', text: ascii },
      ],
    });
  }
  return lines;
}
