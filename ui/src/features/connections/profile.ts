// Saved connections as such: a new one, a copy, and what their parts are called.

import type { Profile } from '../../ipc/backend';
import { plainProfile } from '../../ipc/profile';
import { subscriptionTo } from '../../ipc/subscription';
import { joinAddress } from '../../lib/address';

/** A new connection. '#' is a suggestion in the form, to be seen and changed, not a silent default. */
export function blankProfile(): Profile {
  return { ...plainProfile(), subscriptions: [subscriptionTo('#')] };
}

/** A new connection like another, which is not opened by itself. */
export function copyOf(profile: Profile): Profile {
  const copy = structuredClone(profile);
  return { ...copy, id: '', name: `${profile.name} copy`, autoConnect: false };
}

const SCHEMES = { tcp: ['mqtt', 'mqtts'], webSocket: ['ws', 'wss'] } as const;

/** The broker as one text: `mqtts://host:8883`, `wss://host:443/mqtt`, `unix:///run/mqtt.sock`. */
export function addressOf({ transport, tls, host, port }: Profile): string {
  if (transport.kind === 'unix') return `unix://${transport.path}`;
  const scheme = SCHEMES[transport.kind][tls ? 1 : 0];
  const path = transport.kind === 'webSocket' ? transport.path : '';
  return `${scheme}://${joinAddress(host, port)}${path}`;
}

export const PROTOCOLS: Record<Profile['protocol'], string> = {
  v31: 'MQTT 3.1',
  v311: 'MQTT 3.1.1',
  v5: 'MQTT 5',
};

/** Whoever is on the way can read and change everything. */
export function isUnverified(profile: Profile | null): boolean {
  return profile?.tls?.trust.kind === 'anything';
}

export type Folder = { path: string; profiles: Profile[] };

/** The saved connections by folder, those without one first; each in the order of their names. */
export function folders(profiles: Profile[]): Folder[] {
  const byName = (one: string, other: string) =>
    one.localeCompare(other, undefined, { numeric: true, sensitivity: 'base' });
  const paths = [...new Set(profiles.map((profile) => tidy(profile.folder)))].sort(byName);
  return paths.map((path) => ({
    path,
    profiles: profiles
      .filter((profile) => tidy(profile.folder) === path)
      .sort((one, other) => byName(one.name, other.name)),
  }));
}

/** A folder's path without blanks and empty levels. */
export function tidy(folder: string): string {
  const levels = folder.split('/').map((level) => level.trim());
  return levels.filter((level) => level !== '').join('/');
}
