// Keys that work in the whole window. Text fields keep their letters; dialogs keep everything.

import { dialogIsOpen, isPlain, isTyping, withCommand } from '../lib/keys';

export type Actions = Record<
  | 'filter'
  | 'follow'
  | 'compare'
  | 'hex'
  | 'older'
  | 'newer'
  | 'copyTopic'
  | 'copyPayload'
  | 'publishHere'
  | 'publishAgain'
  | 'publish'
  | 'palette'
  | 'asOfMessage'
  | 'asOfTime'
  | 'earlier'
  | 'later'
  | 'present'
  | 'difference',
  () => unknown
>;

const LETTERS: Record<string, keyof Actions> = {
  '/': 'filter',
  F: 'follow',
  f: 'follow',
  d: 'compare',
  x: 'hex',
  '[': 'older',
  ']': 'newer',
  y: 'copyPayload',
  Y: 'copyTopic',
  p: 'publishHere',
  P: 'publishAgain',
  t: 'asOfMessage',
  T: 'asOfTime',
  ',': 'earlier',
  '.': 'later',
  Escape: 'present',
  D: 'difference',
};
const FOCUSABLE =
  '[role=tree], [data-testid=lines], [role=listbox], textarea, input, button:not([tabindex="-1"])';

export function handleKey(
  event: KeyboardEvent,
  actions: Partial<Actions>,
  root: HTMLElement | null,
): void {
  if (event.defaultPrevented || dialogIsOpen()) return;
  if (movesPane(event, root)) return event.preventDefault();
  if (event.key === 'Enter' && withCommand(event)) {
    event.preventDefault();
    actions.publish?.();
    return;
  }
  if (event.key.toLowerCase() === 'k' && withCommand(event)) {
    event.preventDefault();
    actions.palette?.();
    return;
  }
  const letter = LETTERS[event.key];
  if (!letter || !isPlain(event) || isTyping(event.target)) return;
  event.preventDefault();
  actions[letter]?.();
}

function movesPane(event: KeyboardEvent, root: HTMLElement | null): boolean {
  if (!root) return false;
  const panes = [...root.querySelectorAll<HTMLElement>('[data-pane]:not([role])')];
  if (event.key === 'F6') {
    const at = panes.findIndex((pane) => pane.contains(document.activeElement));
    const next = at + (event.shiftKey ? -1 : 1);
    return focusPane(panes[(next + panes.length) % panes.length]);
  }
  if (!withCommand(event) || !/^[1-4]$/.test(event.key)) return false;
  return focusPane(panes.find((pane) => pane.dataset.pane === event.key));
}

function focusPane(pane: HTMLElement | undefined): boolean {
  const wanted = FOCUSABLE.split(', ').map((selector) =>
    pane?.querySelector<HTMLElement>(selector),
  );
  const target = wanted.find((element) => element != null);
  target?.focus();
  return target !== undefined;
}
