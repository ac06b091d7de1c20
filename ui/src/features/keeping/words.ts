// What is kept, what would go, and what has gone, in words. Pure.

import type { Keep, KeepPolicy, RemovalEffect, RemovalEvent, Scope } from '../../ipc/backend';
import { counted, digits, moment, size } from '../../lib/format';
import { visible } from '../../lib/topic';
import { SIZES, TIMES, type Unit, amountOf } from './draft';

/** "All messages of a/b and everything below it". */
export function subjectWords(scope: Scope | null, name: string): string {
  if (scope === null) return `All messages of the connection ${name}`;
  const below = scope.subtree ? ' and everything below it' : '';
  return `The messages of ${visible(scope.topic)}${below}`;
}

/** "This removes 12 messages of 340 in the history: on 3 topics, about 4 KiB, …" */
export function effectWords(effect: RemovalEffect, utc: boolean): string {
  const { messages, total, topics, bytes, oldest, newest } = effect;
  if (messages === 0) return 'Nothing that is recorded goes by this.';
  const times =
    oldest !== null && newest !== null
      ? `, received from ${second(oldest, utc)} to ${second(newest, utc)}`
      : '';
  return `${counted(messages, 'message')} of ${digits(total)} in the history will be removed: on ${counted(topics, 'topic')}, about ${size(bytes)}${times}.`;
}

/** Of what goes as a whole only the outer times are known, so they are not finer than that. */
const second = (micros: number, utc: boolean) => moment(micros, utc).replace(/\.\d+/, '');

/** What has become of a removal, or how far it is. */
export function removalWords(event: RemovalEvent | null): string {
  switch (event?.kind) {
    case undefined:
      return 'Beginning…';
    case 'progress':
      return `Removing: ${counted(event.messages, 'message')} so far`;
    case 'finished':
      return `${counted(event.messages, 'message')} removed, ${size(event.bytes)} given back to the disk`;
    case 'cancelled':
      return `Stopped: ${counted(event.messages, 'message')} removed, the others are still there`;
    case 'failed':
      return 'Failed. What was removed by then is gone; try again for the rest';
  }
}

/** Of messages that should have gone and could not; null: there are none. */
export function damageWords(event: RemovalEvent | null): string | null {
  if (event?.kind !== 'finished' && event?.kind !== 'cancelled') return null;
  if (event.damaged === 0) return null;
  return `${counted(event.damaged, 'message')} could not be removed: what they stand in is damaged, and was left as it is.`;
}

/** For the foot: a running removal in a few words; null when none runs. */
export function removingWords(running: boolean, event: RemovalEvent | null): string | null {
  if (!running) return null;
  const messages = event?.kind === 'progress' ? event.messages : 0;
  return `removing: ${counted(messages, 'message')}`;
}

/** A policy, a line for each thing it says. */
export function policyWords(policy: KeepPolicy): string[] {
  const { maxAge, maxMessages, maxBytes, rules } = policy;
  const limits = [
    maxAge !== null && `older than ${amountWords(maxAge, TIMES)}`,
    maxMessages !== null && `beyond the newest ${counted(maxMessages, 'message')}`,
    maxBytes !== null && `beyond ${amountWords(maxBytes, SIZES)} on the disk`,
  ].filter((words) => words !== false);
  const first =
    limits.length === 0
      ? 'Everything is kept for ever.'
      : `What is ${limits.join(', or ')} is removed.`;
  return [first, ...rules.map(({ filter, keep }) => `${visible(filter)}: ${keepWords(keep)}`)];
}

function keepWords(keep: Keep): string {
  switch (keep.kind) {
    case 'record':
      return 'kept for ever';
    case 'dontRecord':
      return 'not recorded';
    case 'for':
      return `kept for ${amountWords(keep.seconds, TIMES)}`;
  }
}

function amountWords(value: number, units: Unit[]): string {
  const { text, factor } = amountOf(value, units, 1);
  return `${text} ${units.find((unit) => unit.factor === factor)?.label}`;
}
