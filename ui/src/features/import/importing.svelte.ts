// An import from the choice of a file to its end: what is in it, what of that is wanted, how it
// goes, what has come of it. Nothing is written before start().

import type {
  AppError,
  Backend,
  ImportEvent,
  ImportedProfiles,
  ImportPreview,
  Profile,
} from '../../ipc/backend';
import { appError } from '../../ipc/errors';
import { localOffset, offsetText, parseOffset } from '../../lib/utc-offset';

/** A running or ended import of messages. */
export class ImportJob {
  state = $state.raw<ImportEvent | null>(null);
  job: number | null = null;

  get running(): boolean {
    return this.state === null || this.state.kind === 'progress';
  }

  /** Messages a second and the seconds left, as far as they can be told. */
  get pace(): { rate: number; left: number } | null {
    if (this.state?.kind !== 'progress' || this.state.milliseconds === 0) return null;
    const { imported, read, total, milliseconds } = this.state;
    if (read === 0) return null;
    const left = (Math.max(0, total - read) / read) * milliseconds;
    return { rate: (imported / milliseconds) * 1000, left: left / 1000 };
  }
}

export class Importing {
  open = $state(false);
  /** The file is being looked through. */
  looking = $state(false);
  preview = $state.raw<ImportPreview | null>(null);
  problem = $state.raw<AppError | null>(null);
  /** Which of the connections are wanted. */
  wanted = $state<boolean[]>([]);
  messagesWanted = $state(true);
  /** The name for the history; empty: those of the file. */
  name = $state('');
  /** The zone of times without one, as typed. */
  offset = $state('');
  saved = $state.raw<ImportedProfiles | null>(null);
  job = $state.raw<ImportJob | null>(null);
  /** What was saved has been removed again. */
  removed = $state(false);
  /** Messages that are in the history, once the import has ended. */
  imported = $derived.by(() => {
    const state = this.job?.state ?? null;
    return state === null || state.kind === 'progress' ? 0 : state.result.imported;
  });
  busy = $state(false);
  #proposed = '';

  /** `onchange`: saved connections were added or removed. */
  constructor(
    private readonly backend: Backend,
    private readonly onchange: () => Promise<void>,
  ) {}

  /** Minutes east of UTC; null: what was typed is no offset. */
  get minutes(): number | null {
    return parseOffset(this.offset);
  }

  /** Whether something has been begun: then there is no way back to the preview. */
  get begun(): boolean {
    return this.saved !== null || this.job !== null;
  }

  get wantedCount(): number {
    return this.wanted.filter(Boolean).length;
  }

  get takesMessages(): boolean {
    return this.messagesWanted && (this.preview?.messages?.count ?? 0) > 0;
  }

  get ready(): boolean {
    const asks = this.preview?.localTimes === true && this.takesMessages;
    const some = this.wantedCount > 0 || this.takesMessages;
    return this.preview !== null && !this.busy && some && (!asks || this.minutes !== null);
  }

  /** The system's dialog, and then what is in the file. A running import comes back instead. */
  choose = async (): Promise<void> => {
    if (this.job?.running) {
      this.open = true;
      return;
    }
    try {
      const handle = await this.backend.chooseImport();
      if (handle !== null) await this.look(handle);
    } catch (thrown) {
      this.problem = appError(thrown);
      this.open = true;
    }
  };

  async look(handle: number, zone = localOffset()): Promise<void> {
    this.open = true;
    this.preview = null;
    this.saved = null;
    this.job = null;
    this.removed = false;
    this.offset = offsetText(zone);
    const preview = await this.#look(handle);
    if (!preview) return;
    // Before it is shown: a choice made at once is not to be overwritten.
    this.wanted = preview.connections.map(() => true);
    this.messagesWanted = preview.messages !== null;
    this.#proposed =
      (preview.messages?.connections.length ?? 0) > 1 ? '' : (preview.messages?.name ?? '');
    this.name = this.#proposed;
    this.preview = preview;
  }

  /** Reads the times of the file anew. */
  async setOffset(text: string): Promise<void> {
    this.offset = text;
    if (!this.preview || this.minutes === null) return;
    const preview = await this.#look(this.preview.handle);
    // Typed on in the meantime: the answer to that is on its way.
    if (this.offset === text) this.preview = preview;
  }

  chooseAll(wanted: boolean): void {
    this.wanted = this.wanted.map(() => wanted);
  }

  async start(): Promise<void> {
    const { preview } = this;
    if (!preview || !this.ready) return;
    this.busy = true;
    this.problem = null;
    try {
      const chosen = this.wanted.flatMap((wanted, index) => (wanted ? [index] : []));
      if (chosen.length > 0) {
        this.saved = await this.backend.importConnections(preview.handle, chosen);
        await this.onchange();
      }
      if (this.takesMessages) await this.#messages(preview.handle);
    } catch (thrown) {
      this.problem = appError(thrown);
    }
    this.busy = false;
  }

  async cancel(): Promise<void> {
    const job = this.job?.job;
    if (job !== null && job !== undefined) await this.backend.cancelImport(job);
  }

  /** Takes the saved connections out again. */
  async remove(): Promise<void> {
    const profiles: Profile[] = this.saved?.profiles ?? [];
    this.busy = true;
    try {
      for (const { id } of profiles) await this.backend.deleteProfile(id);
      this.removed = true;
    } catch (thrown) {
      this.problem = appError(thrown);
    }
    await this.onchange();
    this.busy = false;
  }

  close = (): void => {
    this.open = false;
    this.problem = null;
  };

  async #look(handle: number): Promise<ImportPreview | null> {
    this.looking = true;
    this.problem = null;
    try {
      return await this.backend.previewImport(handle, this.minutes ?? 0);
    } catch (thrown) {
      this.problem = appError(thrown);
      return null;
    } finally {
      this.looking = false;
    }
  }

  async #messages(handle: number): Promise<void> {
    const job = new ImportJob();
    this.job = job;
    const typed = this.name.trim();
    const name = typed === '' || typed === this.#proposed ? null : typed;
    try {
      const request = { handle, name, utcOffset: this.minutes ?? 0 };
      job.job = await this.backend.startImport(request, (event) => (job.state = event));
    } catch (thrown) {
      this.job = null;
      throw thrown;
    }
  }
}
