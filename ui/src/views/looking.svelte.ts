// A tree, the message in view and its history, joined: the tree's selection drives the message and
// the history, a chosen row of the history drives the message. It may be of a running connection, or
// of a moment; nothing here tells them apart.

import { History } from '../features/history/history.svelte';
import { SearchLine } from '../features/history/search-line.svelte';
import { MessageInView } from '../features/message/message.svelte';
import { Topics } from '../features/topics/topics.svelte';
import type { Backend, Frame, HistoryItem, Scope } from '../ipc/backend';
import { appError, explain } from '../ipc/errors';
import { bytesAsText, copyText } from '../lib/clipboard';

/** What a tree is drawn from. */
export type Picture = Pick<Frame, 'revision' | 'now' | 'tree' | 'selection'>;

export class Looking {
  readonly topics: Topics;
  readonly message: MessageInView;
  readonly history: History;
  readonly line: SearchLine;

  constructor(backend: Backend, id: number) {
    this.topics = new Topics(backend, id);
    this.message = new MessageInView(backend, id);
    this.history = new History(backend, id);
    this.line = new SearchLine(backend, id, this.history);
  }

  apply(picture: Picture): void {
    this.topics.apply(picture);
    this.selected();
  }

  /** Hands the tree's selection on; also called between frames, so that a click answers at once. */
  selected(): void {
    this.message.apply(this.topics.selection);
    this.history.apply(this.topics.selection);
  }

  /** Whose messages the history is of; null: of every topic, or nothing is selected. */
  get scope(): Scope | null {
    return this.history.ready ? this.history.query.scope : null;
  }

  async pick(item: HistoryItem): Promise<void> {
    const { history, topics } = this;
    const isElsewhere = item.topic !== topics.selection?.topic;
    if (isElsewhere && history.everything) {
      await topics.reveal(item.topic);
      this.selected();
    } else if (isElsewhere && !history.subtree) return;
    await this.message.pin(item.id);
  }

  /** [ and ]: the message beside the one in view. Beyond the newest, the view follows again. */
  async beside(by: 1 | -1): Promise<void> {
    const item = this.history.beside(this.message.current, by);
    if (item) await this.message.pin(item.id);
    else if (by === -1) await this.message.follow();
    else await this.history.older();
  }

  /** Shows a message of a topic beside another one of it; says so where the tree has no such topic. */
  async compare(topic: string, message: number, before: number | null): Promise<string | null> {
    await this.topics.reveal(topic);
    if (this.topics.selection?.topic !== topic)
      return 'This topic had no message yet at the moment in view';
    this.selected();
    await this.message.pin(message, before);
    return null;
  }

  /** The tree is looked at as that one is: the same rows in view, the same filter. */
  lookAs(other: Looking): void {
    this.topics.lookAs(other.topics);
    this.history.lookAs(other.history);
    this.message.lookAs(other.message);
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
