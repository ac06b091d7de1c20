// A filter and a topic as typed, and whether and why they meet.

import type { Backend, FilterTest, LintFinding } from '../../ipc/backend';

const DEBOUNCE = 80;

export class Tester {
  filter = $state('');
  topic = $state('');
  result = $state.raw<FilterTest | null>(null);
  findings = $state.raw<LintFinding[]>([]);
  #run = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly backend: Backend) {}

  set(change: { filter?: string; topic?: string }): void {
    Object.assign(this, change);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.test(), DEBOUNCE);
  }

  /** An answer for what has been changed meanwhile is dropped. */
  async test(): Promise<void> {
    clearTimeout(this.#timer);
    this.#run += 1;
    const run = this.#run;
    const { filter, topic } = this;
    const findings = filter === '' ? [] : await this.backend.lintFilter(filter, []).catch(() => []);
    const wrong = filter === '' || findings.some(({ level }) => level === 'error');
    const skip = wrong || topic === '';
    const result = skip ? null : await this.backend.testFilter(filter, topic).catch(() => null);
    if (run !== this.#run) return;
    this.findings = findings;
    this.result = result;
  }
}
