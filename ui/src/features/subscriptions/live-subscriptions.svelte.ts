// Subscriptions changed while connected: what is being typed, what lint says of it, what the broker
// made of each filter.
// Promises: what was typed stays until the broker has granted it.

import type {
  AppError,
  Backend,
  LintFinding,
  SubscriptionInput,
  SubscriptionState,
} from '../../ipc/backend';
import { appError } from '../../ipc/errors';
import { plainSubscription } from '../../ipc/subscription';

export type Answer = { filter: string; tone: 'good' | 'warn' | 'bad'; words: string };
type Options = Omit<SubscriptionInput, 'filter'>;

const DEBOUNCE = 150;
/** So many filters of a pasted list are looked at while typing; the broker looks at all. */
const LINTED = 40;

export class LiveSubscriptions {
  /** One filter a line. */
  text = $state('');
  options = $state<Options>(optionsOf(plainSubscription('', 0)));
  /** What is to be said about each filter, in its order. */
  findings = $state.raw<{ filter: string; finding: LintFinding }[]>([]);
  answers = $state.raw<Answer[]>([]);
  problem = $state.raw<AppError | null>(null);
  busy = $state(false);
  filters = $derived(each(this.text.split('\n').map((line) => line.trim())).filter(Boolean));
  blocked = $derived(this.findings.some(({ finding }) => finding.level === 'error'));
  #run = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly connection: number,
  ) {}

  /** Takes an existing subscription up, to subscribe to it again with other options. */
  edit(subscription: SubscriptionState, others: string[]): void {
    this.options = optionsOf(subscription);
    this.setText(subscription.filter, others);
  }

  /** `others`: what is subscribed to already. */
  setText(text: string, others: string[]): void {
    this.text = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.lint(others), DEBOUNCE);
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
