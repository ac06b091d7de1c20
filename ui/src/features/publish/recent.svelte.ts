// The publishes of this session, newest first, each with what became of it.
// Promises: what was published can be published again, or taken back into the form, as it was typed.

import type { PublishInput, PublishOutcome } from '../../ipc/backend';
import { type Result, isFinal, pending, resultOf } from './outcome';
import type { PropertiesDraft } from './properties';

const KEPT = 50;
/** A connection lost within this many microseconds of a publish was perhaps lost because of it. */
const SUSPICIOUS = 2_000_000;

export type Draft = {
  topic: string;
  format: 'json' | 'text' | 'hex' | 'base64';
  text: string;
  qos: number;
  retain: boolean;
  properties: PropertiesDraft;
};

export class Sent {
  #outcome = $state.raw<Result>(pending('handing over…'));
  /** That the connection was lost just after it, as a sentence. */
  #suspicion = $state<string | null>(null);
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

  get result(): Result {
    const outcome = this.#outcome;
    if (this.#suspicion === null) return outcome;
    return { ...outcome, text: `${outcome.text.replace(/[….]$/, '')}. ${this.#suspicion}` };
  }

  set result(outcome: Result) {
    this.#outcome = outcome;
  }

  /** Takes an outcome; true when it is the first final one. */
  take(outcome: PublishOutcome): boolean {
    if (isFinal(this.result)) return false;
    if (outcome.kind === 'acknowledged') this.acknowledgedAt = outcome.at;
    this.result = resultOf(outcome, this.what.qos);
    return isFinal(this.result);
  }

  /** The connection was lost: says so where this may have been why. */
  lost(at: number): void {
    const settled = this.acknowledgedAt !== null || this.result.tone === 'failed';
    if (settled || at - this.at > SUSPICIOUS || this.#suspicion !== null) return;
    const after = ((at - this.at) / 1e6).toFixed(1);
    this.#suspicion = `The connection was lost ${after} s after it: perhaps the broker closed it because of this message.`;
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

  /** The connection was lost: what was published last may have been why. */
  lost(at: number = Date.now() * 1000): void {
    this.list[0]?.lost(at);
  }
}
