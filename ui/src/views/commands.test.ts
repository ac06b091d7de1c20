import { expect, test, vi } from 'vitest';

import { Connections, OpenConnection } from '../features/connections/connections.svelte';
import { EVERYTHING, Packets } from '../features/packets/packets.svelte';
import { FakeBackend, demoProfile } from '../ipc/fake';
import { selectionOf } from '../ipc/testing';
import { commandsFor, connectionCommands, packetCommands, topicCommands } from './commands';
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

test('the packets are followed, filtered and recorded from the palette too', async () => {
  const packets = new Packets(new FakeBackend({ live: false }), 1);
  const show = vi.fn();
  const run = (start: string) =>
    packetCommands(packets, show)
      .find(({ label }) => label.startsWith(start))
      ?.run();
  run('Hold');
  expect(packets.following).toBe(false);
  run('Follow');
  expect(packets.following).toBe(true);
  run('Show the PINGs');
  expect(packets.filter).toEqual({ ...EVERYTHING, hidePings: false });
  expect(show).toHaveBeenCalledTimes(3);
});

test('the palette goes to the other connections, open and saved', () => {
  const backend = new FakeBackend({ live: false });
  const connections = new Connections(backend);
  const [a, b, c] = ['a', 'b', 'c'].map((id) => ({ ...demoProfile, id, name: id }));
  if (!a || !b || !c) throw new Error('three profiles');
  connections.profiles = [a, b, c];
  connections.open = [a, b].map((profile) => new OpenConnection(backend, profile));
  connections.active = connections.open[0] ?? null;
  const commands = connectionCommands(connections);
  expect(commands.map(({ label }) => label)).toEqual([
    'Show the connection b',
    'Open the connection c',
    'Add a broker…',
  ]);
  commands[0]?.run();
  expect(connections.active?.name).toBe('b');
});

test('the palette clears and keeps what is selected: a topic, a branch, or both', () => {
  const act = vi.fn();
  const labels = (change: Parameters<typeof selectionOf>[0]) =>
    topicCommands(selectionOf(change), act).map(({ label }) => label);
  expect(topicCommands(null, act)).toEqual([]);
  expect(labels({})).toEqual(['Clear this topic from the history…', 'Stop recording this topic…']);
  expect(labels({ isTopic: false, hasChildren: true })).toEqual([
    'Clear this branch from the history…',
    'Stop recording this branch…',
  ]);
  expect(labels({ hasChildren: true, retained: true })).toHaveLength(4);
  topicCommands(selectionOf({}), act)[0]?.run();
  expect(act).toHaveBeenCalledExactlyOnceWith('clearTopic');
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
