// What the search line proposes while somebody types. The text itself belongs to the history.
// Promises: proposals that come late, for a text or a spot that has changed, are not shown.

import type { Backend, QueryCompletion, QueryProposal } from '../../ipc/backend';
import type { History } from './history.svelte';

const PAUSE = 120;

/** A text and where the caret stands in it. */
export type Typed = { text: string; caret: number };

export class SearchLine {
  items = $state.raw<QueryProposal[]>([]);
  /** The proposal that Enter takes; -1: none. */
  active = $state(-1);
  #found: QueryCompletion | null = null;
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
    private readonly history: History,
  ) {}

  get open(): boolean {
    return this.items.length > 0;
  }

  /** Something was typed: proposes when typing pauses. */
  typed(text: string, caret: number): void {
    this.close();
    this.#timer = setTimeout(() => void this.#propose(text, caret, false), PAUSE);
  }

  /** Proposes at once, also where nothing has been typed yet. */
  async propose(text: string, caret: number): Promise<void> {
    this.close();
    await this.#propose(text, caret, true);
  }

  /** To the next proposal (1) or the one before (-1), around the ends. */
  move(by: 1 | -1): void {
    const count = this.items.length;
    const from = this.active === -1 && by === -1 ? 0 : this.active;
    if (count > 0) this.active = (from + by + count) % count;
  }

  /** The text with a proposal in it; null: there is none to take. */
  accept(text: string, at = this.active): Typed | null {
    const proposal = this.items[at];
    if (!proposal || !this.#found) return null;
    const { start, end } = this.#found;
    this.close();
    const caret = start + proposal.insert.length;
    return { text: text.slice(0, start) + proposal.insert + text.slice(end), caret };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.items = [];
    this.active = -1;
    this.#found = null;
  }

  async #propose(text: string, caret: number, wished: boolean): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    try {
      const { scope } = this.history.query;
      const found = await this.backend.completeQuery(this.connection, scope, text, caret);
      if (asked !== this.#asked) return;
      // Unasked only where a word has begun, or a field waits for its value.
      const begun = found.start < caret || text[caret - 1] === ':';
      if (!begun && !wished) return;
      this.#found = found;
      this.items = found.items;
    } catch {
      // Who types goes on without proposals; the search itself says what is wrong.
    }
  }
}
