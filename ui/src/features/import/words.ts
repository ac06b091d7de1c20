// What an import brings and has brought, in words. Pure.

import type { ImportEvent, ImportMessages, ImportResult } from '../../ipc/backend';
import { counted, digits, moment, span } from '../../lib/format';
import type { ImportJob } from './importing.svelte';

/** "12 410 messages on 3 topics, from … to …". */
export function messagesWords(messages: ImportMessages, utc: boolean): string {
  const { complete, count, topics, earliest, latest } = messages;
  const least = complete ? '' : 'At least ';
  const much = `${least}${counted(count, 'message')} on ${counted(topics, 'topic')}`;
  if (earliest === null || latest === null) return `${much}.`;
  return `${much}, from ${moment(earliest, utc)} to ${moment(latest, utc)}.`;
}

/** What is lost or changed on the way, a sentence each. */
export function lossWords(messages: ImportMessages): string[] {
  const words: string[] = [];
  if (!messages.complete && messages.damage === null)
    words.push('The file is large: only its beginning was looked through. All of it is imported.');
  if (messages.changed > 0)
    words.push(
      `${counted(messages.changed, 'payload is', 'payloads are')} not as received: the program that wrote the file printed the JSON anew.`,
    );
  if (messages.bad > 0)
    words.push(
      `${counted(messages.bad, 'entry is no message', 'entries are no messages')} and will be left out.`,
    );
  if (messages.taken.length > 0)
    words.push(
      `The history has ${list(messages.taken)} already. What is imported stands beside it, as a connection of its own.`,
    );
  return words;
}

/** "“a”, “b” and 3 more". */
export function list(names: string[], most = 3): string {
  const shown = names.slice(0, most).map((name) => `“${name}”`);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${digits(more)} more`;
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}

/** "12 410 messages a second, 8 s left". */
export function paceWords(job: ImportJob): string {
  const { pace } = job;
  if (!pace) return 'beginning…';
  const rate = `${digits(Math.round(pace.rate))} messages a second`;
  return `${rate}, ${span(Math.max(1, pace.left) * 1000)} left`;
}

/** How an import of messages has ended. */
export function endWords(event: Extract<ImportEvent, { result: ImportResult }>): string {
  const { imported, connections, bad, renumbered } = event.result;
  const into = connections.length === 0 ? '' : ` as ${list(connections.map(({ name }) => name))}`;
  const are = `${counted(imported, 'message is', 'messages are')} in the history${into}.`;
  const left = bad > 0 ? ` ${counted(bad, 'entry was', 'entries were')} left out.` : '';
  const anew =
    renumbered > 0 ? ` ${counted(renumbered, 'message was', 'messages were')} numbered anew.` : '';
  const before = { finished: '', cancelled: 'Cancelled: ', failed: 'Not all of it: ' }[event.kind];
  return `${before}${are}${left}${anew}`;
}
