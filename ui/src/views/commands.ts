// What the palette offers: every action with its key, and what can be done with the typed text.

import type { Connections } from '../features/connections/connections.svelte';
import { blankProfile } from '../features/connections/profile';
import type { Packets } from '../features/packets/packets.svelte';
import { type TopicAct, topicActs } from '../features/topics/topic-acts';
import type { Selection } from '../ipc/backend';
import { commandKey } from '../lib/keys';
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
  ['asOfMessage', 'Show the tree as of this message', 't'],
  ['asOfTime', 'Show the tree as of a time…', 'T'],
  ['earlier', 'Time travel: to the message before', ','],
  ['later', 'Time travel: to the message after', '.'],
  ['present', 'Time travel: back to the present', 'Esc'],
  ['difference', 'What differs between two moments', 'D'],
  ['publish', 'Publish what stands in the form', `${commandKey} ↵`],
];

/** What the bar of the packets does; `show` brings them into view. */
export function packetCommands(packets: Packets, show: () => void): Command[] {
  const { filter, following } = packets;
  const { recording } = packets.window;
  const acts: [string, () => unknown][] = [
    [
      following ? 'Hold the packets in view' : 'Follow the newest packet',
      () => packets.follow(!following),
    ],
    [
      filter.hidePings ? 'Show the PINGs among the packets' : 'Hide the PINGs among the packets',
      () => packets.setFilter({ hidePings: !filter.hidePings }),
    ],
    [
      recording ? 'Stop recording packets' : 'Record packets',
      () => packets.setRecording(!recording),
    ],
    ['Forget the packets recorded so far', () => packets.clear()],
  ];
  return acts.map(([label, act]) => ({
    label,
    run: () => {
      show();
      return act();
    },
  }));
}

/** What can be done with the selected topic and has no key of its own. */
export function topicCommands(selection: Selection | null, act: (name: TopicAct) => unknown) {
  return topicActs(selection)
    .filter(({ name }) => name !== 'copyTopic' && name !== 'publishHere')
    .map(({ name, label }): Command => ({ label, run: () => act(name) }));
}

/** The other connections, open or saved, and a new one. */
export function connectionCommands(connections: Connections): Command[] {
  const { active, open, profiles } = connections;
  const shown = open
    .filter((connection) => connection !== active)
    .map((connection) => ({
      label: `Show the connection ${connection.name}`,
      run: () => (connections.active = connection),
    }));
  const saved = profiles
    .filter(({ id }) => !open.some(({ profile }) => profile?.id === id))
    .map((profile) => ({
      label: `Open the connection ${profile.name}`,
      run: () => connections.connect(profile),
    }));
  const add = { label: 'Add a broker…', run: () => (connections.editing = blankProfile()) };
  return [...shown, ...saved, add];
}

/** The commands that fit the text, those for the text itself first. */
export function commandsFor(
  text: string,
  actions: Partial<Actions>,
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
            label: `Search this history for “${typed}”`,
            run: () => on.searchHistory(typed),
          },
        ];
  const named = NAMES.flatMap(([name, label, key]) => {
    const run = actions[name];
    return run ? [{ label, key, run }] : [];
  });
  const words = typed.toLowerCase().split(/\s+/);
  const fits = (command: Command) =>
    words.every((word) => command.label.toLowerCase().includes(word));
  return [...[...named, ...more].filter(fits), ...forText];
}
