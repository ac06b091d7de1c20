// Exports: what the dialog asks for, and the jobs that run on when it is closed.

import type { AppError, Backend, ExportEvent, ExportFormat, HistoryQuery } from '../../ipc/backend';
import { appError } from '../../ipc/errors';
import { stamp } from '../../lib/format';

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

export class Exports {
  /** What the open dialog is about; null: no dialog. */
  query = $state.raw<HistoryQuery | null>(null);
  format = $state<ExportFormat>('ndjson');
  formulaSafe = $state(true);
  folder = $state<string | null>(null);
  fileName = $state('');
  job = $state.raw<ExportJob | null>(null);
  problem = $state.raw<AppError | null>(null);

  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
  ) {}

  /** Opens the dialog for exactly what the history shows. A running export comes back instead. */
  open(query: HistoryQuery, now: number, utc: boolean): void {
    this.query = query;
    if (this.job?.running) return;
    this.job = null;
    this.problem = null;
    this.fileName = suggestedName(query, this.format, now, utc);
  }

  close(): void {
    this.query = null;
  }

  setFormat(format: ExportFormat): void {
    this.fileName = this.fileName.replace(/\.(ndjson|csv|json)$/, '') + `.${format}`;
    this.format = format;
  }

  async chooseFolder(): Promise<void> {
    try {
      this.folder = (await this.backend.chooseExportFolder()) ?? this.folder;
    } catch (thrown) {
      this.problem = appError(thrown);
    }
  }

  async start(): Promise<void> {
    const { query, format, formulaSafe, folder, fileName } = this;
    if (query === null) return;
    const job = new ExportJob(fileName);
    this.problem = null;
    this.job = job;
    try {
      const request = { query, format, formulaSafe, folder, fileName };
      const started = await this.backend.startExport(this.connection, request, (event) => {
        job.state = event;
      });
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

function suggestedName(
  query: HistoryQuery,
  format: ExportFormat,
  now: number,
  utc: boolean,
): string {
  const topic = query.scope.topic.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^-+|-+$/g, '');
  return `${topic.slice(0, 80) || 'topics'}-${stamp(now, utc)}.${format}`;
}
