// Who gets a key: text fields keep theirs, everything else may act on single letters.

const EDITABLE = 'input, textarea, select, [contenteditable="true"]';

/** Whether the user is typing text, so that single letters are not commands. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(EDITABLE) !== null;
}

/** Whether a dialog is open; the panes below then get no keys. */
export function dialogIsOpen(): boolean {
  return document.querySelector('dialog[open]') !== null;
}

/** Ctrl on most systems, ⌘ on Apple's. */
export function withCommand(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey;
}

/** No modifier that would make it another key than the letter on it. */
export function isPlain(event: KeyboardEvent): boolean {
  return !event.ctrlKey && !event.metaKey && !event.altKey;
}

/** How the command key is called here. */
export const commandKey = /mac|iphone|ipad/i.test(navigator.userAgent) ? '⌘' : 'Ctrl';
