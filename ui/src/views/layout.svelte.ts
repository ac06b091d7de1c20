// How the panes share the window: sizes in pixels, remembered, and kept within what fits.

import { recall, remember } from '../lib/remembered';

type Sizes = { tree: number; history: number; drawer: number; open: boolean };

const FIRST: Sizes = { tree: 392, history: 396, drawer: 266, open: true };
const LEAST = { tree: 200, history: 250, message: 320, drawer: 190, upper: 220 };

export class Layout {
  #wished = $state.raw<Sizes>({ ...FIRST, ...recall<Partial<Sizes>>('layout', FIRST) });
  width = $state(1440);
  height = $state(900);

  get open(): boolean {
    return this.#wished.open;
  }

  /** In a narrow window the side panes give way before the message does. */
  get tree(): number {
    return this.#fit(
      this.#wished.tree,
      LEAST.tree,
      this.width * (this.width <= 1100 ? 0.28 : 0.45),
    );
  }

  get history(): number {
    const share = this.width <= 1100 ? 0.3 : 0.45;
    return this.#fit(
      this.#wished.history,
      LEAST.history,
      Math.min(this.width * share, this.most.history),
    );
  }

  get drawer(): number {
    return this.#fit(this.#wished.drawer, LEAST.drawer, this.most.drawer);
  }

  readonly least = LEAST;

  get most() {
    return {
      tree: Math.max(LEAST.tree, this.width - LEAST.history - LEAST.message),
      history: Math.max(LEAST.history, this.width - this.tree - LEAST.message),
      drawer: Math.max(LEAST.drawer, this.height - LEAST.upper),
    };
  }

  set(change: Partial<Sizes>): void {
    this.#wished = { ...this.#wished, ...change };
    remember('layout', this.#wished);
  }

  #fit(wished: number, least: number, most: number): number {
    return Math.round(Math.max(least, Math.min(wished, Math.max(least, most))));
  }
}
