// A subscription without the options of MQTT 5, from which every other one begins.

import type { SubscriptionInput } from './bindings';

export const plainSubscription = (filter: string, qos: number): SubscriptionInput => ({
  filter,
  qos,
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 'send',
  identifier: null,
});
