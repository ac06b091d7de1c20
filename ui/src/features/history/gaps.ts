// Times without recording among the rows of the history, newest first. Pure.

import type { Damaged, Gap, HistoryItem } from '../../ipc/backend';
import { clockTime, counted, moment } from '../../lib/format';

export type Row =
  { kind: 'message'; item: HistoryItem; older: HistoryItem | null } | { kind: 'gap'; gap: Gap };

/** Messages and gaps as one list, without making a new one of a hundred thousand rows. */
export class Rows {
  readonly #placed: { gap: Gap; row: number }[];

  constructor(
    readonly items: readonly HistoryItem[],
    gaps: readonly Gap[],
  ) {
    this.#placed = [...gaps]
      .sort((one, other) => other.from - one.from)
      .map((gap, before) => ({ gap, row: place(items, gap) + before }));
  }

  get length(): number {
    return this.items.length + this.#placed.length;
  }

  slice(first: number, end: number): Row[] {
    const rows: Row[] = [];
    for (let row = first; row < Math.min(end, this.length); row += 1) {
      const gap = this.#placed.find((placed) => placed.row === row)?.gap;
      if (gap) {
        rows.push({ kind: 'gap', gap });
        continue;
      }
      const at = row - this.#placed.filter((placed) => placed.row < row).length;
      const item = this.items[at];
      if (item) rows.push({ kind: 'message', item, older: this.items[at + 1] ?? null });
    }
    return rows;
  }

  /** The row of a message; −1 where it is not among them. */
  rowOf(message: number): number {
    const at = this.items.findIndex((item) => item.id === message);
    let row = at;
    for (const placed of this.#placed) if (at >= 0 && placed.row <= row) row += 1;
    return row;
  }
}

/** The index of the newest message that is older than the gap. */
function place(items: readonly HistoryItem[], gap: Gap): number {
  const named = items.findIndex((item) => item.id === gap.afterMessage);
  if (named >= 0) return named;
  const older = items.findIndex((item) => item.receivedAt <= gap.from);
  return older < 0 ? items.length : older;
}

/** Takes newer knowledge of gaps over: a gap that was open may have ended. */
export function joinGaps(known: readonly Gap[], more: readonly Gap[]): Gap[] {
  const kept = known.filter((old) => !more.some((gap) => gap.from === old.from));
  return [...kept, ...more];
}

/** "gap 12:03:20 → 12:03:52". */
export function gapTimes({ from, to }: Gap, utc: boolean): string {
  const second = (at: number) => clockTime(at, utc).slice(0, 8);
  return `gap ${second(from)} → ${to === null ? 'now' : second(to)}`;
}

/** Whether something is missing for good, as the line may be cut, and then why. */
export function gapWords({ cause, sessionKept }: Gap): string {
  const what = sessionKept
    ? 'The broker kept the session, and sent later what it held back'
    : 'Messages in between are not here';
  return `${what}. ${cause.trim().replace(/[.]$/, '')}.`;
}

/** What is known to be damaged, with what a page adds to it. */
export function joinDamaged(known: Damaged[], more: Damaged[]): Damaged[] {
  const fresh = more.filter((one) => !known.some((other) => other.first === one.first));
  return fresh.length === 0 ? known : [...known, ...fresh];
}

/** "12 messages, received between … and …, are damaged on the disk …". */
export function damagedWords(damaged: readonly Damaged[], utc: boolean): string {
  const count = damaged.reduce((sum, each) => sum + each.messages, 0);
  const from = Math.min(...damaged.map((each) => each.from));
  const to = Math.max(...damaged.map((each) => each.to));
  const [is, they] = count === 1 ? ['is', 'it'] : ['are', 'they'];
  return (
    `${counted(count, 'message')}, received between ${moment(from, utc)} and ${moment(to, utc)}, ` +
    `${is} damaged on the disk and cannot be read. Whatever topic ${they} may belong to, all other ` +
    `messages are shown.`
  );
}
