// What the palette offers: every action with its key, and what can be done with the typed text.

import type { Actions } from './shortcuts';

export type Command = { label: string; key?: string; run: () => unknown };

export type TextActions = {
  reveal: (topic: string) => unknown;
  filterTopics: (text: string) => unknown;
  searchHistory: (text: string) => unknown;
};

const NAMES: [keyof Actions, string, string][] = [
  ['filter', 'Filter the topics', '/'],
  ['follow', 'Follow the newest message, or hold this one', 'F'],
  ['compare', 'Mark what changed since the message before', 'd'],
  ['hex', 'Show the payload as hex', 'x'],
  ['older', 'Older message', '['],
  ['newer', 'Newer message', ']'],
  ['copyTopic', 'Copy the topic', 'Y'],
  ['copyPayload', 'Copy the payload', 'y'],
  ['publishHere', 'Publish to this topic', 'p'],
  ['publishAgain', 'Publish this message again', 'P'],
];

/** The commands that fit the text, those for the text itself first. */
export function commandsFor(
  text: string,
  actions: Actions,
  on: TextActions,
  more: Command[],
): Command[] {
  const typed = text.trim();
  const forText: Command[] =
    typed === ''
      ? []
      : [
          { label: `Go to topic ${typed}`, run: () => on.reveal(typed) },
          { label: `Filter topics by “${typed}”`, run: () => on.filterTopics(typed) },
          {
            label: `Search payloads of this history for “${typed}”`,
            run: () => on.searchHistory(typed),
          },
        ];
  const named = NAMES.map(([name, label, key]) => ({ label, key, run: actions[name] }));
  const words = typed.toLowerCase().split(/\s+/);
  const fits = (command: Command) =>
    words.every((word) => command.label.toLowerCase().includes(word));
  return [...[...named, ...more].filter(fits), ...forText];
}
