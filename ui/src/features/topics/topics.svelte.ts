// The tree as seen by one connection: the window of rows on screen, the selection, the filter.
// Promises: scroll and selection hold while rows come in above. It knows nothing of messages.

import type {
  Backend,
  Frame,
  Row,
  Selection,
  Step,
  TreeFilter,
  TreeWindow,
} from '../../ipc/backend';
import { appError, explain } from '../../ipc/errors';
import { filterProblem, readsAsFilter } from '../../lib/topic';

export const ROW = 24;

/** What scrolls: an element, or a plain object in a test. */
export type Scroller = { scrollTop: number; clientHeight: number };

export class Topics {
  window = $state.raw<TreeWindow>({ first: 0, total: 0, rows: [] });
  selection = $state.raw<Selection | null>(null);
  filter = $state.raw<TreeFilter>({ text: '', mode: 'text', retainedOnly: false });
  filterProblem = $state<string | null>(null);
  problem = $state<string | null>(null);
  /** Time of the last frame; ages of rows count from here. */
  now = $state(0);
  scroller: Scroller | null = null;
  /** Where the scroll is to begin, in pixels. */
  top = 0;
  /** How far below the tree's upper edge the pointer is, in pixels; null: not over the tree. */
  pointer: number | null = null;
  /** The least height of what scrolls, in pixels: a short tree can then be held in its place too. */
  reach = $state(0);

  #shift = 0;
  #reveal: number | null = null;
  #revision = 0;
  #ownUntil = 0;
  #wanted = { first: 0, count: 0 };

  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
  ) {}

  /** Takes a frame over; `settle` moves the scroll once the rows are in the page. */
  apply(frame: Pick<Frame, 'revision' | 'now' | 'tree' | 'selection'>): void {
    this.#measureShift(frame.tree);
    this.#revision = frame.revision;
    this.now = frame.now;
    this.window = frame.tree;
    const outdated =
      frame.revision <= this.#ownUntil && frame.selection?.node !== this.selection?.node;
    if (!outdated) this.selection = frame.selection;
  }

  /** After the rows are drawn: keeps the held row where it was, shows a sought one. */
  settle(): void {
    if (!this.scroller) return;
    if (this.#shift !== 0) this.scroller.scrollTop += this.#shift * ROW;
    this.#shift = 0;
    if (this.#reveal !== null && this.selection?.node === this.#reveal) {
      this.#reveal = null;
      this.#bringIntoView(this.selection.row);
    }
    this.scrolled();
  }

  /** The user (or `settle`) scrolled: what lies beyond the last row is given up again. */
  scrolled(): void {
    const end = this.#end();
    this.reach = end > this.window.total * ROW ? end : 0;
  }

  /** Another tree that is looked at in the same way; the backend knows what is open and selected. */
  lookAs(other: Topics): void {
    this.top = other.scroller?.scrollTop ?? other.top;
    this.#wanted = other.#wanted;
    const { text, retainedOnly } = other.filter;
    if (text !== '' || retainedOnly) void this.#setFilter(other.filter);
  }

  /** The rows that were asked for last. */
  get wanted(): { first: number; count: number } {
    return this.#wanted;
  }

  /** The rows the list wants drawn. */
  look(first: number, count: number): void {
    if (first === this.#wanted.first && count === this.#wanted.count) return;
    this.#wanted = { first, count };
    void this.#ask(() => this.backend.setWindow(this.connection, first, count));
  }

  async select(row: Row): Promise<void> {
    await this.#choose(() => this.backend.selectNode(this.connection, row.node));
  }

  async toggle(row: Row): Promise<void> {
    await this.#ask(() => this.backend.setExpanded(this.connection, row.node, !row.expanded));
  }

  async step(step: Step): Promise<void> {
    await this.#choose(() => this.backend.stepSelection(this.connection, step), true);
  }

  async reveal(topic: string): Promise<void> {
    await this.#choose(() => this.backend.revealTopic(this.connection, topic), true);
  }

  /** Rows that fit into view: the step of PgUp and PgDn. */
  get page(): number {
    return Math.max(1, Math.floor((this.scroller?.clientHeight ?? ROW) / ROW) - 1);
  }

  /** Text in the filter box. Whole levels of + or # make it an MQTT filter unless switched. */
  async setText(text: string): Promise<void> {
    await this.#setFilter({ ...this.filter, text, mode: readsAsFilter(text) ? 'mqtt' : 'text' });
  }

  async setMode(mode: TreeFilter['mode']): Promise<void> {
    await this.#setFilter({ ...this.filter, mode });
  }

  async setRetainedOnly(retainedOnly: boolean): Promise<void> {
    await this.#setFilter({ ...this.filter, retainedOnly });
  }

  async #setFilter(filter: TreeFilter): Promise<void> {
    this.filter = filter;
    const wrong = filter.mode === 'mqtt' && filter.text !== '' ? filterProblem(filter.text) : null;
    this.filterProblem = wrong;
    if (wrong) return;
    if (this.scroller) this.scroller.scrollTop = 0;
    try {
      await this.backend.setFilter(this.connection, filter);
    } catch (thrown) {
      this.filterProblem = explain(appError(thrown)).sentence;
    }
  }

  #measureShift(next: TreeWindow): void {
    const held = this.#held();
    if (!held) return;
    const at = next.rows.findIndex((row) => row.node === held.node);
    if (at < 0) return;
    this.#shift += next.first + at - held.index;
    const end = this.#end();
    if (end > next.total * ROW) this.reach = end;
  }

  /** The row that may not move: under the pointer, else the selected one, else the first in view.
      At the very top nothing is held until the user shows an interest in a row. */
  #held(): { node: number; index: number } | null {
    if (!this.scroller) return null;
    const top = this.scroller.scrollTop + this.#shift * ROW;
    const under = this.pointer === null ? null : this.#rowAt(top + this.pointer);
    if (under) return under;
    if (this.selection === null) return top > 0 ? this.#rowAt(top) : null;
    const at = this.window.rows.findIndex((row) => row.node === this.selection?.node);
    const y = (this.window.first + at) * ROW;
    const seen = at >= 0 && y > top - ROW && y < top + this.scroller.clientHeight;
    return this.#rowAt(seen ? y : top);
  }

  #rowAt(y: number): { node: number; index: number } | null {
    const index = Math.floor(y / ROW);
    const row = this.window.rows[index - this.window.first];
    return row ? { node: row.node, index } : null;
  }

  /** Where the view ends once it is settled. */
  #end(): number {
    if (!this.scroller) return 0;
    return this.scroller.scrollTop + this.#shift * ROW + this.scroller.clientHeight;
  }

  async #choose(ask: () => Promise<Selection | null>, show = false): Promise<void> {
    await this.#ask(async () => {
      const chosen = await ask();
      // One frame may be on its way that was made before this choice.
      this.#ownUntil = this.#revision + 1;
      this.selection = chosen;
      if (!show || !chosen) return;
      this.#reveal = chosen.node;
      if (chosen.row !== null && chosen.row < this.window.total) this.#bringIntoView(chosen.row);
    });
  }

  #bringIntoView(row: number | null): void {
    const view = this.scroller;
    if (!view || row === null) return;
    const top = row * ROW;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top + ROW > view.scrollTop + view.clientHeight)
      view.scrollTop = top + ROW - view.clientHeight;
  }

  async #ask(call: () => Promise<unknown>): Promise<void> {
    try {
      await call();
      this.problem = null;
    } catch (thrown) {
      this.problem = explain(appError(thrown)).sentence;
    }
  }
}
