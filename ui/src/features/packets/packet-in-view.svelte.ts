// The packet that was chosen: its fields and bytes, and the exchange it belongs to.
// Promises: it stays in view while others come, also when the ring has forgotten it.

import type { AppError, Backend, Handshake, PacketDetail } from '../../ipc/backend';
import { appError } from '../../ipc/errors';
import { paced } from '../../lib/pace';

export type DetailTab = 'ladder' | 'fields' | 'bytes';

export class PacketInView {
  number = $state<number | null>(null);
  detail = $state.raw<PacketDetail | null>(null);
  handshake = $state.raw<Handshake | null>(null);
  tab = $state<DetailTab>('ladder');
  /** The index of the chosen field. */
  field = $state<number | null>(null);
  problem = $state.raw<AppError | null>(null);
  #next = -1;
  #run = 0;
  readonly #soon: () => void;

  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
    pace = 250,
  ) {
    this.#soon = paced(() => void this.#ladder(), pace);
  }

  /** As of the latest frame; an exchange that is not over is looked at again. */
  apply(next: number): void {
    if (next === this.#next) return;
    this.#next = next;
    if (this.handshake && !this.handshake.complete) this.#soon();
  }

  async choose(number: number): Promise<void> {
    if (number === this.number) return;
    this.number = number;
    this.field = null;
    this.#run += 1;
    const run = this.#run;
    try {
      const [detail, handshake] = await Promise.all([
        this.backend.packetDetail(this.connection, number),
        this.backend.packetHandshake(this.connection, number),
      ]);
      if (run !== this.#run) return;
      this.detail = detail;
      this.handshake = handshake;
      this.problem = null;
    } catch (thrown) {
      if (run !== this.#run) return;
      this.detail = null;
      this.handshake = null;
      this.problem = appError(thrown);
    }
  }

  close(): void {
    this.#run += 1;
    this.number = null;
    this.detail = null;
    this.handshake = null;
    this.problem = null;
  }

  /** The innermost field that a byte belongs to becomes the chosen one; of flags in one byte, what
      they are parts of. */
  chooseByte(at: number): void {
    const fields = this.detail?.fields ?? [];
    let best: number | null = null;
    fields.forEach((field, index) => {
      if (at < field.start || at >= field.end) return;
      const inner = best === null ? undefined : fields[best];
      if (!inner || field.end - field.start < inner.end - inner.start) best = index;
    });
    this.field = best;
  }

  /** The field before or after the chosen one. */
  stepField(by: number): void {
    const count = this.detail?.fields.length ?? 0;
    if (count === 0) return;
    this.field = Math.max(0, Math.min(count - 1, (this.field ?? (by > 0 ? -1 : count)) + by));
  }

  async #ladder(): Promise<void> {
    const { number } = this;
    const run = this.#run;
    if (number === null) return;
    try {
      const handshake = await this.backend.packetHandshake(this.connection, number);
      if (run === this.#run && handshake) this.handshake = handshake;
    } catch {
      // The packet is forgotten; what was known of its exchange stays.
    }
  }
}
