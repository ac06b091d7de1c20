// What is about to be published, and what became of the last one.
// Promises: nothing typed is lost, whatever the broker answers.

import type {
  Backend,
  MessageDetail,
  PayloadInput,
  PublishInput,
  PublishOutcome,
} from '../../ipc/backend';
import { appError, explain } from '../../ipc/errors';
import { counted } from '../../lib/format';
import { topicProblem } from '../../lib/topic';
import { typed } from './again';
import { payloadProblem } from './payload-problem';

export type Format = 'json' | 'text' | 'hex' | 'base64' | 'file';
export type Draft = { topic: string; format: Format; text: string; qos: number; retain: boolean };
/** The one line below the form. */
export type Result = { tone: 'pending' | 'done' | 'failed'; text: string; retryable: boolean };

const REMEMBERED = 50;

export class PublishForm {
  topic = $state('');
  format = $state<Format>('json');
  text = $state('');
  qos = $state(1);
  retain = $state(false);
  file = $state.raw<{ name: string; size: number; handle: string } | null>(null);
  result = $state.raw<Result | null>(null);
  sent = $state(0);
  busy = $state(false);
  /** Publishing was tried with what stands in the form: its problems are then errors. */
  tried = $state(false);
  /** Something was typed: its problems are named, quietly. */
  typed = $state(false);

  topicProblem = $derived(topicProblem(this.topic));
  payloadProblem = $derived(
    this.format === 'file'
      ? this.file === null && 'Choose a file to publish.'
      : payloadProblem(this.format, this.text),
  );

  #past: Draft[] = [];
  #recalled = -1;
  #latest = 0;

  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
  ) {}

  async attach(file: File): Promise<void> {
    try {
      const handle = await this.backend.stagePayload(new Uint8Array(await file.arrayBuffer()));
      this.file = { name: file.name, size: file.size, handle };
    } catch (thrown) {
      this.#fail(explain(appError(thrown)).sentence);
    }
  }

  /** Puts a recorded message into the form: topic, the same bytes, QoS and RETAIN. */
  async fill(detail: MessageDetail, payload: ArrayBuffer): Promise<void> {
    const bytes = new Uint8Array(payload);
    const draft = typed(bytes);
    const { topic, qos, retain } = detail;
    try {
      const handle = draft ? null : await this.backend.stagePayload(bytes);
      if (this.text !== '') this.#keep();
      if (handle !== null) this.file = { name: 'The recorded payload', size: bytes.length, handle };
      Object.assign(this, { topic, qos, retain, format: 'file' }, draft);
      this.edited();
      const left = counted(detail.properties.length, 'property', 'properties');
      const lost = detail.properties.length > 0 ? ` Its ${left} of MQTT 5 will be left out.` : '';
      const text = `The recorded message, not sent yet.${lost}`;
      this.result = { tone: 'pending', text, retryable: false };
    } catch (thrown) {
      this.#fail(explain(appError(thrown)).sentence);
    }
  }

  /** Publishes what stands in the form. */
  async publish(): Promise<void> {
    this.tried = true;
    if (this.busy || this.topicProblem || this.payloadProblem) return;
    const input: PublishInput = {
      topic: this.topic,
      payload: this.#payload(),
      qos: this.qos,
      retain: this.retain,
    };
    this.busy = true;
    this.result = { tone: 'pending', text: 'handing over…', retryable: false };
    try {
      await this.backend.publish(this.connection, input, this.#outcomes(input.qos));
      this.#remember();
    } catch (thrown) {
      this.#fail(explain(appError(thrown)).sentence);
    }
    this.busy = false;
  }

  /** Deletes the broker's retained message of a topic, by an empty one. */
  async clearRetained(topic: string): Promise<void> {
    this.result = { tone: 'pending', text: `clearing ${topic}…`, retryable: false };
    try {
      await this.backend.clearRetained(this.connection, topic, this.#outcomes(1));
    } catch (thrown) {
      this.#fail(explain(appError(thrown)).sentence);
    }
  }

  /** Up in an empty form: the previous one, then the one before. */
  recall(by: 1 | -1): boolean {
    const draft = this.#past[this.#recalled + by];
    if (!draft) return false;
    this.#recalled += by;
    Object.assign(this, draft);
    return true;
  }

  /** Typing makes it a new draft: Up then moves the caret again. */
  edited(): void {
    this.#recalled = -1;
    this.tried = false;
    this.typed = this.text !== '';
  }

  get recalling(): boolean {
    return this.#recalled >= 0;
  }

  #payload(): PayloadInput {
    if (this.format === 'file') return { kind: 'staged', handle: this.file?.handle ?? '' };
    return { kind: this.format, text: this.text };
  }

  #keep(): void {
    const { topic, format, text, qos, retain } = this;
    if (format !== 'file') this.#past = [{ topic, format, text, qos, retain }, ...this.#past];
    this.#past.length = Math.min(this.#past.length, REMEMBERED);
    this.#recalled = -1;
  }

  #remember(): void {
    this.#keep();
    this.tried = false;
    this.typed = false;
  }

  /** Takes the outcomes of one publish. The line shows those of the latest only; each counts once. */
  #outcomes(qos: number): (outcome: PublishOutcome) => void {
    this.#latest += 1;
    const mine = this.#latest;
    let over = false;
    return (outcome) => {
      if (over) return;
      const result = resultOf(outcome, qos);
      over = result.tone !== 'pending';
      if (result.tone === 'done') this.sent += 1;
      if (mine === this.#latest) this.result = result;
    };
  }

  #fail(text: string): void {
    this.result = { tone: 'failed', text, retryable: true };
  }
}

function resultOf(outcome: PublishOutcome, qos: number): Result {
  const pending = (text: string): Result => ({ tone: 'pending', text, retryable: false });
  const done = (text: string): Result => ({ tone: 'done', text, retryable: false });
  switch (outcome.kind) {
    case 'queued':
      return pending('queued…');
    case 'sent':
      return qos === 0
        ? done('sent; QoS 0 has no acknowledgement')
        : pending('sent, waiting for the broker…');
    case 'acknowledged': {
      const time = (outcome.microseconds / 1000).toFixed(1);
      return done(`${outcome.packet} ${outcome.reason} in ${time} ms`);
    }
    case 'failed':
      return { tone: 'failed', text: explain(outcome.problem).sentence, retryable: true };
    case 'unknown':
      return { tone: 'failed', text: explain(outcome.cause).sentence, retryable: true };
  }
}
