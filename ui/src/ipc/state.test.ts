import { expect, test } from 'vitest';

import type { ConnectionState } from './backend';
import { refusalHint, secondsLeft, stateTone, stateWord, tabNote } from './state';

const cause = { code: 'refused', message: 'no', detail: null };
const STATES: [ConnectionState | null, string, string, string][] = [
  [null, 'busy', 'connecting', 'connecting…'],
  [
    { kind: 'connected', sessionPresent: false, clientId: 'c', since: 0, limits: [] },
    'good',
    'connected',
    '12.4k/s',
  ],
  [
    { kind: 'waiting', attempt: 2, retryAt: 3_000_000, cause },
    'warn',
    'waiting to reconnect',
    'retry in 3 s',
  ],
  [{ kind: 'refused', cause }, 'bad', 'refused', 'refused'],
  [{ kind: 'closed' }, 'off', 'closed', 'closed'],
  [
    { kind: 'connecting', attempt: 1, step: 'connack' },
    'busy',
    'connecting',
    'waiting for CONNACK…',
  ],
  [{ kind: 'disconnecting' }, 'busy', 'disconnecting', 'disconnecting…'],
  [{ kind: 'paused', dropped: false }, 'off', 'disconnected', 'disconnected'],
  [{ kind: 'paused', dropped: true }, 'off', 'dropped', 'dropped'],
];

test.each(STATES)('%j in tone and words', (state, tone, word, note) => {
  expect([stateTone(state), stateWord(state), tabNote(state, 12_410, 0)]).toEqual([
    tone,
    word,
    note,
  ]);
});

test('a countdown never shows less than nothing', () => {
  expect(secondsLeft(1_000_000, 9_000_000)).toBe(0);
  expect(secondsLeft(1_200_000, 0)).toBe(2);
});

test('a takeover is explained, since trying again would only take turns', () => {
  const taken = { code: 'disconnected', message: 'Session taken over (0x8E)', detail: null };
  expect(refusalHint(taken)).toContain('same client identifier');
  expect(refusalHint({ ...taken, message: 'Not authorized (0x87)' })).toBeNull();
  expect(refusalHint(cause)).toBeNull();
});
