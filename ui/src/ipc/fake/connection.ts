// One scripted connection: the plant speaks into tree and record; frames go out one at a time.

import type {
  ConnectionState,
  Counters,
  Frame,
  Profile,
  PublishInput,
  SubscriptionInput,
  SubscriptionState,
} from '../bindings';
import { FakePackets } from './packets';
import { emissions } from './plant';
import { FakeRecord, type Recorded, preview } from './record';
import { FakeTree } from './tree';

export class FakeConnection {
  tree = new FakeTree();
  record = new FakeRecord();
  state: ConnectionState = { kind: 'connecting', attempt: 1, step: 'reaching' };
  packets: FakePackets;
  subscriptions: SubscriptionState[];
  historyProblem: Frame['historyProblem'] = null;
  dropped = 0;
  /** Where it is a moment: what the whole history has. */
  whole: Recorded[] | null = null;
  recordingPaused = false;
  /** Messages that came while recording was paused. */
  leftOut = 0;
  #window = { first: 0, count: 60 };
  #revision = 0;
  #beat = 0;
  #inFlight = false;
  #dirty = false;
  #rate = 0;

  constructor(
    readonly profile: Profile,
    readonly receive: (frame: Frame) => void,
    public now: number,
  ) {
    this.subscriptions = profile.subscriptions.map(granted);
    this.packets = new FakePackets(profile.clientId, now);
    this.packets.subscribed(
      profile.subscriptions.map((each) => each.filter),
      now + 2000,
    );
  }

  /** The plant goes on by one beat of a tenth of a second. */
  beat(): void {
    this.now += 100_000 + ((this.#beat * 7919) % 1700);
    const said = emissions(this.#beat);
    this.#beat += 1;
    for (const emission of said) {
      const bytes =
        typeof emission.payload === 'string'
          ? new TextEncoder().encode(emission.payload)
          : emission.payload;
      this.deliver(emission.topic, bytes, emission.qos, emission.retain);
    }
    this.#rate = this.#rate * 0.9 + said.length;
    if (this.#beat % 100 === 0) this.packets.pinged(this.now);
    this.changed();
  }

  deliver(topic: string, bytes: Uint8Array, qos: number, retain: boolean): void {
    this.packets.received(topic, bytes, qos, retain, this.now);
    const cleared = retain && bytes.length === 0;
    this.tree.apply(topic, preview(bytes), cleared ? false : retain ? true : null, this.now);
    if (this.recordingPaused) {
      this.leftOut += 1;
      return;
    }
    this.record.add({
      topic,
      bytes,
      qos,
      retain,
      dup: false,
      direction: 'received',
      receivedAt: this.now,
    });
  }

  publish(input: PublishInput, bytes: Uint8Array): void {
    this.packets.published(input, bytes, this.now);
    this.record.add({
      topic: input.topic,
      bytes,
      qos: input.qos,
      retain: input.retain,
      dup: false,
      direction: 'sent',
      receivedAt: this.now,
    });
    this.deliver(input.topic, bytes, input.qos, input.retain);
    this.changed();
  }

  setPaused(paused: boolean): void {
    this.recordingPaused = paused;
    this.changed();
  }

  setState(state: ConnectionState): void {
    this.state = state;
    this.changed();
  }

  setWindow(first: number, count: number): void {
    this.#window = { first, count };
    this.changed();
  }

  changed(): void {
    this.#dirty = true;
    if (!this.#inFlight) this.#send();
  }

  shown(): void {
    this.#inFlight = false;
    if (this.#dirty) this.#send();
  }

  #send(): void {
    this.#inFlight = true;
    this.#dirty = false;
    this.#revision += 1;
    const frame: Frame = {
      revision: this.#revision,
      now: this.now,
      state: this.state,
      counters: this.#counters(),
      tree: this.tree.window(this.#window.first, this.#window.count),
      selection: this.tree.selection(),
      subscriptions: this.subscriptions,
      notice: null,
      historyProblem: this.historyProblem,
      recordingPaused: this.recordingPaused,
      packets: this.packets.next,
    };
    queueMicrotask(() => this.receive(frame));
  }

  #counters(): Counters {
    const stored = this.record.messages.length;
    const received = stored + this.leftOut;
    return {
      received,
      stored,
      shown: received,
      dropped: this.dropped,
      waiting: 0,
      leftOutPaused: this.leftOut,
      leftOutByRule: 0,
      topics: this.tree.topics,
      messagesPerSecond: this.#rate,
      bytesPerSecond: this.#rate * 96,
      undrawnTopics: 0,
      memoryBytes: 61 * 1048576,
      historyBytes: stored * 146,
      historyMessages: stored,
    };
  }
}

/** As the broker would grant it: everything, as asked for. */
export function granted(asked: SubscriptionInput): SubscriptionState {
  const reason = `Granted QoS ${asked.qos} (0x0${asked.qos})`;
  return { ...asked, result: 'granted', grantedQos: asked.qos, reason };
}
