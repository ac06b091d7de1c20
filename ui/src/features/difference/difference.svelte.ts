// What differs between two moments of a connection: which topics appeared, changed or vanished, page
// by page. Promises: at most so many are listed, whatever there is; the two moments stand still.

import type {
  AppError,
  Backend,
  DifferenceKind,
  DifferentTopic,
  FoundMoment,
  PastMoment,
} from '../../ipc/backend';
import { appError } from '../../ipc/errors';

const PAGE = 200;
/** So many are listed; then the user has to ask for more. */
const MOST = 5000;

export type Counts = Record<DifferenceKind, number>;

export class Difference {
  /** The two moments, the earlier first; null: nothing was asked yet. */
  from = $state.raw<FoundMoment | null>(null);
  to = $state.raw<FoundMoment | null>(null);
  items = $state.raw<DifferentTopic[]>([]);
  /** Which kinds are listed; null: all. */
  kind = $state<DifferenceKind | null>(null);
  selected = $state<string | null>(null);
  compared = $state(0);
  total = $state(0);
  loading = $state(false);
  problem = $state.raw<AppError | null>(null);
  /** Where to go on; null: everything has been compared. */
  next = $state.raw<string | null>(null);

  readonly counts = $derived.by(() => {
    const counts: Counts = { appeared: 0, changed: 0, vanished: 0 };
    for (const item of this.items) counts[item.kind] += 1;
    return counts;
  });
  readonly shown = $derived(
    this.kind === null ? this.items : this.items.filter((item) => item.kind === this.kind),
  );
  #run = 0;

  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
  ) {}

  /** Compares two moments, in whichever order they are given. */
  async between(one: PastMoment, other: PastMoment): Promise<void> {
    const run = this.#begin();
    try {
      const found = await Promise.all(
        [one, other].map((moment) => this.backend.findMoment(this.connection, moment)),
      );
      if (run !== this.#run) return;
      found.sort((first, second) => first.position - second.position || first.at - second.at);
      [this.from = null, this.to = null] = found;
      await this.#read(run, null, MOST);
    } catch (thrown) {
      this.#fail(run, thrown);
    }
  }

  /** Lists more, where the list was full. */
  async goOn(): Promise<void> {
    if (this.next === null || this.loading) return;
    const run = ++this.#run;
    this.loading = true;
    try {
      await this.#read(run, this.next, this.items.length + MOST);
    } catch (thrown) {
      this.#fail(run, thrown);
    }
  }

  stop(): void {
    this.#run += 1;
    this.loading = false;
  }

  setKind(kind: DifferenceKind | null): void {
    this.kind = kind;
  }

  /** The topic `by` places from the one that is chosen. */
  beside(by: number): DifferentTopic | null {
    const at = this.shown.findIndex((item) => item.topic === this.selected);
    const to = at < 0 ? 0 : Math.min(Math.max(at + by, 0), this.shown.length - 1);
    return this.shown[to] ?? null;
  }

  #begin(): number {
    this.items = [];
    this.selected = null;
    this.next = null;
    this.compared = 0;
    this.total = 0;
    this.problem = null;
    this.loading = true;
    return ++this.#run;
  }

  async #read(run: number, from: string | null, most: number): Promise<void> {
    const [first, second] = [this.from?.position ?? 0, this.to?.position ?? 0];
    let cursor = from;
    do {
      const page = await this.backend.historyDifference(
        this.connection,
        first,
        second,
        cursor,
        PAGE,
      );
      if (run !== this.#run) return;
      this.items = merged(this.items, page.items);
      this.compared = page.compared;
      this.total = page.total;
      this.next = cursor = page.next;
    } while (cursor !== null && this.items.length < most);
    this.loading = false;
  }

  #fail(run: number, thrown: unknown): void {
    if (run !== this.#run) return;
    this.problem = appError(thrown);
    this.loading = false;
  }
}

/** By topic, as a tree would list them. */
function merged(known: DifferentTopic[], more: DifferentTopic[]): DifferentTopic[] {
  if (more.length === 0) return known;
  return [...known, ...more].sort((one, other) =>
    one.topic < other.topic ? -1 : one.topic > other.topic ? 1 : 0,
  );
}
