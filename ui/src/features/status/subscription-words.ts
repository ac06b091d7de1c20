// What the broker made of the subscriptions, in words. Pure.

import type { SubscriptionState } from '../../ipc/backend';

export type Verdict = { tone: 'good' | 'warn' | 'bad' | 'busy'; words: string; reason: string };

/** Whether it is to be looked at: refused, or granted at a lower QoS than asked for. */
export function fallsShort(subscription: SubscriptionState): boolean {
  const { result, grantedQos, qos } = subscription;
  return result === 'refused' || (result === 'granted' && grantedQos !== null && grantedQos < qos);
}

/** "1 → 0": the QoS asked for, and the one granted. */
export function qosWords({ qos, grantedQos, result }: SubscriptionState): string {
  if (result === 'pending') return `${qos} → …`;
  return `${qos} → ${grantedQos ?? '–'}`;
}

export function verdict(subscription: SubscriptionState): Verdict {
  const reason = subscription.reason;
  switch (subscription.result) {
    case 'pending':
      return { tone: 'busy', words: 'pending', reason: 'The broker has not sent SUBACK yet.' };
    case 'refused':
      return { tone: 'bad', words: 'refused', reason };
    case 'granted':
      return fallsShort(subscription)
        ? { tone: 'warn', words: 'granted, lower than asked', reason }
        : { tone: 'good', words: 'granted', reason };
  }
}
