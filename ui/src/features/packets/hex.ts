// A packet's bytes as rows of a hex view. Pure.

import type { PacketProblem } from '../../ipc/backend';

export type Byte = { at: number; hex: string; ascii: string };
export type HexRow = { offset: string; bytes: Byte[] };

/** The rows from index `first`, `perRow` bytes each, of bytes given as hex digits. */
export function hexRows(digits: string, perRow: number, first: number, count: number): HexRow[] {
  const rows: HexRow[] = [];
  const length = digits.length / 2;
  for (let row = first; row < first + count && row * perRow < length; row += 1) {
    const start = row * perRow;
    const end = Math.min(length, start + perRow);
    const bytes = Array.from({ length: end - start }, (_, index) => byteAt(digits, start + index));
    rows.push({ offset: start.toString(16).padStart(4, '0'), bytes });
  }
  return rows;
}

export function rowCount(digits: string, perRow: number): number {
  return Math.ceil(digits.length / 2 / perRow);
}

/** The first problem whose range covers the byte. */
export function problemAt(problems: PacketProblem[], at: number): PacketProblem | null {
  return problems.find(({ start, end }) => at >= start && at < end) ?? null;
}

function byteAt(digits: string, at: number): Byte {
  const hex = digits.slice(at * 2, at * 2 + 2);
  const code = Number.parseInt(hex, 16);
  return { at, hex, ascii: code >= 32 && code < 127 ? String.fromCharCode(code) : '·' };
}
