// The rules for topic names and topic filters (MQTT 5 §4.7), for checks while typing.
// The backend checks again; this only says it earlier.

const LONGEST = 65_535;
const bytes = (text: string) => new TextEncoder().encode(text).length;

/** What is wrong with a topic name to publish to, as a sentence; null when nothing is. */
export function topicProblem(topic: string): string | null {
  if (topic === '') return 'Give the topic to publish to.';
  if (/[+#]/.test(topic))
    return 'A topic to publish to cannot contain + or #; they belong in filters.';
  if (topic.includes('\0')) return 'A topic cannot contain the character U+0000.';
  if (bytes(topic) > LONGEST) return 'A topic has at most 65 535 bytes.';
  return null;
}

/** What is wrong with a topic filter, as a sentence; null when nothing is. */
export function filterProblem(filter: string): string | null {
  if (filter === '') return 'Give a topic filter, such as plant/+/temperature or plant/#.';
  if (filter.includes('\0')) return 'A topic filter cannot contain the character U+0000.';
  if (bytes(filter) > LONGEST) return 'A topic filter has at most 65 535 bytes.';
  const levels = filter.split('/');
  if (levels.some((level, at) => level.includes('#') && (level !== '#' || at < levels.length - 1)))
    return '# must be the last level and stand there alone, as in a/b/#.';
  if (levels.some((level) => level.includes('+') && level !== '+'))
    return '+ must fill a whole level, as in a/+/b.';
  return null;
}

/** Whether a text in the filter box reads as an MQTT filter: + or # as a whole level. */
export function readsAsFilter(text: string): boolean {
  return text.split('/').some((level) => level === '+' || level === '#');
}

/** The ancestors of a topic and itself, for a breadcrumb; empty levels are levels. */
export function crumbs(topic: string): { name: string; path: string }[] {
  const levels = topic.split('/');
  return levels.map((name, at) => ({ name, path: levels.slice(0, at + 1).join('/') }));
}

/** What is left of a topic below a branch: "line-1/cnc-01" below "acme/munich". */
export function tail(topic: string, branch: string): string {
  return topic.startsWith(`${branch}/`) ? topic.slice(branch.length + 1) : topic;
}

/** The last two levels, where a topic is longer: "…/cnc-01/spindle". */
export function lastLevels(topic: string): string {
  const levels = topic.split('/');
  return levels.length > 2 ? `…/${levels.slice(-2).join('/')}` : topic;
}

/** Line breaks and indentation as one space, for a preview on one line. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\n\r\t]\s*/g, ' ');
}

const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Control and direction characters as escapes, so that they cannot disguise a name. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16).toUpperCase()}}`;
  });
}
