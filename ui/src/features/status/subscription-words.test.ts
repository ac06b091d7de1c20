import { expect, test } from 'vitest';

import type { SubscriptionState } from '../../ipc/backend';
import { plainSubscription } from '../../ipc/subscription';
import { fallsShort, qosWords, verdict } from './subscription-words';

const answered = (result: SubscriptionState['result'], qos: number, grantedQos: number | null) => ({
  ...plainSubscription('acme/#', qos),
  result,
  grantedQos,
  reason: result === 'pending' ? '' : 'as SUBACK says',
});

test.each([
  [answered('pending', 1, null), false, '1 → …', 'busy', 'pending'],
  [answered('granted', 1, 1), false, '1 → 1', 'good', 'granted'],
  [answered('granted', 0, 0), false, '0 → 0', 'good', 'granted'],
  [answered('granted', 2, 1), true, '2 → 1', 'warn', 'granted, lower than asked'],
  [answered('refused', 1, null), true, '1 → –', 'bad', 'refused'],
] as const)('%j', (subscription, short, qos, tone, words) => {
  expect(fallsShort(subscription)).toBe(short);
  expect(qosWords(subscription)).toBe(qos);
  expect(verdict(subscription)).toMatchObject({ tone, words });
  expect(verdict(subscription).reason).not.toBe('');
});
