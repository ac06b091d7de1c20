// One open connection with everything its window shows, joined: the tree's selection drives the
// message and the history, a chosen row of the history drives the message.

import type { OpenConnection } from '../features/connections/connections.svelte';
import { Exports } from '../features/export/exports.svelte';
import { PacketExports } from '../features/export/packet-exports.svelte';
import { History } from '../features/history/history.svelte';
import { MessageInView } from '../features/message/message.svelte';
import { PacketInView } from '../features/packets/packet-in-view.svelte';
import { Packets } from '../features/packets/packets.svelte';
import { PublishForm } from '../features/publish/publish.svelte';
import { Topics } from '../features/topics/topics.svelte';
import type { Backend, Frame, HistoryItem } from '../ipc/backend';
import { appError, explain } from '../ipc/errors';
import { bytesAsText, copyText } from '../lib/clipboard';

export class WorkspaceState {
  readonly topics: Topics;
  readonly message: MessageInView;
  readonly history: History;
  readonly publish: PublishForm;
  readonly exports: Exports;
  readonly packets: Packets;
  readonly packet: PacketInView;
  readonly packetExports: PacketExports;

  constructor(
    readonly backend: Backend,
    readonly connection: OpenConnection,
    id: number,
  ) {
    this.topics = new Topics(backend, id);
    this.message = new MessageInView(backend, id);
    this.history = new History(backend, id);
    this.publish = new PublishForm(backend, id);
    this.exports = new Exports(backend, id);
    this.packets = new Packets(backend, id);
    this.packet = new PacketInView(backend, id);
    this.packetExports = new PacketExports(backend, id);
  }

  apply = (frame: Frame): void => {
    this.topics.apply(frame);
    this.packets.apply(frame.packets);
    this.packet.apply(frame.packets);
    this.selected();
  };

  /** Hands the tree's selection on; also called between frames, so that a click answers at once. */
  selected(): void {
    this.message.apply(this.topics.selection);
    this.history.apply(this.topics.selection);
  }

  async pick(item: HistoryItem): Promise<void> {
    const selection = this.topics.selection;
    if (item.topic !== selection?.topic && !this.history.subtree) return;
    await this.message.pin(item.id);
  }

  /** [ and ]: the message beside the one in view. Beyond the newest, the view follows again. */
  async beside(by: 1 | -1): Promise<void> {
    const item = this.history.beside(this.message.current, by);
    if (item) await this.message.pin(item.id);
    else if (by === -1) await this.message.follow();
    else await this.history.older();
  }

  publishHere(): void {
    const topic = this.message.shown?.detail.topic ?? this.topics.selection?.topic;
    if (topic !== undefined) this.publish.topic = topic;
  }

  /** Puts the message in view into the form, the undo of clearing; null when it stands there. */
  async publishAgain(): Promise<string | null> {
    const detail = this.message.shown?.detail;
    if (!detail) return 'There is no message to publish again';
    try {
      await this.publish.fill(detail, await this.message.payload());
      return null;
    } catch (thrown) {
      return explain(appError(thrown)).sentence;
    }
  }

  /** Copies the topic; says what was done, or that it could not be. */
  async copyTopic(): Promise<string | null> {
    const topic = this.message.shown?.detail.topic ?? this.topics.selection?.topic;
    if (topic === undefined) return null;
    return (await copyText(topic)) ? 'Topic copied' : 'The system refused the clipboard';
  }

  /** Copies the payload's exact text; bytes that are no text are copied as hex, and that is said. */
  async copyPayload(): Promise<string | null> {
    if (!this.message.shown) return 'There is no message to copy';
    const copy = this.message.payload().then((bytes) => bytesAsText(bytes));
    try {
      if (!(await copyText(copy.then(({ text }) => text))))
        return 'The system refused the clipboard';
      return (await copy).asHex ? 'Payload copied as hex: it is not text' : 'Payload copied';
    } catch (thrown) {
      return explain(appError(thrown)).sentence;
    }
  }
}
