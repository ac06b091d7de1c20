// The packets of a connection as a list: only the window asked for, filtered by the backend.
// Promises: while the view is held, what is on screen stays, also when the ring forgets what was
// above it; what came since is announced as a count.

import type { AppError, Backend, PacketFilter, PacketWindow } from '../../ipc/backend';
import { appError } from '../../ipc/errors';
import { paced } from '../../lib/pace';
import { locate } from './locate';

export const EVERYTHING: PacketFilter = {
  types: [],
  direction: null,
  packetId: null,
  topic: '',
  hidePings: true,
};
const EMPTY: PacketWindow = {
  rows: [],
  first: 0,
  total: 0,
  kept: 0,
  recorded: 0,
  discarded: 0,
  recording: true,
};
const DEBOUNCE = 150;

export class Packets {
  filter = $state.raw<PacketFilter>(EVERYTHING);
  window = $state.raw<PacketWindow>(EMPTY);
  /** The view stands at the newest packet and goes on with it. */
  following = $state(true);
  /** Matches that came since the view was held. */
  fresh = $state(0);
  problem = $state.raw<AppError | null>(null);
  /** Says by how many rows the held packets have moved, so that the scroll can move with them. */
  onshift: ((rows: number) => void) | null = null;
  #wanted = { first: 0, count: 60 };
  #top = 0;
  /** The packet that the view is held at. */
  #pinned: number | null = null;
  #refiltered = false;
  #heldTotal = 0;
  #next = -1;
  #inView = false;
  #running: Promise<void> | null = null;
  #stale = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #soon: () => void;

  /** `pace`: the least time in milliseconds between two looks for newer packets. */
  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
    pace = 100,
  ) {
    this.#soon = paced(() => void this.refresh(), pace);
  }

  /** As of the latest frame: the number of the next packet. */
  apply(next: number): void {
    if (next === this.#next) return;
    this.#next = next;
    if (this.#inView) this.#soon();
  }

  /** Whether the list is on screen; while it is not, nothing is asked for. */
  setInView(inView: boolean): void {
    this.#inView = inView;
    if (inView) void this.refresh();
  }

  /** The rows that the list draws, and the first of them that is really in sight. */
  setRows(first: number, count: number): void {
    const before = this.#wanted;
    this.#wanted = { first, count };
    const known = this.window;
    const last = Math.min(first + count, known.total);
    const drawn = first >= known.first && last <= known.first + known.rows.length;
    const grew = count > before.count;
    if (this.#inView && (grew || (!this.following && !drawn))) void this.refresh();
  }

  setTop(top: number): void {
    this.#top = top;
  }

  follow(following: boolean): void {
    if (this.following === following) return;
    this.following = following;
    this.fresh = 0;
    this.#heldTotal = this.window.total;
    if (following) this.#pinned = null;
    if (following) void this.refresh();
  }

  /** Holds the view at a packet; it stays in sight also when the filter changes. */
  hold(number: number): void {
    this.follow(false);
    this.#pinned = number;
  }

  setFilter(change: Partial<PacketFilter>): void {
    this.filter = { ...this.filter, ...change };
    this.#refiltered = true;
    clearTimeout(this.#timer);
    const typed = 'topic' in change || 'packetId' in change;
    if (typed) this.#timer = setTimeout(() => void this.refresh(), DEBOUNCE);
    else void this.refresh();
  }

  async setRecording(on: boolean): Promise<void> {
    await this.#try(() => this.backend.setPacketRecording(this.connection, on));
    await this.refresh();
  }

  async clear(): Promise<void> {
    await this.#try(() => this.backend.clearPackets(this.connection));
    this.following = true;
    this.fresh = 0;
    await this.refresh();
  }

  /** Looks again; looks that are asked for meanwhile become one. */
  refresh(): Promise<void> {
    this.#stale = true;
    this.#running ??= this.#lookUntilFresh();
    return this.#running;
  }

  async #lookUntilFresh(): Promise<void> {
    while (this.#stale) {
      this.#stale = false;
      await this.#try(() => this.#look());
    }
    this.#running = null;
  }

  async #look(): Promise<void> {
    const { filter, following } = this;
    const { first, count } = this.#wanted;
    const ask = (from: number | null) =>
      this.backend.packetWindow(this.connection, filter, from, count);
    const refiltered = this.#refiltered;
    const anchor = following ? null : this.#anchor();
    this.#refiltered = false;
    let page = await ask(following ? null : first);
    let shift = 0;
    if (anchor) {
      const found = await locate(ask, anchor.number, page);
      shift = found.index - anchor.index;
      page = found.page;
    }
    if (filter !== this.filter || following !== this.following) return;
    this.window = page;
    if (following) return;
    this.#heldTotal = refiltered ? page.total : this.#heldTotal + shift;
    this.fresh = Math.max(0, page.total - this.#heldTotal);
    if (shift !== 0) this.onshift?.(shift);
  }

  /** The packet that is to stay where it is, and where that is. */
  #anchor(): { number: number; index: number } | null {
    const { rows, first } = this.window;
    const at = rows.findIndex((row) => row.number === this.#pinned);
    const pinned = this.#pinned;
    if (pinned !== null && at >= 0) return { number: pinned, index: first + at };
    if (pinned !== null && this.#refiltered) return { number: pinned, index: this.#top };
    const top = rows[this.#top - first];
    return top ? { number: top.number, index: this.#top } : null;
  }

  async #try(call: () => Promise<unknown>): Promise<void> {
    try {
      await call();
      this.problem = null;
    } catch (thrown) {
      this.problem = appError(thrown);
    }
  }
}
