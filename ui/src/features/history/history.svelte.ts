// The history of the selected topic or branch: newest first, found page by page.
// Promises: rows already on screen stay where they are; new ones come in at the top only while the
// view follows, else they are announced.

import type {
  AppError,
  Backend,
  Damaged,
  Gap,
  HistoryItem,
  HistoryPage,
  HistoryQuery,
  QueryProblem,
  Selection,
} from '../../ipc/backend';
import { appError } from '../../ipc/errors';
import { oneByOne, paced } from '../../lib/pace';
import { utcOffset } from '../../lib/preferences.svelte';
import { Rows, joinDamaged, joinGaps } from './gaps';

const PAGE = 100;
const DEBOUNCE = 200;
/** So many rows are held while following; then the list begins anew at the newest. */
const LONGEST = 2000;
const LONG_WAIT = 500;

export class History {
  selection = $state.raw<Selection | null>(null);
  items = $state.raw<HistoryItem[]>([]);
  /** Times in which nothing was recorded, among the items. */
  gaps = $state.raw<Gap[]>([]);
  /** Items and gaps as the list shows them. */
  rows = $derived(new Rows(this.items, this.gaps));
  /** What cannot be read among the messages looked at, since it is damaged on the disk. */
  damaged = $state.raw<Damaged[]>([]);
  subtree = $state(false);
  /** On every topic, whatever is selected. */
  everything = $state(false);
  /** What to look for, in the query language. */
  text = $state('');
  /** What is wrong with the text; while there is something, nothing is looked for. */
  fault = $state.raw<QueryProblem | null>(null);
  from = $state<number | null>(null);
  to = $state<number | null>(null);
  /** The cursor to older rows; null: that was all. */
  next = $state.raw<string | null>(null);
  searchedTo = $state<number | null>(null);
  /** Messages looked at so far. */
  scanned = $state(0);
  loading = $state(false);
  /** The user stopped the search before its end. */
  stopped = $state(false);
  problem = $state.raw<AppError | null>(null);
  /** Newer rows that wait to be shown. */
  waiting = $state.raw<HistoryItem[]>([]);
  #waitingGaps: Gap[] = [];
  #recorded = 0;
  /** Newer rows were not looked for, since no row was there yet. */
  #missed = false;
  /** The scope to begin with, for the topic it was chosen for. */
  #like: HistoryQuery['scope'] = null;
  #live = true;
  #run = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #newerSoon: () => void;

  /** `pace`: the least time in milliseconds between two looks for newer rows. */
  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
    pace = 100,
  ) {
    this.#newerSoon = paced(
      oneByOne(() => this.#fetchNewer()),
      pace,
    );
  }

  get query(): HistoryQuery {
    const scope = { topic: this.selection?.topic ?? '', subtree: this.subtree };
    return {
      scope: this.everything ? null : scope,
      text: this.text,
      utcOffsetMinutes: utcOffset(),
      from: this.from,
      to: this.to,
    };
  }

  /** Whether there is anything to look into. */
  get ready(): boolean {
    return this.selection !== null || this.everything;
  }

  /** So many rows wait that they are no longer counted. */
  get waitingIsLong(): boolean {
    return this.waiting.length >= LONG_WAIT;
  }

  get searching(): boolean {
    return this.text.trim() !== '' || this.from !== null || this.to !== null;
  }

  /** The selection as of the latest frame. */
  apply(selection: Selection | null): void {
    const before = this.selection;
    this.selection = selection;
    if (before?.node !== selection?.node) {
      const like = this.#like?.topic === selection?.topic ? this.#like : null;
      this.#like = null;
      this.subtree = selection !== null && (like?.subtree ?? !selection.isTopic);
      if (!this.everything) void this.reload();
    } else if (before?.historyRevision !== selection?.historyRevision && !this.everything) {
      this.#newerSoon();
    }
  }

  /** How many messages are stored on all topics, as of the latest frame. */
  recorded(stored: number): void {
    if (stored !== this.#recorded && this.everything) this.#newerSoon();
    this.#recorded = stored;
  }

  /** Limited and searched as that one is. */
  lookAs({ text, fault, from, to, everything, subtree, selection }: History): void {
    Object.assign(this, { text, fault, from, to, everything });
    if (selection) this.#like = { topic: selection.topic, subtree };
    if (everything) void this.reload();
  }

  setSubtree(subtree: boolean): void {
    this.everything = false;
    this.subtree = subtree;
    void this.reload();
  }

  setEverything(): void {
    this.everything = true;
    void this.reload();
  }

  /** Search text as typed; it runs when typing pauses. Rows for another text do not stay. */
  setText(text: string): void {
    this.cancel();
    this.text = text;
    this.#clear();
    this.stopped = false;
    this.loading = this.ready;
    this.#timer = setTimeout(() => void this.#check(), DEBOUNCE);
  }

  setRange(from: number | null, to: number | null): void {
    this.from = from;
    this.to = to;
    void this.reload();
  }

  async reload(): Promise<void> {
    this.#clear();
    await this.#fetch(null);
  }

  #clear(): void {
    this.items = [];
    this.gaps = [];
    this.damaged = [];
    this.waiting = [];
    this.#waitingGaps = [];
    this.next = null;
    this.searchedTo = null;
    this.scanned = 0;
    this.problem = null;
  }

  /** Looks for the text, if it is a query. */
  async #check(): Promise<void> {
    const run = this.#run;
    const { text } = this;
    try {
      const fault = text.trim() === '' ? null : await this.backend.checkQuery(text, utcOffset());
      if (run !== this.#run) return;
      this.fault = fault;
    } catch (thrown) {
      if (run !== this.#run) return;
      this.problem = appError(thrown);
      this.loading = false;
      return;
    }
    await this.reload();
  }

  /** More of the older rows, when the list comes near its end. */
  async older(): Promise<void> {
    if (!this.loading && !this.stopped) await this.goOn();
  }

  /** Stops a search where it stands; what was found stays. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#run += 1;
    this.stopped = this.loading;
    this.loading = false;
  }

  /** Takes a stopped search up again, or loads the next older page. */
  async goOn(): Promise<void> {
    if (this.next !== null) await this.#fetch(this.next);
    else if (this.stopped) await this.reload();
  }

  /** Whether new rows may come in at the top: the view follows and the list stands at its top. */
  setLive(live: boolean): void {
    this.#live = live;
    if (live && this.waiting.length > 0) this.showWaiting();
  }

  /** Lets the announced rows in. */
  showWaiting(): void {
    if (this.waitingIsLong) return void this.reload();
    this.items = [...this.waiting, ...this.items];
    this.gaps = joinGaps(this.gaps, this.#waitingGaps);
    this.waiting = [];
    this.#waitingGaps = [];
  }

  /** The row before (older, +1) or after (newer, −1) the given message. */
  beside(message: number | null, by: 1 | -1): HistoryItem | null {
    const at = this.items.findIndex((item) => item.id === message);
    return (at < 0 ? this.items[0] : this.items[at + by]) ?? null;
  }

  /** Asks until a page is full or the record's end is reached: a search may find little at a time.
      What is asked from the newest on replaces the rows on screen with its first answer. */
  async #fetch(from: string | null): Promise<void> {
    const run = (this.#run += 1);
    this.stopped = false;
    this.loading = this.ready && this.fault === null;
    if (!this.loading) return;
    const query = this.query;
    let cursor = from;
    let found = 0;
    try {
      do {
        const page = await this.backend.historyPage(this.connection, query, cursor, PAGE);
        if (run !== this.#run) return;
        found += page.items.length;
        // Newer rows may have come in at the top meanwhile.
        this.items = cursor === null ? page.items : [...this.items, ...page.items];
        this.gaps = joinGaps(cursor === null ? [] : this.gaps, page.gaps);
        this.damaged = joinDamaged(this.damaged, page.damaged);
        this.searchedTo = page.searchedTo;
        this.scanned += page.scanned;
        this.next = cursor = page.next;
      } while (cursor !== null && found < PAGE);
    } catch (thrown) {
      if (run === this.#run) this.problem = appError(thrown);
    }
    if (run !== this.#run) return;
    this.loading = false;
    if (this.#missed) this.#newerSoon();
  }

  async #fetchNewer(): Promise<void> {
    if (this.fault || !this.ready) return;
    this.#missed = (this.loading || this.stopped) && this.items.length === 0;
    if (this.#missed || (this.waitingIsLong && !this.#live)) return;
    const run = this.#run;
    try {
      const fresh = await this.#newerThan(this.waiting[0] ?? this.items[0]);
      if (run !== this.#run) return;
      const tooMany = fresh.length >= PAGE || this.items.length + fresh.length > LONGEST;
      if (this.#live && tooMany) return await this.#fetch(null);
      this.waiting = [...fresh, ...this.waiting];
      if (this.#live) this.showWaiting();
    } catch (thrown) {
      if (run === this.#run) this.problem = appError(thrown);
    }
  }

  async #newerThan(top: HistoryItem | undefined): Promise<HistoryItem[]> {
    const bound = Math.max(this.from ?? 0, top?.receivedAt ?? 0);
    const query = { ...this.query, from: bound === 0 ? null : bound };
    const known = [...this.waiting, ...this.items].slice(0, PAGE).map((item) => item.id);
    const run = this.#run;
    let cursor: string | null = null;
    let fresh: HistoryItem[] = [];
    do {
      const page: HistoryPage = await this.backend.historyPage(
        this.connection,
        query,
        cursor,
        PAGE,
      );
      fresh = [...fresh, ...page.items.filter((item) => !known.includes(item.id))];
      this.#waitingGaps = joinGaps(this.#waitingGaps, page.gaps);
      cursor = page.next;
    } while (cursor !== null && fresh.length < PAGE && run === this.#run);
    return fresh;
  }
}
