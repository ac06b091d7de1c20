// A replay in words: what it would do, and how it stands. Pure.

import type { ReplayEvent, ReplayOutlook } from '../../ipc/backend';
import { counted, digits, moment, size, span } from '../../lib/format';

/** "400 messages, 50 KiB, recorded from … to …; sent in 10 s." */
export function outlookWords(outlook: ReplayOutlook, utc: boolean): string[] {
  const { messages, first, last, duration } = outlook;
  if (messages === 0) return ['No message would be sent.', ...remarks(outlook)];
  const times =
    first !== null && last !== null
      ? ` Recorded from ${moment(first, utc)} to ${moment(last, utc)}.`
      : '';
  const long = duration === null ? 'until it is stopped' : `in ${span(duration / 1000)}`;
  return [
    `${counted(messages, 'message')}, ${size(outlook.bytes)}, sent ${long}.${times}`,
    ...remarks(outlook),
  ];
}

function remarks(outlook: ReplayOutlook): string[] {
  const { retained, clearing, unchanged, skipped, refused, unreadable } = outlook;
  return [
    retained > 0 && `The broker will keep ${counted(retained, 'retained message')}.`,
    clearing > 0 && `${counted(clearing, 'message')} will remove a retained message there.`,
    unchanged > 0 && `${counted(unchanged, 'message')} will go to the topic as it was recorded.`,
    skipped > 0 && `${counted(skipped, 'message')} went the other way and will be left out.`,
    unreadable > 0 &&
      `${counted(unreadable, 'message')} of the history cannot be read, since it is damaged there.`,
    refused > 0 && `${counted(refused, 'message')} cannot be sent.`,
  ].filter((words) => words !== false);
}

const STAGES: Record<ReplayEvent['stage'], string> = {
  running: 'Sending',
  paused: 'Paused',
  waiting: 'Waiting for the connection to the broker',
  finishing: 'Waiting for the last answers',
};

/** What it is doing, or how it ended. */
export function stageWords(event: ReplayEvent | null): string {
  if (event === null) return 'Beginning…';
  if (event.end === null) return STAGES[event.stage];
  return { finished: '✓ Finished', stopped: 'Stopped', failed: 'Failed' }[event.end.kind];
}

/** "40 messages a second, 1.2 s late, 7 s left". */
export function paceWords(event: ReplayEvent): string {
  const parts = [`${digits(Math.round(event.perSecond ?? 0))} messages a second`];
  if (event.lag > 1_000_000) parts.push(`${span(event.lag / 1000)} behind its schedule`);
  if (event.left !== null && event.end === null) parts.push(`${span(event.left / 1000)} left`);
  if (event.pass > 1) parts.push(`pass ${digits(event.pass)}`);
  return parts.join(', ');
}

/** For the foot: a running replay in a few words; null when none runs. */
export function replayingWords(running: boolean, event: ReplayEvent | null): string | null {
  if (!running) return null;
  const word = event?.stage === 'paused' ? 'replay paused' : 'replaying';
  return `${word}: ${counted(event?.published ?? 0, 'message')}`;
}
