// How the messages of the selection lie in time. What it costs depends on the bars on screen, not on
// the messages: a stretch of time is asked for once, and while messages come only its end again.
// Promises: nothing moves while the pointer is over it; the range chosen here is that of the history.

import type { AppError, Backend, Gap, Span } from '../../ipc/backend';
import { appError } from '../../ipc/errors';
import { paced } from '../../lib/pace';
import {
  type Range,
  type Scale,
  beside,
  carried,
  placeOf,
  rangeOf,
  scaleFor,
  snapped,
} from './scale';
import { type Subject, sameScope } from './subject';

const EMPTY: Scale = { step: 1_000_000, first: 0, count: 1 };

export class Timeline {
  scale = $state.raw<Scale>(EMPTY);
  counts = $state.raw<number[]>([]);
  gaps = $state.raw<Gap[]>([]);
  span = $state.raw<Span | null>(null);
  /** The range that is chosen, or being chosen; null: all. */
  brush = $state.raw<Range | null>(null);
  /** The moment that was clicked, or moved to by keys. */
  cursor = $state<number | null>(null);
  loading = $state(false);
  problem = $state.raw<AppError | null>(null);
  /** The history shows only some of the messages that are counted: what is looked for is not in the
      index that the counts are from. */
  searched = $state(false);
  /** Whether the view ends where time does, and goes on with it. */
  follows = $state(true);

  #subject: Subject | null = null;
  /** What the view was zoomed to; null: everything. */
  #zoomed: Scale | null = null;
  #bars = 60;
  #held = false;
  #dragging = false;
  #run = 0;
  readonly #growSoon: () => void;

  /** `pace`: the least time in milliseconds between two looks for new messages. */
  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
    private readonly onrange: (from: number | null, to: number | null) => void,
    pace = 500,
  ) {
    this.#growSoon = paced(() => void this.#grow(), pace);
  }

  get isZoomed(): boolean {
    return this.#zoomed !== null;
  }

  get peak(): number {
    return Math.max(1, ...this.counts);
  }

  /** Messages in the range that is chosen, as far as it is in view; else in all of the view. */
  get chosen(): number {
    const { brush, counts, scale } = this;
    if (!brush) return counts.reduce((sum, count) => sum + count, 0);
    const at = (moment: number) => Math.round(placeOf(moment, scale) * scale.count);
    return counts.slice(Math.max(0, at(brush.from)), Math.max(0, at(brush.to))).reduce(sum, 0);
  }

  /** Takes over what the history shows. */
  show(subject: Subject): void {
    const before = this.#subject;
    this.#subject = subject;
    this.searched = subject.searched;
    if (!this.#dragging) this.brush = this.#brushOf(subject);
    if (before === null || !sameScope(before.scope, subject.scope)) {
      this.#zoomed = null;
      this.follows = true;
      this.cursor = null;
      void this.#begin();
    } else if (before.revision !== subject.revision || before.now !== subject.now) {
      this.#growSoon();
    }
  }

  /** Messages were removed: what is in view is counted anew. */
  reload(): void {
    if (this.#subject) void this.#begin();
  }

  /** As many bars fit now. */
  resize(bars: number): void {
    if (bars === this.#bars || bars < 1) return;
    this.#bars = bars;
    if (this.span) void this.#load();
  }

  /** The pointer came over the bars, or left them: meanwhile nothing moves. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) this.#growSoon();
  }

  /** Zooms in (−1) or out (+1) by a step, around a moment, which stays where it is. */
  zoom(by: 1 | -1, around?: number): void {
    const { scale, brush } = this;
    const step = beside(scale.step, by);
    const middle = around ?? (brush ? (brush.from + brush.to) / 2 : rangeOf(scale).to);
    const first = Math.round(middle / step - placeOf(middle, scale) * scale.count);
    this.#view({ ...scale, step, first });
  }

  /** Moves the view by a part of its length. */
  pan(share: number): void {
    const { scale } = this;
    if (this.#zoomed)
      this.#view({ ...scale, first: scale.first + Math.round(share * scale.count) });
  }

  /** Shows the chosen range as large as it can be. */
  zoomToBrush(): void {
    if (this.brush) this.#view(scaleFor(this.brush, this.#bars));
  }

  zoomOut(): void {
    this.#zoomed = null;
    this.follows = true;
    void this.#load();
  }

  /** A range is being drawn with the pointer; it counts once the button is let go. */
  drag(range: Range): void {
    this.#dragging = true;
    this.brush = snapped(range, this.scale.step);
  }

  drop(): void {
    if (!this.#dragging) return;
    this.#dragging = false;
    this.choose(this.brush);
  }

  /** Limits the history to a range; null: to none. */
  choose(range: Range | null): void {
    this.#dragging = false;
    this.brush = range;
    this.onrange(range?.from ?? null, range?.to ?? null);
  }

  /** Arrow keys: move the range, or its end; without one, the cursor. */
  nudge(by: number, extend: boolean): void {
    const { step } = this.scale;
    const { brush } = this;
    if (brush) {
      const to = Math.max(brush.to + by * step, brush.from + step);
      this.choose(
        extend ? { ...brush, to } : { from: brush.from + by * step, to: brush.to + by * step },
      );
    } else if (extend) {
      const from = Math.floor((this.cursor ?? rangeOf(this.scale).to - step) / step) * step;
      this.choose({ from: Math.min(from, from + by * step), to: Math.max(from, from + by * step) });
    } else {
      this.point((this.cursor ?? rangeOf(this.scale).to) + by * step);
    }
  }

  /** Marks a moment; null: none. */
  point(at: number | null): void {
    const { from, to } = rangeOf(this.scale);
    this.cursor = at === null ? null : Math.min(Math.max(at, from), to);
  }

  /** Esc: gives up the moment first, then the range. Says whether there was anything. */
  escape(): boolean {
    if (this.cursor !== null) this.cursor = null;
    else if (this.brush) this.choose(null);
    else if (this.#zoomed) this.zoomOut();
    else return false;
    return true;
  }

  #brushOf({ from, to }: Subject): Range | null {
    if (from === null && to === null) return null;
    const whole = this.#whole();
    return { from: from ?? whole?.from ?? 0, to: to ?? whole?.to ?? rangeOf(this.scale).to };
  }

  /** From the first message to the end of time. */
  #whole(): Range | null {
    if (!this.span) return null;
    const end = Math.max(this.span.last + 1, this.#subject?.now ?? 0);
    return { from: this.span.first, to: Math.max(end, this.span.first + 1) };
  }

  #view(scale: Scale): void {
    const whole = this.#whole();
    if (!whole) return;
    const { step, count } = scale;
    const [start, end] = [Math.floor(whole.from / step), Math.ceil(whole.to / step)];
    const first = Math.max(start, Math.min(scale.first, end - count));
    this.#zoomed = count >= end - start ? null : { step, count, first };
    this.follows = this.#zoomed === null || first + count >= end;
    void this.#load();
  }

  #wanted(): Scale | null {
    const whole = this.#whole();
    if (!whole) return null;
    if (!this.#zoomed) return scaleFor(whole, this.#bars);
    const { step, first, count } = this.#zoomed;
    const end = this.follows ? Math.ceil(whole.to / step) : first + count;
    return { step, first: end - this.#bars, count: this.#bars };
  }

  async #begin(): Promise<void> {
    this.span = null;
    this.counts = [];
    this.gaps = [];
    const run = ++this.#run;
    await this.#try(run, async () => {
      const span = await this.backend.historySpan(this.connection, this.#subject?.scope ?? null);
      if (run !== this.#run) return;
      this.span = span;
      await this.#load();
    });
  }

  /** Asks for everything in view. */
  async #load(): Promise<void> {
    const scale = this.#wanted();
    if (!scale) return;
    const run = ++this.#run;
    await this.#try(run, async () => {
      const { from, to } = rangeOf(scale);
      const found = await this.#ask(from, to, scale.count);
      if (run !== this.#run) return;
      this.scale = scale;
      this.counts = found.counts;
      this.gaps = found.gaps;
    });
  }

  /** Asks for the end of the view, from the last bar on that had been asked for. */
  async #grow(): Promise<void> {
    if (this.loading || this.#dragging) return;
    if (!this.span) return this.#begin();
    const wanted = this.#held || !this.follows ? this.scale : this.#wanted();
    if (!wanted) return;
    if (wanted.step !== this.scale.step || wanted.count !== this.counts.length) return this.#load();
    const was = this.scale;
    const last = was.first + was.count;
    const from = Math.max(wanted.first, Math.min(last, wanted.first + wanted.count) - 2);
    const parts = wanted.first + wanted.count - from;
    const run = ++this.#run;
    await this.#try(run, async () => {
      const { step } = wanted;
      const found = await this.#ask(from * step, (from + parts) * step, parts);
      if (run !== this.#run) return;
      const kept = carried(this.counts, was, wanted).slice(0, wanted.count - parts);
      this.counts = [...kept, ...found.counts];
      this.scale = wanted;
      const older = this.gaps.filter((gap) => !found.gaps.some((each) => each.from === gap.from));
      this.gaps = [...older, ...found.gaps];
    });
  }

  #ask(from: number, to: number, parts: number) {
    const scope = this.#subject?.scope ?? null;
    return this.backend.historyTimeline(this.connection, scope, from, to, parts);
  }

  async #try(run: number, work: () => Promise<void>): Promise<void> {
    this.loading = true;
    try {
      await work();
      if (run === this.#run) this.problem = null;
    } catch (thrown) {
      if (run === this.#run) this.problem = appError(thrown);
    }
    if (run === this.#run) this.loading = false;
  }
}

const sum = (total: number, count: number) => total + count;
