// Subscriptions changed while connected: what is being typed, what lint says of it, what the broker
// made of each filter.
// Promises: what was typed stays until the broker has granted it, also when the dialog is closed.

import type {
  AppError,
  Backend,
  LintFinding,
  SubscriptionInput,
  SubscriptionState,
} from '../../ipc/backend';
import { appError } from '../../ipc/errors';
import { subscriptionTo } from '../../ipc/subscription';

export type Answer = { filter: string; tone: 'good' | 'warn' | 'bad'; words: string };
type Options = Omit<SubscriptionInput, 'filter'>;

const DEBOUNCE = 150;
/** So many filters of a pasted list are looked at while typing; the broker looks at all. */
const LINTED = 40;
/** MQTT 5 §3.8.2.1.2. */
const HIGHEST_IDENTIFIER = 268_435_455;

export class LiveSubscriptions {
  /** One filter a line. */
  text = $state('');
  options = $state<Options>(optionsOf(subscriptionTo('')));
  /** The subscription identifier as typed. */
  identifier = $state('');
  /** What is to be said about each filter, in its order. */
  findings = $state.raw<{ filter: string; finding: LintFinding }[]>([]);
  answers = $state.raw<Answer[]>([]);
  problem = $state.raw<AppError | null>(null);
  busy = $state(false);
  filters = $derived(each(this.text.split('\n').map((line) => line.trim())).filter(Boolean));
  identifierProblem = $derived(
    this.identifier === '' || this.options.identifier !== null
      ? null
      : 'A subscription identifier is a whole number from 1 to 268 435 455.',
  );
  blocked = $derived(
    this.identifierProblem !== null ||
      this.findings.some(({ finding }) => finding.level === 'error'),
  );
  #run = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
  ) {}

  /** Takes an existing subscription up, to subscribe to it again with other options. */
  edit(subscription: SubscriptionState, others: string[]): void {
    this.options = optionsOf(subscription);
    this.identifier = subscription.identifier?.toString() ?? '';
    this.setText(subscription.filter, others);
  }

  /** `others`: what is subscribed to already. */
  setText(text: string, others: string[]): void {
    this.text = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.lint(others), DEBOUNCE);
  }

  setIdentifier(text: string): void {
    this.identifier = text.trim();
    const value = /^\d+$/.test(this.identifier) ? Number(this.identifier) : 0;
    this.options.identifier = value >= 1 && value <= HIGHEST_IDENTIFIER ? value : null;
  }

  /** The dialog is left: what was answered is forgotten, what was typed is not. */
  leave(): void {
    this.answers = [];
    this.problem = null;
  }

  async lint(others: string[]): Promise<void> {
    clearTimeout(this.#timer);
    this.#run += 1;
    const run = this.#run;
    const filters = this.filters.slice(0, LINTED);
    const found = await Promise.all(
      filters.map(async (filter) => {
        const beside = each([...others, ...filters]).filter((other) => other !== filter);
        const findings = await this.backend.lintFilter(filter, beside).catch(() => []);
        return findings.map((finding) => ({ filter, finding }));
      }),
    );
    if (run === this.#run) this.findings = found.flat();
  }

  async subscribe(others: string[]): Promise<void> {
    await this.lint(others);
    if (this.busy || this.blocked || this.filters.length === 0) return;
    const asked = this.filters.map((filter) => ({ filter, ...$state.snapshot(this.options) }));
    await this.#do(async () => {
      const results = await this.backend.subscribe(this.connection, asked);
      this.answers = results.map(answerTo);
      const refused = results.filter(({ result }) => result === 'refused');
      this.text = refused.map(({ filter }) => filter).join('\n');
      this.findings = [];
    });
  }

  async unsubscribe(filters: string[]): Promise<void> {
    await this.#do(async () => {
      const results = await this.backend.unsubscribe(this.connection, filters);
      this.answers = results.map(({ filter, ok, reason }) => ({
        filter,
        tone: ok ? 'good' : 'bad',
        words: `${ok ? 'unsubscribed' : 'not unsubscribed'}: ${reason}`,
      }));
    });
  }

  async #do(act: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.problem = null;
    this.answers = [];
    try {
      await act();
    } catch (thrown) {
      this.problem = appError(thrown);
    }
    this.busy = false;
  }
}

/** "asked 2, granted 1: Granted QoS 1 (0x01)". */
function answerTo({ filter, qos, result, grantedQos, reason }: SubscriptionState): Answer {
  if (result !== 'granted') return { filter, tone: 'bad', words: `${result}: ${reason}` };
  const less = grantedQos !== null && grantedQos < qos;
  const words = less ? `asked ${qos}, granted ${grantedQos}: ${reason}` : `granted: ${reason}`;
  return { filter, tone: less ? 'warn' : 'good', words };
}

/** Each text once, in its order. */
function each(texts: string[]): string[] {
  return texts.filter((text, at) => texts.indexOf(text) === at);
}

function optionsOf(subscription: SubscriptionInput): Options {
  const { qos, noLocal, retainAsPublished, retainHandling, identifier } = subscription;
  return { qos, noLocal, retainAsPublished, retainHandling, identifier };
}
