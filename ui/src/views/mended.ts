// What had to be done with the history before it could be opened, in words.

import type { HistoryMended } from '../ipc/backend';
import { counted } from '../lib/format';

/** A title and a sentence for a banner. */
export function mendedWords(mended: HistoryMended): { title: string; sentence: string } {
  if (mended.kind === 'upgraded')
    return {
      title: 'The history has the new format now.',
      sentence: `All of its messages were taken over. The old file is kept as ${mended.kept}; delete it when you no longer need it.`,
    };
  const nameless =
    mended.nameless === 0
      ? ''
      : ` The names of ${counted(mended.nameless, 'topic')} are lost; what they had stands under “(name lost)”.`;
  const lost =
    mended.lost === 0 ? '' : ` At least ${counted(mended.lost, 'message')} could not be read.`;
  return {
    title: 'The history could not be used and was set aside.',
    sentence: `${counted(mended.messages, 'message')} that are intact were taken over.${lost}${nameless} The file is kept with every byte as ${mended.aside}. What was wrong: ${mended.reason}.`,
  };
}
