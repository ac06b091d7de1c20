// Which key means which step in the tree. Letters that are commands elsewhere stay commands; any
// other letter begins type-ahead, and while one is under way every letter continues it.

import type { Step } from '../../ipc/backend';

const STEPS: Record<string, Step> = {
  ArrowUp: { kind: 'up' },
  k: { kind: 'up' },
  ArrowDown: { kind: 'down' },
  j: { kind: 'down' },
  ArrowLeft: { kind: 'collapseOrParent' },
  h: { kind: 'collapseOrParent' },
  ArrowRight: { kind: 'expandOrChild' },
  l: { kind: 'expandOrChild' },
  Home: { kind: 'first' },
  End: { kind: 'last' },
  Enter: { kind: 'toggle' },
  ' ': { kind: 'toggle' },
  '*': { kind: 'expandSiblings' },
};

/** Single keys that act on the message, whichever pane has the focus. */
const RESERVED = new Set([...'/[],.dDfFpPtTxyY']);
const PAUSE = 900;

export class TreeKeys {
  #typed = '';
  #at = 0;

  /** The step for a key, or null when the tree leaves it to others. `now` in milliseconds. */
  step(key: string, page: number, now: number): Step | null {
    const typing = this.#typed !== '' && now - this.#at < PAUSE;
    if (key === 'PageUp') return { kind: 'pageUp', rows: page };
    if (key === 'PageDown') return { kind: 'pageDown', rows: page };
    const known = STEPS[key];
    if (known && !(typing && key.length === 1 && key !== ' ' && key !== '*')) {
      this.#typed = '';
      return known;
    }
    if ([...key].length !== 1 || (!typing && RESERVED.has(key))) return null;
    this.#typed = (typing ? this.#typed : '') + key;
    this.#at = now;
    return { kind: 'typeAhead', text: this.#typed };
  }
}
