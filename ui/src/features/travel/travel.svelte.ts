// Looking at a connection as it was: which moment, and the pictures of it. The running session is not
// touched. What is made of the pictures is for the view.

import type {
  AppError,
  Backend,
  OpenedPast,
  PastFrame,
  PastMoment,
  Scope,
  Side,
} from '../../ipc/backend';
import { appError } from '../../ipc/errors';

/** Takes the pictures of one moment. */
export type Screen = { apply(frame: PastFrame): void };
/** The rows to ask for first. */
export type Rows = { first: number; count: number };

export class Travel {
  /** The moment that is looked at; null: the present. */
  at = $state.raw<OpenedPast | null>(null);
  frame = $state.raw<PastFrame | null>(null);
  busy = $state(false);
  problem = $state.raw<AppError | null>(null);
  #run = 0;

  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
  ) {}

  /** Goes to a moment. `make` gives what shows it, `ready` is told when there is something to show. */
  async to<T extends Screen>(
    moment: PastMoment,
    rows: Rows,
    make: (connection: number) => T,
    ready: (screen: T) => void,
  ): Promise<void> {
    // From the moment in view, what is open and selected is taken along.
    const from = this.at?.connection ?? this.connection;
    await this.#show(
      (receive) => this.backend.openPast(from, moment, rows.first, rows.count, receive),
      make,
      ready,
    );
  }

  /** The message of the scope beside the moment in view; null: there is none. */
  async beside(scope: Scope | null, side: Side): Promise<number | null> {
    if (!this.at) return null;
    try {
      return await this.backend.pastBeside(this.at.connection, scope, side);
    } catch (thrown) {
      this.problem = appError(thrown);
      return null;
    }
  }

  back(): void {
    this.#run += 1;
    this.#let(this.at);
    this.at = null;
    this.frame = null;
    this.busy = false;
    this.problem = null;
  }

  async #show<T extends Screen>(
    ask: (receive: (frame: PastFrame) => void) => Promise<OpenedPast>,
    make: (connection: number) => T,
    ready: (screen: T) => void,
  ): Promise<void> {
    const run = ++this.#run;
    this.busy = true;
    this.problem = null;
    let opened: OpenedPast | null = null;
    let screen: T | null = null;
    let early: PastFrame | null = null;
    const show = (frame: PastFrame) => {
      early = frame;
      if (!opened || run !== this.#run) return;
      const isFirst = screen === null;
      screen ??= make(opened.connection);
      screen.apply(frame);
      if (isFirst) {
        this.#let(this.at);
        this.at = opened;
        this.busy = false;
        ready(screen);
      }
      this.frame = frame;
      const { connection } = opened;
      requestAnimationFrame(() => void this.backend.frameShown(connection).catch(() => undefined));
    };
    try {
      opened = await ask(show);
      if (run !== this.#run) return this.#let(opened);
      if (early) show(early);
    } catch (thrown) {
      if (run !== this.#run) return;
      this.busy = false;
      this.problem = appError(thrown);
    }
  }

  #let(past: OpenedPast | null): void {
    if (past) void this.backend.closeConnection(past.connection).catch(() => undefined);
  }
}
