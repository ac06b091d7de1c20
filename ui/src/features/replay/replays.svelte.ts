// A replay from its dialog to its end: the form, what it would do, the job, and what went wrong.

import type {
  AppError,
  Backend,
  HistoryQuery,
  OutlookExtent,
  ReplayAct,
  ReplayEvent,
  ReplayFailure,
  ReplayOutlook,
} from '../../ipc/backend';
import { appError } from '../../ipc/errors';
import { stamp } from '../../lib/format';
import { type Draft, isSendable, newDraft, requestOf } from './draft';

/** How long the typing has to rest before topics are looked at, in milliseconds. */
const REST = 250;

export class ReplayJob {
  event = $state.raw<ReplayEvent | null>(null);
  failures = $state.raw<ReplayFailure[]>([]);
  job = $state<number | null>(null);
  outcomes = $state<string | null>(null);

  /** `to`: the name of the connection that it sends by. */
  constructor(readonly to: string) {}

  get running(): boolean {
    return (this.event?.end ?? null) === null;
  }

  receive = (event: ReplayEvent): void => {
    this.event = event;
    if (event.failures.length > 0) this.failures = [...this.failures, ...event.failures];
  };
}

export class Replays {
  /** What the open dialog is about; null: no dialog. */
  subject = $state.raw<HistoryQuery | null>(null);
  draft = $state<Draft>(newDraft(0));
  outlook = $state.raw<ReplayOutlook | null>(null);
  looking = $state<OutlookExtent | null>(null);
  /** The name of the target, typed to confirm it. */
  typed = $state('');
  job = $state.raw<ReplayJob | null>(null);
  problem = $state.raw<AppError | null>(null);
  /** It was asked to begin, and has not answered yet. */
  starting = $state(false);
  #look = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #fileName = '';

  constructor(
    private readonly backend: Backend,
    readonly connection: number,
  ) {
    this.draft = newDraft(connection);
  }

  get running(): boolean {
    return this.job?.running ?? false;
  }

  /** Nothing is missing but a click. */
  get ready(): boolean {
    const needed = this.outlook?.confirmation ?? null;
    const confirmed = needed === null || this.typed.trim() === needed.name.trim();
    const open = this.outlook !== null && !this.outlook.isLocked;
    return open && !this.starting && !this.running && isSendable(this.draft) && confirmed;
  }

  /** Opens the dialog for exactly what the history shows; a running replay comes back instead. */
  open(query: HistoryQuery, now: number, utc: boolean): void {
    this.subject = query;
    if (this.running || this.starting) return;
    this.job = null;
    this.#fileName = `replay-${stamp(now, utc)}.ndjson`;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#look += 1;
    if (this.looking !== null) void this.backend.cancelReplayOutlook(this.connection);
    this.looking = null;
    this.subject = null;
  }

  /** The form was changed: once it rests, it shows anew where the topics would go. */
  changed(): void {
    this.problem = null;
    this.outlook = null;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.look('glance'), REST);
  }

  /** A dry run, of all of it or of as much as can be seen in a moment. */
  async look(extent: OutlookExtent): Promise<void> {
    const query = this.subject;
    if (query === null || !isSendable(this.draft)) return;
    const look = (this.#look += 1);
    this.looking = extent;
    const request = requestOf(query, this.draft, this.typed, this.#fileName);
    try {
      const outlook = await this.backend.replayOutlook(this.connection, request, extent);
      if (look === this.#look) [this.outlook, this.problem] = [outlook, null];
    } catch (thrown) {
      if (look === this.#look) [this.outlook, this.problem] = [null, appError(thrown)];
    }
    if (look === this.#look) this.looking = null;
  }

  /** Begins; if it cannot begin, the form stays with the problem. */
  async start(to: string): Promise<void> {
    const query = this.subject;
    if (query === null || !this.ready) return;
    this.problem = null;
    this.starting = true;
    const job = new ReplayJob(to);
    const request = requestOf(query, this.draft, this.typed, this.#fileName);
    try {
      const started = await this.backend.startReplay(this.connection, request, job.receive);
      job.job = started.job;
      job.outcomes = started.outcomes;
      this.job = job;
      this.typed = '';
    } catch (thrown) {
      this.problem = appError(thrown);
    } finally {
      this.starting = false;
    }
  }

  async steer(act: ReplayAct): Promise<void> {
    const job = this.job?.job;
    if (job !== null && job !== undefined) await this.backend.steerReplay(job, act);
  }

  /** Back to the form, for another one. */
  again(): void {
    this.job = null;
  }
}
