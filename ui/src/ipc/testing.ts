// What tests of rune classes share: an open scripted connection, and a way to let calls run out.

import { FakeBackend, demoProfile } from './fake';
import type { Frame, Selection } from './backend';
import { NOTHING_GIVEN } from './secrets';

export const START = 1_795_170_923_144_000;

/** A scripted backend with one open connection that moves only when told. */
export async function opened() {
  const backend = new FakeBackend({ live: false, start: START });
  backend.profiles = [{ ...demoProfile, id: 'plant', name: 'Plant' }];
  const frames: Frame[] = [];
  let id = 0;
  // The first frame comes before the number; as on the page, it is asked on once that is known.
  const receive = (frame: Frame) => {
    frames.push(frame);
    if (id > 0) void backend.frameShown(id);
  };
  id = (await backend.openConnection('plant', NOTHING_GIVEN, receive)).connection;
  void backend.frameShown(id);
  return { backend, id, frames, plant: backend.of(id) };
}

/** Lets everything that was promised happen; nothing in these tests waits for time to pass. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve));
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
}

export function selectionOf(change: Partial<Selection>): Selection {
  return {
    node: 1,
    row: 0,
    topic: 'acme',
    isTopic: true,
    hasChildren: false,
    retained: false,
    messages: 1,
    historyRevision: 1,
    ...change,
  };
}
