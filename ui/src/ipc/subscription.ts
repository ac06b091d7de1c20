// Subscriptions as they are asked for: without the options of MQTT 5, and without an answer.

import type { SubscriptionInput } from './bindings';

export const plainSubscription = (filter: string, qos: number): SubscriptionInput => ({
  filter,
  qos,
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 'send',
  identifier: null,
});

/** A new one, with the options that show most: RETAIN as it was published. */
export const subscriptionTo = (filter: string, qos = 0): SubscriptionInput => ({
  ...plainSubscription(filter, qos),
  retainAsPublished: true,
});

/** What was asked for, without what the broker made of it. */
export function plain(subscription: SubscriptionInput): SubscriptionInput {
  const { filter, qos, noLocal, retainAsPublished, retainHandling, identifier } = subscription;
  return { filter, qos, noLocal, retainAsPublished, retainHandling, identifier };
}
