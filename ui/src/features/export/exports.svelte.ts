// Exports of messages: which ones, in which form, under which name, and what if that is taken.

import type {
  AppError,
  ExistingFile,
  ExportEstimate,
  ExportFormat,
  ExportSplit,
  HistoryQuery,
} from '../../ipc/backend';
import { stamp } from '../../lib/format';
import { ExportJob, Exporting } from './exporting.svelte';
import { named, usualSplit } from './formats';

export class Exports extends Exporting<HistoryQuery> {
  format = $state<ExportFormat>('ndjson');
  split = $state<ExportSplit>('never');
  formulaSafe = $state(true);
  fileName = $state('');
  /** About how many messages; null: not known yet, or not at all. */
  estimate = $state.raw<ExportEstimate | null>(null);
  /** Something stands under the name: the user is asked what to do. */
  taken = $state.raw<AppError | null>(null);

  /** Opens the dialog for exactly what the history shows. */
  open(query: HistoryQuery, now: number, utc: boolean): void {
    if (!this.show(query)) return;
    this.taken = null;
    this.fileName = named(`${subjectOf(query)}-${stamp(now, utc)}`, this.format);
    void this.#count(query);
  }

  setFormat(format: ExportFormat): void {
    this.fileName = named(this.fileName, format);
    this.format = format;
    this.split = usualSplit(format);
  }

  /** Whether something may be replaced by it: never a folder. */
  get isReplaceable(): boolean {
    return this.taken?.code === 'export-exists';
  }

  async start(existing: ExistingFile = 'ask'): Promise<void> {
    const { subject: query, format, split, formulaSafe, folder, fileName } = this;
    if (query === null) return;
    this.taken = null;
    const request = { query, format, split, formulaSafe, folder, fileName, existing };
    await this.run(new ExportJob(fileName), (receive) =>
      this.backend.startExport(this.connection, request, receive),
    );
    if (this.problem && TAKEN.includes(this.problem.code)) {
      this.taken = this.problem;
      this.problem = null;
    }
  }

  async #count(query: HistoryQuery): Promise<void> {
    this.estimate = null;
    try {
      const estimate = await this.backend.estimateExport(this.connection, query);
      if (this.subject === query) this.estimate = estimate;
    } catch {
      // The export itself will say what is wrong with the history.
    }
  }
}

const TAKEN = ['export-exists', 'export-folder-exists'];

/** The topic as the beginning of a file name. */
function subjectOf(query: HistoryQuery): string {
  const topic = (query.scope?.topic ?? '')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  return topic.slice(0, 80) || 'topics';
}
