// The message in view: which one, how it is drawn, and whether the view follows the newest.
// Promises: what is shown changes as a whole (detail and lines together), and while not following
// it changes only when the user asks.

import type {
  AppError,
  Backend,
  LinePage,
  MessageDetail,
  PayloadView,
  Selection,
} from '../../ipc/backend';
import { appError } from '../../ipc/errors';
import { paced } from '../../lib/pace';

export type Tab = 'value' | 'diff' | 'properties' | 'hex';
export type Shown = { detail: MessageDetail; page: LinePage; tab: Tab };

const VIEWS: PayloadView[] = ['auto', 'json', 'text', 'hex'];
const FIRST_LINES = 120;

export class MessageInView {
  selection = $state.raw<Selection | null>(null);
  shown = $state.raw<Shown | null>(null);
  tab = $state<Tab>('value');
  view = $state<PayloadView>('auto');
  compare = $state(true);
  following = $state(true);
  /** The selection has no message yet, or is a branch. */
  empty = $state(false);
  problem = $state.raw<AppError | null>(null);

  #pinned: number | null = null;
  /** What the message in view is compared with; undefined: the one before it. */
  #against: number | null | undefined;
  #busy = false;
  #again = false;
  #lines = { first: 0, count: FIRST_LINES };
  readonly #refreshSoon: () => void;

  /** `pace`: the least time in milliseconds between two loads that only follow the stream. */
  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
    pace = 100,
  ) {
    this.#refreshSoon = paced(() => void this.refresh(), pace);
  }

  /** The message in view, or the one just asked for. */
  get current(): number | null {
    return this.#pinned ?? this.shown?.detail.id ?? null;
  }

  /** The selection as of the latest frame. A new topic begins by following. */
  apply(selection: Selection | null): void {
    const before = this.selection;
    this.selection = selection;
    if (before?.node !== selection?.node) {
      this.#lines = { first: 0, count: FIRST_LINES };
      this.#pinned = null;
      this.#against = undefined;
      this.following = true;
      this.shown = null;
      this.empty = false;
      this.problem = null;
      void this.refresh();
    } else if (this.following && before?.historyRevision !== selection?.historyRevision) {
      this.#refreshSoon();
    }
  }

  /** Shows one message of the history and stops following. With another one, shows what differs. */
  async pin(message: number, against?: number | null): Promise<void> {
    this.#pinned = message;
    this.#against = against;
    if (against !== undefined) this.tab = against === null ? 'value' : 'diff';
    this.following = false;
    await this.refresh();
  }

  async follow(): Promise<void> {
    this.#pinned = null;
    this.#against = undefined;
    this.following = true;
    await this.refresh();
  }

  /** F: leaves following where it stands, or returns to the newest. */
  async toggleFollowing(): Promise<void> {
    if (!this.following) return this.follow();
    this.following = false;
    this.#pinned = this.shown?.detail.id ?? null;
  }

  async setTab(tab: Tab): Promise<void> {
    this.tab = tab;
    this.#lines = { first: 0, count: FIRST_LINES };
    await this.refresh();
  }

  async toggleCompare(): Promise<void> {
    this.compare = !this.compare;
    await this.refresh();
  }

  async setView(view: PayloadView): Promise<void> {
    this.view = view;
    await this.refresh();
  }

  async nextView(): Promise<void> {
    await this.setView(VIEWS[(VIEWS.indexOf(this.view) + 1) % VIEWS.length] ?? 'auto');
  }

  /** The lines the list wants drawn. */
  async look(first: number, count: number): Promise<void> {
    this.#lines = { first, count: Math.max(count, FIRST_LINES) };
    const page = this.shown?.page;
    if (!page || page.lines.length === page.total) return;
    const end = Math.min(first + count, page.total);
    if (first >= page.first && end <= page.first + page.lines.length) return;
    await this.refresh();
  }

  /** Draws as that one does. */
  lookAs(other: MessageInView): void {
    this.tab = other.tab;
    this.view = other.view;
    this.compare = other.compare;
  }

  /** The bytes of the message in view, unchanged. */
  async payload(): Promise<ArrayBuffer> {
    const id = this.shown?.detail.id;
    return id === undefined ? new ArrayBuffer() : this.backend.messagePayload(this.connection, id);
  }

  /** Loads what should be shown; a call while one runs makes it run once more. */
  async refresh(): Promise<void> {
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    try {
      do {
        this.#again = false;
        await this.#load();
      } while (this.#again);
    } finally {
      this.#busy = false;
    }
  }

  async #load(): Promise<void> {
    const selection = this.selection;
    try {
      const id = this.#pinned ?? (await this.#newest(selection));
      const shown = id === null ? null : await this.#draw(id);
      if (this.selection?.node !== selection?.node) return;
      // Another one was asked for, or this view was held, while the newest was on its way.
      if (this.#pinned !== null && this.#pinned !== id) return;
      this.shown = shown;
      this.empty = shown === null;
      this.problem = null;
    } catch (thrown) {
      if (this.selection?.node === selection?.node) this.problem = appError(thrown);
    }
  }

  async #newest(selection: Selection | null): Promise<number | null> {
    if (!selection?.isTopic) return null;
    const scope = { topic: selection.topic, subtree: false };
    const query = { scope, text: '', utcOffsetMinutes: 0, from: null, to: null };
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<Backend['historyPage']>> = await this.backend.historyPage(
        this.connection,
        query,
        cursor,
        1,
      );
      if (page.items[0]) return page.items[0].id;
      cursor = page.next;
    } while (cursor !== null && this.selection?.node === selection.node);
    return null;
  }

  async #draw(id: number): Promise<Shown> {
    const known = this.shown?.detail;
    const detail = known?.id === id ? known : await this.backend.messageDetail(this.connection, id);
    const tab = this.tab;
    const { first, count } = this.#lines;
    const previous = this.#against === undefined ? detail.previous : this.#against;
    if (tab === 'diff' && previous !== null) {
      const page = await this.backend.messageDiff(this.connection, id, previous, first, count);
      return { detail, page, tab };
    }
    const view = tab === 'hex' ? 'hex' : this.view;
    const against = tab === 'value' && this.compare ? previous : null;
    const page = await this.backend.messageLines(this.connection, id, against, view, first, count);
    return { detail, page, tab };
  }
}
