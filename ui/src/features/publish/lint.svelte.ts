// What is to be said about the form before it is sent: the backend's lint of the topic, and the size.
// Promises: an answer for what has been changed meanwhile is dropped.

import type { Backend, LintFinding } from '../../ipc/backend';
import { digits, size } from '../../lib/format';

const DEBOUNCE = 150;
/** Above this many bytes a payload is large for MQTT. */
const LARGE = 10 * 1024;

export type Linted = {
  topic: string;
  qos: number;
  retain: boolean;
  bytes: number;
  /** The size from which on this connection warns; none: it does not. */
  warnAbove: number | null;
};

export class PublishLint {
  findings = $state.raw<LintFinding[]>([]);
  #run = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
  ) {}

  /** Looks when typing pauses. */
  soon(about: Linted): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.look(about), DEBOUNCE);
  }

  /** Looks now. A lint that cannot be had keeps nobody from publishing. */
  async look({ topic, qos, retain, bytes, warnAbove }: Linted): Promise<LintFinding[]> {
    clearTimeout(this.#timer);
    this.#run += 1;
    const run = this.#run;
    const about =
      topic === ''
        ? []
        : await this.backend
            .lintPublish(this.connection, topic, qos, retain, bytes === 0)
            .catch(() => []);
    const findings = [...about, ...sizeFindings(bytes, warnAbove)];
    if (run === this.#run) this.findings = findings;
    return findings;
  }
}

/** What is to be said about the size alone. */
export function sizeFindings(bytes: number, warnAbove: number | null): LintFinding[] {
  if (warnAbove !== null && bytes > warnAbove) {
    const limit = `${digits(warnAbove)} bytes`;
    const message = `The payload has ${digits(bytes)} bytes, more than the ${limit} set for this connection: the broker may close it.`;
    return [{ rule: 'payload-warning', level: 'warning', message }];
  }
  if (bytes <= LARGE) return [];
  const message = `${size(bytes)} is large for an MQTT message: every subscriber gets all of it.`;
  return [{ rule: 'payload-large', level: 'hint', message }];
}

/** How many bytes will be sent for a payload as typed. */
export function bytesOf(format: 'json' | 'text' | 'hex' | 'base64', text: string): number {
  if (format === 'hex') return Math.floor(text.replace(/\s/g, '').length / 2);
  if (format === 'base64') {
    const bare = text.replace(/\s/g, '');
    return Math.max(0, Math.floor((bare.length * 3) / 4) - (/=*$/.exec(bare)?.[0].length ?? 0));
  }
  return new TextEncoder().encode(text).length;
}
