// The real backend: the commands of the desktop shell. Besides bindings.ts the only file that
// knows Tauri. Payload bytes go raw, past the typed commands, since JSON would quadruple them.

import { Channel, invoke } from '@tauri-apps/api/core';

import type { Backend } from './backend';
import { commands } from './bindings';

/** Whether the page runs inside the desktop window. */
export function insideTauri(): boolean {
  return '__TAURI_INTERNALS__' in window;
}

export const tauri: Backend = {
  ...commands,
  startup: (receive) => commands.startup(channel(receive)),
  openConnection: (profile, given, receive) =>
    commands.openConnection(profile, given, channel(receive)),
  runDoctor: (profile, given, checks, receive) =>
    commands.runDoctor(profile, given, checks, channel(receive)),
  openDemo: (receive) => commands.openDemo(channel(receive)),
  publish: (connection, input, receive) => commands.publish(connection, input, channel(receive)),
  clearRetained: (connection, topic, receive) =>
    commands.clearRetained(connection, topic, channel(receive)),
  startExport: (connection, request, receive) =>
    commands.startExport(connection, request, channel(receive)),
  startImport: (request, receive) => commands.startImport(request, channel(receive)),
  startPacketExport: (connection, request, receive) =>
    commands.startPacketExport(connection, request, channel(receive)),
  startReplay: (connection, request, receive) =>
    commands.startReplay(connection, request, channel(receive)),
  openPast: (connection, moment, first, count, receive) =>
    commands.openPast(connection, moment, first, count, channel(receive)),
  openHistoryFile: (file, key, receive) => commands.openHistoryFile(file, key, channel(receive)),
  startRemoval: (connection, request, receive) =>
    commands.startRemoval(connection, request, channel(receive)),
  messagePayload: (connection, message) =>
    invoke<ArrayBuffer>('message_payload', { connection, message }),
  stagePayload: (bytes) => invoke<string>('stage_payload', bytes),
};

function channel<T>(receive: (value: T) => void): Channel<T> {
  const made = new Channel<T>();
  made.onmessage = receive;
  return made;
}
