// An export from its dialog to its end: where the files go, the job, and what went wrong. What is
// exported and in which form is added by those that extend it.

import type { AppError, Backend, ExportEvent } from '../../ipc/backend';
import { appError } from '../../ipc/errors';

export class ExportJob {
  state = $state.raw<ExportEvent | null>(null);
  path = $state('');
  job = $state<number | null>(null);

  /** `what`: what is counted while it runs. */
  constructor(
    readonly fileName: string,
    readonly what: 'message' | 'packet' = 'message',
  ) {}

  get running(): boolean {
    return this.state === null || this.state.kind === 'progress';
  }

  /** Messages a second and the seconds left, as far as they can be told. */
  get pace(): { rate: number; left: number | null } | null {
    if (this.state?.kind !== 'progress' || this.state.milliseconds === 0) return null;
    const { written, scanned, total, milliseconds } = this.state;
    const left = scanned === 0 ? null : (((total - scanned) / scanned) * milliseconds) / 1000;
    return { rate: (written / milliseconds) * 1000, left };
  }
}

type Started = { job: number; path: string };

export class Exporting<Subject> {
  /** What the open dialog is about; null: no dialog. */
  subject = $state.raw<Subject | null>(null);
  folder = $state<string | null>(null);
  job = $state.raw<ExportJob | null>(null);
  problem = $state.raw<AppError | null>(null);

  constructor(
    protected readonly backend: Backend,
    protected readonly connection: number,
  ) {}

  /** Opens the dialog. False: a running export comes back instead. */
  protected show(subject: Subject): boolean {
    this.subject = subject;
    if (this.job?.running) return false;
    this.job = null;
    this.problem = null;
    return true;
  }

  close(): void {
    this.subject = null;
  }

  async chooseFolder(): Promise<void> {
    try {
      this.folder = (await this.backend.chooseExportFolder()) ?? this.folder;
    } catch (thrown) {
      this.problem = appError(thrown);
    }
  }

  /** Runs the job; if it cannot begin, the form comes back with the problem. */
  protected async run(
    job: ExportJob,
    begin: (receive: (event: ExportEvent) => void) => Promise<Started>,
  ): Promise<void> {
    this.problem = null;
    this.job = job;
    try {
      const started = await begin((event) => (job.state = event));
      job.job = started.job;
      job.path = started.path;
    } catch (thrown) {
      this.job = null;
      this.problem = appError(thrown);
    }
  }

  async cancel(): Promise<void> {
    const job = this.job?.job;
    if (job !== null && job !== undefined) await this.backend.cancelExport(job);
  }

  /** Back to the form, for another one. */
  again(): void {
    this.job = null;
  }
}
