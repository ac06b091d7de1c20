// Subscriptions in words. Pure.

import type { SubscriptionInput } from '../../ipc/backend';

const HANDLING = {
  send: '',
  sendIfNew: 'retained only if new',
  doNotSend: 'no retained',
} as const;

/** "no local, id 7": the options of MQTT 5 that differ from plain; empty for a plain one. */
export function optionWords(subscription: SubscriptionInput): string {
  const { noLocal, retainAsPublished, retainHandling, identifier, filter } = subscription;
  return [
    filter.startsWith('$share/') && 'shared',
    noLocal && 'no local',
    retainAsPublished && 'retain as published',
    HANDLING[retainHandling],
    identifier !== null && `id ${identifier}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** A filter that asks for less than everything, from the topic in view; null where there is none. */
export function narrower(topic: string | null): string | null {
  const [top] = (topic ?? '').split('/');
  return top ? `${top}/#` : null;
}
