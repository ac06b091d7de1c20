// What is kept, as the scripted backend plays it: clearing empties its record, policies are
// remembered, and what they would remove is what tests set.

import type { Keeping, KeepPolicy, RemovalEffect, RemovalEvent, RemovalRequest } from '../bindings';
import { FakeReplay } from './replay';

const FOR_EVER: KeepPolicy = { maxAge: null, maxMessages: null, maxBytes: null, rules: [] };

export abstract class FakeKeeping extends FakeReplay {
  general: KeepPolicy = FOR_EVER;
  own: KeepPolicy | null = null;
  /** What a policy would remove. */
  policyEffect: Partial<RemovalEffect> = {};
  removalEvents: RemovalEvent[] | null = null;

  async pauseRecording(connection: number, paused: boolean) {
    this.note('pauseRecording', paused);
    this.of(connection).setPaused(paused);
  }
  async keeping(connection: number): Promise<Keeping> {
    const { messages } = this.of(connection).record;
    const bytes = messages.length * 146;
    const { own, general } = this;
    return { own, general, messages: messages.length, bytes, fileBytes: bytes + 40_960 };
  }
  async removalEffect(connection: number, request: RemovalRequest): Promise<RemovalEffect | null> {
    this.note('removalEffect', request);
    const { record } = this.of(connection);
    const meant = request.kind === 'clear' ? record.meant(request.scope, request.before) : [];
    const topics = new Set(meant.map(({ topic }) => topic)).size;
    return {
      messages: meant.length,
      bytes: meant.length * 146,
      topics,
      oldest: meant[0]?.receivedAt ?? null,
      newest: meant.at(-1)?.receivedAt ?? null,
      total: record.messages.length,
      ...(request.kind === 'policy' ? this.policyEffect : {}),
    };
  }
  async cancelRemovalEffect() {
    this.note('cancelRemovalEffect');
  }
  async startRemoval(
    connection: number,
    request: RemovalRequest,
    receive: (event: RemovalEvent) => void,
  ): Promise<number> {
    this.note('startRemoval', request);
    let messages = 0;
    if (request.kind === 'clear') {
      const plant = this.of(connection);
      messages = plant.record.clear(request.scope, request.before);
      plant.changed();
    } else if (request.target === 'general') this.general = request.policy ?? FOR_EVER;
    else this.own = request.policy;
    const done: RemovalEvent = {
      kind: 'finished',
      messages,
      bytes: messages * 146,
      damaged: 0,
    };
    for (const event of this.removalEvents ?? [done]) queueMicrotask(() => receive(event));
    return 55;
  }
  async cancelRemoval(job: number) {
    this.note('cancelRemoval', job);
  }
}
