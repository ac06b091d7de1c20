// What an export will contain, and how a running one stands, in words. Pure.

import type { ExportEstimate, HistoryQuery } from '../../ipc/backend';
import { counted, digits, moment, span } from '../../lib/format';
import { visible } from '../../lib/topic';
import type { ExportJob } from './exporting.svelte';

/** "All messages of a/b and everything below it, since …, that match “x”." */
export function scopeWords(query: HistoryQuery, utc: boolean): string {
  const { scope, text, from, to } = query;
  const where = scope ? `of ${visible(scope.topic)}` : 'on every topic';
  const parts = [`All recorded messages ${where}`];
  if (scope?.subtree) parts[0] += ' and everything below it';
  if (from !== null) parts.push(`from ${moment(from, utc)}`);
  if (to !== null) parts.push(`until ${moment(to, utc)}`);
  if (text.trim() !== '') parts.push(`that match “${visible(text.trim())}”`);
  return `${parts.join(', ')}.`;
}

/** "812 messages.", "About 12 000 messages."; while it is counted, that. */
export function estimateWords(estimate: ExportEstimate | null): string {
  if (estimate === null) return 'Counting…';
  if (estimate.exact) return `${counted(estimate.messages, 'message')}.`;
  const step = 10 ** Math.max(0, String(estimate.messages).length - 2);
  return `About ${counted(Math.round(estimate.messages / step) * step, 'message')}.`;
}

/** For the foot: a running export in a few words; null when none runs. */
export function runningWords(job: ExportJob | null): string | null {
  if (!job?.running) return null;
  const written = job.state?.kind === 'progress' ? job.state.written : 0;
  return `exporting: ${counted(written, job.what)}`;
}

/** "12 410 messages a second, 8 s left". */
export function paceWords(job: ExportJob): string {
  const pace = job.pace;
  if (!pace) return 'beginning…';
  const rate = `${digits(Math.round(pace.rate))} ${job.what}s a second`;
  return pace.left === null ? rate : `${rate}, ${span(Math.max(1, pace.left) * 1000)} left`;
}
