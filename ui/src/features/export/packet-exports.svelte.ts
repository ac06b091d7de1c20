// Exports of packets: exactly those that pass the filter, as NDJSON or for Wireshark.

import type { AppError, Backend, PacketFormat, PacketFilter } from '../../ipc/backend';
import { appError } from '../../ipc/errors';
import { ExportJob } from './exports.svelte';

export class PacketExports {
  /** What the open dialog is about; null: no dialog. */
  filter = $state.raw<PacketFilter | null>(null);
  format = $state<PacketFormat>('pcapng');
  folder = $state<string | null>(null);
  job = $state.raw<ExportJob | null>(null);
  problem = $state.raw<AppError | null>(null);

  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
  ) {}

  /** A running export comes back instead. */
  open(filter: PacketFilter): void {
    this.filter = filter;
    if (this.job?.running) return;
    this.job = null;
    this.problem = null;
  }

  close(): void {
    this.filter = null;
  }

  async chooseFolder(): Promise<void> {
    try {
      this.folder = (await this.backend.chooseExportFolder()) ?? this.folder;
    } catch (thrown) {
      this.problem = appError(thrown);
    }
  }

  async start(): Promise<void> {
    const { filter, format, folder } = this;
    if (filter === null) return;
    const job = new ExportJob('', 'packet');
    this.problem = null;
    this.job = job;
    try {
      const request = { format, filter, folder };
      const started = await this.backend.startPacketExport(this.connection, request, (event) => {
        job.state = event;
      });
      job.job = started.job;
      job.path = started.path;
    } catch (thrown) {
      this.job = null;
      this.problem = appError(thrown);
    }
  }

  async cancel(): Promise<void> {
    const job = this.job?.job;
    if (job !== null && job !== undefined) await this.backend.cancelExport(job);
  }

  /** Back to the form, for another one. */
  again(): void {
    this.job = null;
  }
}
