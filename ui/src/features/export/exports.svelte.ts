// Exports of messages: which ones, in which form, and under which name.

import type { ExportFormat, HistoryQuery } from '../../ipc/backend';
import { stamp } from '../../lib/format';
import { ExportJob, Exporting } from './exporting.svelte';

export class Exports extends Exporting<HistoryQuery> {
  format = $state<ExportFormat>('ndjson');
  formulaSafe = $state(true);
  fileName = $state('');

  /** Opens the dialog for exactly what the history shows. */
  open(query: HistoryQuery, now: number, utc: boolean): void {
    if (this.show(query)) this.fileName = suggestedName(query, this.format, now, utc);
  }

  setFormat(format: ExportFormat): void {
    this.fileName = this.fileName.replace(/\.(ndjson|csv|json)$/, '') + `.${format}`;
    this.format = format;
  }

  async start(): Promise<void> {
    const { subject: query, format, formulaSafe, folder, fileName } = this;
    if (query === null) return;
    const request = { query, format, formulaSafe, folder, fileName };
    await this.run(new ExportJob(fileName), (receive) =>
      this.backend.startExport(this.connection, request, receive),
    );
  }
}

function suggestedName(
  query: HistoryQuery,
  format: ExportFormat,
  now: number,
  utc: boolean,
): string {
  const topic = (query.scope?.topic ?? '')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  return `${topic.slice(0, 80) || 'topics'}-${stamp(now, utc)}.${format}`;
}
