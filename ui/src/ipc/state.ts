// States of a connection in words and tones. Pure; "now" comes in as an argument.

import type { AppError, ConnectStep, ConnectionState, Counters, Frame } from './backend';
import { digits, short } from '../lib/format';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'off';

export function stateTone(state: ConnectionState | null): Tone {
  switch (state?.kind) {
    case 'connected':
      return 'good';
    case 'waiting':
      return 'warn';
    case 'refused':
      return 'bad';
    case 'closed':
    case 'paused':
      return 'off';
    default:
      return 'busy';
  }
}

const STEPS: Record<ConnectStep, string> = {
  resolving: 'finding the address',
  reaching: 'reaching the broker',
  proxy: 'asking the proxy',
  tls: 'TLS',
  webSocket: 'WebSocket',
  connack: 'waiting for CONNACK',
  authenticating: 'authenticating',
};

/** What connecting is at: "waiting for CONNACK". */
export function stepWord(step: ConnectStep): string {
  return STEPS[step];
}

export function stateWord(state: ConnectionState | null): string {
  switch (state?.kind) {
    case 'connected':
      return 'connected';
    case 'waiting':
      return 'waiting to reconnect';
    case 'refused':
      return 'refused';
    case 'closed':
      return 'closed';
    case 'paused':
      return state.dropped ? 'dropped' : 'disconnected';
    case 'disconnecting':
      return 'disconnecting';
    default:
      return 'connecting';
  }
}

/** Whole seconds until the next try, never below zero; times in microseconds. */
export function secondsLeft(retryAt: number, now: number): number {
  return Math.max(0, Math.ceil((retryAt - now) / 1e6));
}

/** What a tab says behind the name. */
export function tabNote(state: ConnectionState | null, rate: number, now: number): string {
  if (state?.kind === 'connected') return `${short(rate)}/s`;
  if (state?.kind === 'waiting') return `retry in ${secondsLeft(state.retryAt, now)} s`;
  if (state?.kind === 'connecting') return `${STEPS[state.step]}…`;
  return state === null || state.kind === 'disconnecting'
    ? `${stateWord(state)}…`
    : stateWord(state);
}

/** What a person should know beside the reason of a refusal; null: the reason says it all. */
export function refusalHint({ code, message }: AppError): string | null {
  if (code !== 'disconnected' || !/taken over/i.test(message)) return null;
  return 'Another client connected with the same client identifier. Connecting again would end that one in turn, so it is left to you: give one of the two another identifier.';
}

/** Whether anything is recorded, in a word or two. */
export function recordingWord(frame: Frame): string {
  if (frame.recordingPaused) return 'Paused';
  if (frame.historyProblem !== null) return 'Not recording';
  return frame.state.kind === 'connected' ? 'Recording' : 'Idle';
}

/** How far the writing of history has come. */
export function committed(counters: Counters): string {
  if (counters.waiting === 0) return 'history 100 % committed';
  return `history writing behind by ${digits(counters.waiting)}`;
}
