// The publishes of this session, newest first, each with what became of it.
// Promises: what was published can be published again, or taken back into the form, as it was typed.

import type { PublishInput, PublishOutcome } from '../../ipc/backend';
import { type Result, isFinal, pending, resultOf } from './outcome';

const KEPT = 50;
/** A connection lost within this many microseconds of a publish was perhaps lost because of it. */
const SUSPICIOUS = 2_000_000;

export type Draft = {
  topic: string;
  format: 'json' | 'text' | 'hex' | 'base64';
  text: string;
  qos: number;
  retain: boolean;
};

export class Sent {
  result = $state.raw<Result>(pending('handing over…'));
  /** When the acknowledgement came. */
  acknowledgedAt = $state<number | null>(null);

  /** `draft`: as typed; null for files and for clearing. `at`: microseconds since 1970. */
  constructor(
    readonly id: number,
    readonly what: { topic: string; qos: number; retain: boolean; bytes: number },
    readonly at: number,
    readonly draft: Draft | null,
    readonly input: PublishInput | { clear: string },
  ) {}

  /** Takes an outcome; true when it is the first final one. */
  take(outcome: PublishOutcome): boolean {
    if (isFinal(this.result)) return false;
    if (outcome.kind === 'acknowledged') this.acknowledgedAt = outcome.at;
    this.result = resultOf(outcome, this.what.qos);
    return isFinal(this.result);
  }
}

export class Recent {
  list = $state.raw<Sent[]>([]);
  #next = 1;

  add(
    what: Sent['what'],
    draft: Draft | null,
    input: Sent['input'],
    at: number = Date.now() * 1000,
  ): Sent {
    const sent = new Sent(this.#next, what, at, draft, input);
    this.#next += 1;
    this.list = [sent, ...this.list].slice(0, KEPT);
    return sent;
  }

  /** The connection was lost: says so beside what was published just before. */
  lost(at: number = Date.now() * 1000): void {
    const [latest] = this.list;
    if (!latest || at - latest.at > SUSPICIOUS || latest.result.tone === 'failed') return;
    const after = ((at - latest.at) / 1e6).toFixed(1);
    const note = `The connection was lost ${after} s after it: perhaps the broker closed it because of this message`;
    if (latest.result.text.includes(note)) return;
    const text = `${latest.result.text.replace(/[….]$/, '')}. ${note}.`;
    latest.result = { ...latest.result, text };
  }
}
