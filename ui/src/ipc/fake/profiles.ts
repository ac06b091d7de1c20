// The scripted backend's connections, and what it finds wrong with one.

import type { FieldProblem, Opened, Profile } from '../bindings';
import { plainProfile } from '../profile';
import { plainSubscription } from '../subscription';

export const demoProfile: Profile = {
  ...plainProfile(),
  id: 'demo',
  name: 'Demo plant',
  host: '127.0.0.1',
  port: 18830,
  clientId: 'wiretree-7f3a',
  subscriptions: [plainSubscription('#', 1), plainSubscription('$SYS/#', 0)],
};

/** What the backend tells of a connection when it is opened. */
export function factsOf(profile: Profile): Omit<Opened, 'connection'> {
  const { name, host, port, protocol, production, colour, purpose, payloadWarning } = profile;
  const address = `${profile.tls ? 'mqtts' : 'mqtt'}://${host}:${port}`;
  return { name, address, protocol, production, colour, purpose, payloadWarning };
}

/** A few of the backend's rules, enough to see that their words reach their fields. */
export function checked(profile: Profile, saved: Profile[]): FieldProblem[] {
  const found: FieldProblem[] = [];
  const say = (field: string, level: FieldProblem['level'], message: string) =>
    found.push({ field, level, message });
  if (profile.tls?.trust.kind === 'caFile' && !profile.tls.caFile)
    say('tls.caFile', 'error', 'Choose the file with the certificate authority.');
  if (profile.tls?.trust.kind === 'anything')
    say('tls.trust', 'warning', 'Nobody is checked: whoever is on the way can read everything.');
  if (profile.will && /[+#]/.test(profile.will.topic))
    say('will.topic', 'error', 'A topic to publish to cannot contain + or #.');
  const twin = saved.find(
    ({ id, host, clientId }) =>
      id !== profile.id &&
      clientId !== '' &&
      clientId === profile.clientId &&
      host === profile.host,
  );
  if (twin)
    say(
      'clientId',
      'warning',
      `“${twin.name}” uses the same one at this broker: whichever connects last throws the other out.`,
    );
  profile.subscriptions.forEach(({ filter }, at) => {
    if (filter === '#')
      say(
        `subscriptions.${at}.filter`,
        'warning',
        '# asks for everything: a big broker may send more than you want, or refuse it.',
      );
  });
  return found;
}
