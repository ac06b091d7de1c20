// What is shown of one history: the present (or the end of a file), or a moment before it; how its
// messages lie in time, and what differs between two moments.

import { Exports } from '../features/export/exports.svelte';
import { Difference } from '../features/difference/difference.svelte';
import { Timeline } from '../features/timeline/timeline.svelte';
import { Travel } from '../features/travel/travel.svelte';
import type { Backend, DifferentTopic, HistoryQuery, PastMoment, Side } from '../ipc/backend';
import { explain } from '../ipc/errors';
import { preferences } from '../lib/preferences.svelte';
import { Looking } from './looking.svelte';

export class Travelling {
  /** The present, or the end of a file. */
  readonly present: Looking;
  /** The moment that is shown instead. */
  past = $state.raw<Looking | null>(null);
  readonly travel: Travel;
  readonly timeline: Timeline;
  readonly difference: Difference;
  readonly exports: Exports;
  /** A moment is being chosen by the clock. */
  choosing = $state(false);
  /** What has just been done, said for a moment. */
  notice = $state<string | null>(null);

  constructor(
    readonly backend: Backend,
    readonly id: number,
  ) {
    this.present = new Looking(backend, id);
    this.travel = new Travel(backend, id);
    this.timeline = new Timeline(backend, id, (from, to) => this.history.setRange(from, to));
    this.difference = new Difference(backend, id);
    this.exports = new Exports(backend, id);
  }

  /** What is shown: the present, or a moment. */
  get looking(): Looking {
    return this.past ?? this.present;
  }
  get topics() {
    return this.looking.topics;
  }
  get message() {
    return this.looking.message;
  }
  get history() {
    return this.looking.history;
  }

  /** Shows the tree as it was. */
  async travelTo(moment: PastMoment): Promise<void> {
    this.choosing = false;
    const from = this.looking;
    const make = (id: number) => {
      const made = new Looking(this.backend, id);
      made.lookAs(from);
      return made;
    };
    await this.travel.to(moment, from.topics.wanted, make, (past) => (this.past = past));
    if (!this.past && this.travel.problem) this.notice = explain(this.travel.problem).sentence;
  }

  /** Shows the tree as of the message in view. */
  async travelToMessage(): Promise<void> {
    const message = this.message.shown?.detail.id;
    if (message === undefined) this.notice = 'There is no message to go back to';
    else await this.travelTo({ kind: 'message', message });
  }

  /** To the moment of the message before or after, in the history that is shown. */
  async stepInTime(side: Side): Promise<void> {
    if (!this.past) return;
    const message = await this.travel.beside(this.looking.scope, side);
    if (message !== null) await this.travelTo({ kind: 'message', message });
    else
      this.notice = side === 'older' ? 'There is no message before' : 'There is no message after';
  }

  /** What differs between the moment that is shown, or pointed at, or a minute before, and the end of time. */
  async compareWithEnd(): Promise<void> {
    const at = this.travel.at?.at ?? this.timeline.cursor ?? this.#aMinuteAgo();
    const before: PastMoment = { kind: 'at', at };
    await this.difference.between(before, { kind: 'end' });
  }

  /** Shows both values of a topic that differs. */
  async compare({ topic, before, after }: DifferentTopic): Promise<void> {
    this.notice = await this.looking.compare(topic, after.message, before?.message ?? null);
  }

  backToLive(): void {
    if (!this.past) return;
    this.present.topics.top = this.past.topics.scroller?.scrollTop ?? this.present.topics.top;
    this.past = null;
    this.travel.back();
  }

  #aMinuteAgo(): number {
    return (this.timeline.span?.last ?? Date.now() * 1000) - 60_000_000;
  }

  /** Opens the dialog of the export, or the running one. */
  openExport(): void {
    if (this.exports.subject === null && this.history.ready)
      this.exports.open(this.query, Date.now() * 1000, preferences.utc);
  }

  /** What the history shows, bounded by the moment that is shown. */
  get query(): HistoryQuery {
    const { query } = this.history;
    const end = this.travel.at && this.past ? this.travel.at.at + 1 : null;
    return end === null ? query : { ...query, to: Math.min(query.to ?? end, end) };
  }
}
