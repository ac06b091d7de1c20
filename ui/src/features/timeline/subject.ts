// What a timeline is of.

import type { Scope } from '../../ipc/backend';

/** What is shown: whose messages, as of when. */
export type Subject = {
  /** null: of the whole connection. */
  scope: Scope | null;
  /** Grows when there are new messages. */
  revision: number;
  /** The end of time so far; null: the last message is the end. */
  now: number | null;
  /** Whether the history shows only some of them, by what is looked for. */
  searched: boolean;
  /** The range that the history is limited to. */
  from: number | null;
  to: number | null;
};

/** Whether two scopes are of the same messages. */
export function sameScope(one: Scope | null, other: Scope | null): boolean {
  return one?.topic === other?.topic && one?.subtree === other?.subtree;
}
