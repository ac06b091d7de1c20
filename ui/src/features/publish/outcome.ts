// What became of a publish, in one line. Pure.

import type { PublishOutcome } from '../../ipc/backend';
import { explain } from '../../ipc/errors';

/** The line below the form, and of each publish in the list. `unsure`: it may have arrived. */
export type Result = {
  tone: 'pending' | 'done' | 'failed' | 'unsure';
  text: string;
  retryable: boolean;
};

export const pending = (text: string): Result => ({ tone: 'pending', text, retryable: false });
export const failed = (text: string): Result => ({ tone: 'failed', text, retryable: true });
const done = (text: string): Result => ({ tone: 'done', text, retryable: false });

export function resultOf(outcome: PublishOutcome, qos: number): Result {
  switch (outcome.kind) {
    case 'queued':
      return pending('queued…');
    case 'sent':
      return qos === 0
        ? done('sent; QoS 0 has no acknowledgement')
        : pending('sent, waiting for the broker…');
    case 'acknowledged': {
      const time = (outcome.microseconds / 1000).toFixed(1);
      return done(`${outcome.packet} ${outcome.reason} in ${time} ms`);
    }
    case 'failed':
      return failed(explain(outcome.problem).sentence);
    case 'unknown': {
      const text = `It may have arrived or not. ${explain(outcome.cause).sentence}`;
      return { tone: 'unsure', text, retryable: true };
    }
  }
}

/** Whether nothing more is to come. */
export function isFinal(result: Result): boolean {
  return result.tone !== 'pending';
}
