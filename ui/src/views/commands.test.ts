import { expect, test, vi } from 'vitest';

import { commandsFor } from './commands';
import { type Actions, handleKey } from './shortcuts';

const NAMES = [
  'filter',
  'follow',
  'compare',
  'hex',
  'older',
  'newer',
  'copyTopic',
  'copyPayload',
  'publishHere',
  'publishAgain',
  'publish',
  'palette',
];
const spies = () => Object.fromEntries(NAMES.map((name) => [name, vi.fn()])) as unknown as Actions;
const text = { reveal: vi.fn(), filterTopics: vi.fn(), searchHistory: vi.fn() };

test('the palette lists every action with its key', () => {
  const commands = commandsFor('', spies(), text, []);
  expect(commands.length).toBeGreaterThan(8);
  expect(commands.every((command) => command.key !== undefined)).toBe(true);
});

test('typed text narrows the actions and can itself be gone to', () => {
  const labels = commandsFor('copy', spies(), text, []).map((command) => command.label);
  expect(labels).toContain('Copy the topic');
  expect(labels).not.toContain('Older message');
  commandsFor(' acme/x ', spies(), text, [])
    .find((command) => command.label.startsWith('Go to'))
    ?.run();
  expect(text.reveal).toHaveBeenCalledWith('acme/x');
});

test.each([
  ['/', {}, 'filter'],
  ['F', { shiftKey: true }, 'follow'],
  ['[', {}, 'older'],
  ['P', { shiftKey: true }, 'publishAgain'],
  ['Enter', { ctrlKey: true }, 'publish'],
  ['k', { ctrlKey: true }, 'palette'],
] as const)('key %s runs its action', (key, modifiers, name) => {
  const actions = spies();
  handleKey(new KeyboardEvent('keydown', { key, ...modifiers }), actions, null);
  expect(actions[name]).toHaveBeenCalledOnce();
});

test('letters typed into a field, and keys under a dialog, run nothing', () => {
  const actions = spies();
  const field = document.createElement('input');
  document.body.append(field);
  field.addEventListener('keydown', (event) => handleKey(event, actions, null));
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'p' }));
  const dialog = document.createElement('dialog');
  dialog.setAttribute('open', '');
  document.body.append(dialog);
  handleKey(new KeyboardEvent('keydown', { key: 'p' }), actions, null);
  expect(actions.publishHere).not.toHaveBeenCalled();
  document.body.replaceChildren();
});
