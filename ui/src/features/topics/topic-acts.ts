// What can be done with the selected topic, for its menu and the palette alike. Pure.

import type { Selection } from '../../ipc/backend';

export type TopicAct =
  | 'copyTopic'
  | 'publishHere'
  | 'clearRetained'
  | 'clearTopic'
  | 'clearBranch'
  | 'keepTopic'
  | 'keepBranch';
export type TopicActLine = { name: TopicAct; label: string; about?: string };

const ALL: (TopicActLine & { when: (selection: Selection) => boolean })[] = [
  { name: 'copyTopic', label: 'Copy the topic', about: 'Y', when: () => true },
  { name: 'publishHere', label: 'Publish to this topic', about: 'p', when: () => true },
  {
    name: 'clearRetained',
    label: 'Clear the retained message…',
    about: 'at the broker',
    when: ({ retained }) => retained,
  },
  {
    name: 'clearTopic',
    label: 'Clear this topic from the history…',
    when: ({ isTopic }) => isTopic,
  },
  {
    name: 'clearBranch',
    label: 'Clear this branch from the history…',
    when: ({ hasChildren }) => hasChildren,
  },
  {
    name: 'keepTopic',
    label: 'Stop recording this topic…',
    when: ({ isTopic, hasChildren }) => isTopic && !hasChildren,
  },
  {
    name: 'keepBranch',
    label: 'Stop recording this branch…',
    when: ({ hasChildren }) => hasChildren,
  },
];

export function topicActs(selection: Selection | null): TopicActLine[] {
  return selection === null ? [] : ALL.filter(({ when }) => when(selection));
}

/** The filter that matches a topic, or all of a branch: # matches its parent level too. */
export function filterOf(topic: string, branch: boolean): string {
  return branch ? `${topic}/#` : topic;
}
