// How the panes share the window: sizes in pixels, remembered, and kept within what fits.

import { recall, remember } from '../lib/remembered';

export type DrawerTab = 'publish' | 'packets' | 'difference';
type Sizes = {
  tree: number | null;
  history: number | null;
  drawer: number | null;
  open: boolean;
  tab: DrawerTab;
};

const FIRST: Sizes = { tree: null, history: null, drawer: null, open: true, tab: 'publish' };
const LEAST = { tree: 200, history: 250, message: 320, drawer: 190, upper: 220 };
const NARROW = 1100;
const LOW = 700;

export class Layout {
  /** What the user set; null: what suits the window. */
  #wished = $state.raw<Sizes>({ ...FIRST, ...recall<Partial<Sizes>>('layout', FIRST) });
  width = $state(1440);
  height = $state(830);
  readonly least = LEAST;

  get open(): boolean {
    return this.#wished.open;
  }

  get tab(): DrawerTab {
    return this.#wished.tab;
  }

  get tree(): number {
    const suits = this.width <= NARROW ? this.width * 0.28 : 392;
    return fit(this.#wished.tree ?? suits, LEAST.tree, this.most.tree);
  }

  /** In a narrow window the side panes give way before the message does. */
  get history(): number {
    const suits = this.width <= NARROW ? this.width * 0.3 : 396;
    return fit(this.#wished.history ?? suits, LEAST.history, this.most.history);
  }

  get drawer(): number {
    const suits = this.height <= LOW ? this.height * 0.36 : 266;
    return fit(this.#wished.drawer ?? suits, LEAST.drawer, this.most.drawer);
  }

  get most() {
    const tree = this.width - LEAST.history - LEAST.message;
    const wished = this.#wished.tree ?? (this.width <= NARROW ? this.width * 0.28 : 392);
    return {
      tree: Math.max(LEAST.tree, tree),
      history: Math.max(LEAST.history, this.width - Math.min(wished, tree) - LEAST.message),
      drawer: Math.max(LEAST.drawer, this.height - LEAST.upper),
    };
  }

  set(change: Partial<Sizes>): void {
    this.#wished = { ...this.#wished, ...change };
    remember('layout', this.#wished);
  }
}

function fit(wished: number, least: number, most: number): number {
  return Math.round(Math.max(least, Math.min(wished, most)));
}
