// What a DISCONNECT is to say, as typed.

import type { FarewellInput, Pair } from '../../ipc/backend';

const LONGEST = 4_294_967_295;

/** Reason codes a client may disconnect with (MQTT 5 §3.14.2.1), those a person has a use for. */
export const REASONS: { code: number; label: string; about: string }[] = [
  { code: 0x00, label: '0x00 Normal disconnection', about: 'The broker discards the will.' },
  {
    code: 0x04,
    label: '0x04 Disconnect with will message',
    about: 'The broker publishes the will, though the connection ends in order.',
  },
  { code: 0x80, label: '0x80 Unspecified error', about: 'The broker publishes the will.' },
  { code: 0x81, label: '0x81 Malformed packet', about: 'The broker publishes the will.' },
  { code: 0x82, label: '0x82 Protocol error', about: 'The broker publishes the will.' },
  { code: 0x93, label: '0x93 Receive maximum exceeded', about: 'The broker publishes the will.' },
  { code: 0x95, label: '0x95 Packet too large', about: 'The broker publishes the will.' },
  { code: 0x96, label: '0x96 Message rate too high', about: 'The broker publishes the will.' },
  { code: 0x98, label: '0x98 Administrative action', about: 'The broker publishes the will.' },
];

export class Farewell {
  reason = $state(0);
  expiry = $state('');
  words = $state('');
  properties = $state<Pair[]>([]);

  expiryProblem = $derived.by(() => {
    if (this.expiry.trim() === '') return null;
    const value = Number(this.expiry);
    return Number.isInteger(value) && value >= 0 && value <= LONGEST
      ? null
      : 'Whole seconds from 0 to 4 294 967 295.';
  });

  add(): void {
    this.properties.push({ name: '', value: '' });
  }

  remove(at: number): void {
    this.properties.splice(at, 1);
  }

  input(): FarewellInput {
    return {
      reason: this.reason,
      sessionExpiry: this.expiry.trim() === '' ? null : Number(this.expiry),
      reasonString: this.words === '' ? null : this.words,
      userProperties: this.properties
        .filter(({ name, value }) => name !== '' || value !== '')
        .map((pair) => ({ ...pair })),
    };
  }
}
