// Exports of packets: exactly those that pass the filter, as NDJSON or for Wireshark.

import type { PacketFilter, PacketFormat } from '../../ipc/backend';
import { ExportJob, Exporting } from './exporting.svelte';

export class PacketExports extends Exporting<PacketFilter> {
  format = $state<PacketFormat>('pcapng');

  open(filter: PacketFilter): void {
    this.show(filter);
  }

  async start(): Promise<void> {
    const { subject: filter, format, folder } = this;
    if (filter === null) return;
    await this.run(new ExportJob('', 'packet'), (receive) =>
      this.backend.startPacketExport(this.connection, { format, filter, folder }, receive),
    );
  }
}
