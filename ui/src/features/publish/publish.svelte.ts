// What is about to be published, and what became of the last one.
// Promises: nothing typed is lost, whatever the broker answers.

import type {
  Backend,
  LintFinding,
  MessageDetail,
  PayloadInput,
  PublishOutcome,
} from '../../ipc/backend';
import { appError, explain } from '../../ipc/errors';
import { counted } from '../../lib/format';
import { topicProblem } from '../../lib/topic';
import { typed } from './again';
import { type Linted, PublishLint, bytesOf } from './lint.svelte';
import { type Content, contentOf, contentOfBytes, mismatches } from './mismatch';
import { type Result, failed, pending } from './outcome';
import { payloadProblem } from './payload-problem';
import {
  copyOf,
  emptyProperties,
  firstProblem,
  problemsOf,
  toDraft,
  toProperties,
} from './properties';
import { type Draft, Recent, type Sent } from './recent.svelte';

export type Format = 'json' | 'text' | 'hex' | 'base64' | 'file';

type StagedFile = { name: string; size: number; handle: string; content: Content };

const REMEMBERED = 50;

export class PublishForm {
  topic = $state('');
  format = $state<Format>('json');
  text = $state('');
  qos = $state(1);
  retain = $state(false);
  properties = $state(emptyProperties());
  file = $state.raw<StagedFile | null>(null);
  /** The one line below the form, where it is not about the latest publish. */
  #told = $state.raw<Result | null>(null);
  /** The publish that the line is about. */
  #shown = $state.raw<Sent | null>(null);
  /** What has to be confirmed before it is sent; empty: nothing. */
  confirming = $state.raw<LintFinding[]>([]);
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
  propertyProblems = $derived(problemsOf(this.properties));
  /** What keeps the properties from being sent, where they would be. */
  propertiesProblem = $derived.by(() => (this.v5 ? firstProblem(this.propertyProblems) : null));
  #mismatches = $derived.by(() => {
    const { contentType, payloadIsText } = this.properties;
    if (!this.v5 || (contentType === '' && !payloadIsText)) return [];
    const typed = this.format === 'file' ? null : contentOf(this.format, this.text);
    const content = this.format === 'file' ? (this.file?.content ?? null) : typed;
    return content ? mismatches(this.properties, content) : [];
  });

  bytes = $derived(
    this.format === 'file' ? (this.file?.size ?? 0) : bytesOf(this.format, this.text),
  );
  result = $derived<Result | null>(this.#told ?? this.#shown?.result ?? null);
  readonly lint: PublishLint;
  readonly recent = new Recent();
  #past: Draft[] = [];
  #recalled = -1;

  /** `warnAbove`: the size in bytes from which on this connection warns. `v5`: it has properties. */
  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
    private readonly warnAbove: number | null = null,
    readonly v5 = true,
  ) {
    this.lint = new PublishLint(backend, connection);
  }

  /** What is to be said about the form as it stands. */
  get findings(): LintFinding[] {
    return [...this.lint.findings, ...this.#mismatches];
  }

  /** What lint looks at; read by an effect, it follows the form. */
  get linted(): Linted {
    const { topic, qos, retain, bytes, warnAbove } = this;
    return { topic, qos, retain, bytes, warnAbove };
  }

  async attach(file: File): Promise<void> {
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const handle = await this.backend.stagePayload(bytes);
      this.file = { name: file.name, size: file.size, handle, content: contentOfBytes(bytes) };
    } catch (thrown) {
      this.#fail(explain(appError(thrown)).sentence);
    }
  }

  /** Puts a recorded message into the form: topic, the same bytes, QoS, RETAIN and properties. */
  async fill(detail: MessageDetail, payload: ArrayBuffer): Promise<void> {
    const bytes = new Uint8Array(payload);
    const draft = typed(bytes);
    const { topic, qos, retain } = detail;
    try {
      const handle = draft ? null : await this.backend.stagePayload(bytes);
      if (this.text !== '') this.#keep();
      if (handle !== null) {
        const content = contentOfBytes(bytes);
        this.file = { name: 'The recorded payload', size: bytes.length, handle, content };
      }
      const properties = toDraft(detail.again);
      Object.assign(this, { topic, qos, retain, properties, format: 'file' }, draft);
      this.edited();
      const left = counted(detail.leftOut, 'property', 'properties');
      const lost = detail.leftOut > 0 ? ` ${left} of its delivery will be left out.` : '';
      this.#told = pending(`The recorded message, not sent yet.${lost}`);
    } catch (thrown) {
      this.#fail(explain(appError(thrown)).sentence);
    }
  }

  /** Publishes what stands in the form, unless lint forbids it or wants it confirmed. */
  async publish(confirmed = false): Promise<void> {
    this.tried = true;
    if (this.busy || this.topicProblem || this.payloadProblem || this.propertiesProblem) return;
    this.busy = true;
    this.confirming = [];
    const findings = await this.lint.look(this.linted);
    const asks = findings.filter(({ level }) => level === 'confirm');
    const forbidden = findings.some(({ level }) => level === 'error');
    if (!confirmed && !forbidden) this.confirming = asks;
    if (!forbidden && (confirmed || asks.length === 0)) await this.#publishForm();
    this.busy = false;
  }

  /** Publishes again what came to nothing, as it was then. */
  async retry(sent: Sent | null = this.#shown): Promise<void> {
    if (!sent) return this.publish();
    const again = this.recent.add(sent.what, sent.draft, sent.input);
    await this.#send(again);
  }

  /** Deletes the broker's retained message of a topic, by an empty one. */
  async clearRetained(topic: string): Promise<void> {
    const what = { topic, qos: 1, retain: true, bytes: 0 };
    await this.#send(this.recent.add(what, null, { clear: topic }));
  }

  /** Takes an earlier publish back into the form. */
  takeBack(sent: Sent): void {
    if (!sent.draft) return;
    if (this.text !== '') this.#keep();
    this.#take(sent.draft);
    this.edited();
  }

  /** Up in an empty form: the previous one, then the one before. */
  recall(by: 1 | -1): boolean {
    const draft = this.#past[this.#recalled + by];
    if (!draft) return false;
    this.#recalled += by;
    this.#take(draft);
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

  #take(draft: Draft): void {
    Object.assign(this, draft, { properties: copyOf(draft.properties) });
  }

  /** The form as typed; a file is not. */
  #draft(): Draft | null {
    const { topic, format, text, qos, retain } = this;
    const properties = copyOf(this.properties);
    return format === 'file' ? null : { topic, format, text, qos, retain, properties };
  }

  #keep(): void {
    const draft = this.#draft();
    if (draft) this.#past = [draft, ...this.#past];
    this.#past.length = Math.min(this.#past.length, REMEMBERED);
    this.#recalled = -1;
  }

  #remember(): void {
    this.#keep();
    this.tried = false;
    this.typed = false;
  }

  async #publishForm(): Promise<void> {
    const { topic, qos, retain, bytes } = this;
    const properties = this.v5 ? toProperties(this.properties) : null;
    const input = { topic, payload: this.#payload(), qos, retain, properties };
    const sent = this.recent.add({ topic, qos, retain, bytes }, this.#draft(), input);
    if (await this.#send(sent)) this.#remember();
  }

  /** Hands a publish over; the line shows the outcomes of the latest only, each counts once. */
  async #send(sent: Sent): Promise<boolean> {
    this.#told = null;
    this.#shown = sent;
    const { input } = sent;
    const receive = (outcome: PublishOutcome) => {
      if (sent.take(outcome) && sent.result.tone === 'done') this.sent += 1;
    };
    try {
      if ('clear' in input) {
        sent.result = pending(`clearing ${input.clear}…`);
        await this.backend.clearRetained(this.connection, input.clear, receive);
      } else await this.backend.publish(this.connection, input, receive);
      return true;
    } catch (thrown) {
      sent.result = failed(explain(appError(thrown)).sentence);
      return false;
    }
  }

  #fail(text: string): void {
    this.#told = failed(text);
  }
}
