import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { ConnectionState, Frame } from '../../ipc/backend';
import ConnectionNotice from './ConnectionNotice.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const CAUSE = { code: 'timeout', message: 'The broker did not answer CONNECT.', detail: null };
const frame = (state: ConnectionState) =>
  ({ state, subscriptions: [], historyProblem: null, notice: null }) as unknown as Frame;
const connecting = (attempt: number) => frame({ kind: 'connecting', attempt, step: 'connack' });
const nothing = () => undefined;
const acts = {
  editable: true,
  onretry: nothing,
  onedit: nothing,
  ontest: nothing,
  onresume: nothing,
};

test('a slow step is named, however often the page hears of it', async () => {
  const { rerender } = render(ConnectionNotice, { frame: connecting(1), ...acts });
  expect(screen.queryByTestId('state-connecting')).toBeNull();
  for (let part = 0; part < 4; part += 1) {
    await vi.advanceTimersByTimeAsync(250);
    await rerender({ frame: connecting(1) });
  }
  expect(screen.getByTestId('state-connecting')).toHaveTextContent('waiting for CONNACK');
});

test('why the last attempt failed stays while the next is under way, and no longer', async () => {
  const waiting = frame({ kind: 'waiting', attempt: 1, retryAt: 0, cause: CAUSE });
  const { rerender } = render(ConnectionNotice, { frame: waiting, ...acts });
  await rerender({ frame: connecting(2) });
  const words = screen.getByTestId('state-connecting');
  expect(words).toHaveTextContent(CAUSE.message);
  expect(words).toHaveTextContent('waiting for CONNACK… (attempt 2)');
  await rerender({ frame: frame({ kind: 'paused', dropped: true }) });
  expect(screen.getByTestId('state-paused')).toHaveTextContent('the will if there is one');
  await rerender({ frame: connecting(1) });
  expect(screen.queryByTestId('state-connecting')).toBeNull();
});
