// What can be done with every history, of an open connection as of a file: by key, and with a typed
// text. The state and the panes are asked for when something is done.

import type { TextActions } from './commands';
import type { Layout } from './layout.svelte';
import type { Travelling } from './travelling.svelte';

export type Room = {
  shown: () => Travelling;
  layout: Layout;
  /** Goes to the field that filters the topics. */
  filter: () => unknown;
  palette: () => unknown;
};

export function historyActs({ shown, layout, filter, palette }: Room) {
  const message = () => shown().message;
  return {
    filter,
    follow: () => message().toggleFollowing(),
    compare: () => message().toggleCompare(),
    hex: () => message().setTab(message().tab === 'hex' ? 'value' : 'hex'),
    older: () => shown().looking.beside(1),
    newer: () => shown().looking.beside(-1),
    copyTopic: async () => (shown().notice = await shown().looking.copyTopic()),
    copyPayload: async () => (shown().notice = await shown().looking.copyPayload()),
    palette,
    asOfMessage: () => shown().travelToMessage(),
    asOfTime: () => (shown().choosing = true),
    earlier: () => shown().stepInTime('older'),
    later: () => shown().stepInTime('newer'),
    present: () => shown().backToLive(),
    difference: () => {
      layout.set({ open: true, tab: 'difference' });
      void shown().compareWithEnd();
    },
  };
}

export function historyTextActs(shown: () => Travelling): TextActions {
  return {
    reveal: (topic) => shown().topics.reveal(topic),
    filterTopics: (text) => shown().topics.setText(text),
    searchHistory: (text) => shown().history.setText(text),
  };
}
