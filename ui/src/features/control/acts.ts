// What can be done to a connection as it stands now: for its menu and the palette alike. Pure.

import type { ConnectionState } from '../../ipc/backend';

export type ActName =
  | 'connect'
  | 'ping'
  | 'disconnect'
  | 'drop'
  | 'reauthenticate'
  | 'pauseRecording'
  | 'resumeRecording'
  | 'keep'
  | 'clearHistory'
  | 'subscriptions'
  | 'tester'
  | 'unlock'
  | 'test'
  | 'edit'
  | 'close';
export type Act = { name: ActName; label: string; about?: string };

export type Standing = {
  state: ConnectionState | null;
  v5: boolean;
  /** It signs in with SCRAM. */
  scram: boolean;
  /** Recording is paused. */
  recordingPaused: boolean;
  /** Production, and not unlocked. */
  locked: boolean;
  /** It has a saved form, unlike the demo. */
  editable: boolean;
};

const ALL: (Act & { when: (now: Standing) => boolean })[] = [
  {
    name: 'connect',
    label: 'Connect now',
    when: ({ state }) => isResting(state),
  },
  { name: 'ping', label: 'Ping now', about: 'PINGREQ, and how long PINGRESP takes', when: isUp },
  {
    name: 'disconnect',
    label: 'Disconnect…',
    about: 'DISCONNECT; the will is not published',
    when: isUp,
  },
  {
    name: 'drop',
    label: 'Drop connection…',
    about: 'No DISCONNECT; the will is published',
    when: isUp,
  },
  {
    name: 'reauthenticate',
    label: 'Authenticate again',
    about: 'AUTH 0x19, MQTT 5 §4.12.1',
    when: (now) => isUp(now) && now.v5 && now.scram,
  },
  { name: 'unlock', label: 'Unlock production…', when: ({ locked }) => locked },
  {
    name: 'pauseRecording',
    label: 'Pause recording',
    about: 'The tree stays live',
    when: ({ recordingPaused }) => !recordingPaused,
  },
  {
    name: 'resumeRecording',
    label: 'Resume recording',
    when: ({ recordingPaused }) => recordingPaused,
  },
  { name: 'keep', label: 'What the history keeps…', when: () => true },
  { name: 'clearHistory', label: 'Clear this connection’s history…', when: () => true },
  { name: 'subscriptions', label: 'Change the subscriptions…', when: () => true },
  { name: 'tester', label: 'Test a topic filter…', when: () => true },
  { name: 'test', label: 'Test connection…', when: ({ editable }) => editable },
  { name: 'edit', label: 'Edit this connection…', when: ({ editable }) => editable },
  { name: 'close', label: 'Close this connection', when: () => true },
];

export function actsFor(now: Standing): Act[] {
  return ALL.filter(({ when }) => when(now));
}

function isUp({ state }: Standing): boolean {
  return state?.kind === 'connected';
}

function isResting(state: ConnectionState | null): boolean {
  return ['waiting', 'refused', 'paused', 'closed'].includes(state?.kind ?? '');
}
