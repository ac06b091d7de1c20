// The form of a policy as it is typed, what is wrong with it, and the policy it stands for. Pure.

import type { Keep, KeepPolicy } from '../../ipc/backend';
import { filterProblem } from '../../lib/topic';

export type Unit = { label: string; factor: number };

export const TIMES: Unit[] = [
  { label: 'seconds', factor: 1 },
  { label: 'minutes', factor: 60 },
  { label: 'hours', factor: 3600 },
  { label: 'days', factor: 86_400 },
];
export const SIZES: Unit[] = [
  { label: 'bytes', factor: 1 },
  { label: 'KiB', factor: 2 ** 10 },
  { label: 'MiB', factor: 2 ** 20 },
  { label: 'GiB', factor: 2 ** 30 },
  { label: 'TiB', factor: 2 ** 40 },
];

/** A number as it is typed, and what it counts; '' where that is allowed: no limit. */
export type Amount = { text: string; factor: number };
export type RuleDraft = { filter: string; keep: Keep['kind']; age: Amount };
export type Draft = { age: Amount; messages: string; bytes: Amount; rules: RuleDraft[] };

const DAYS = 86_400;
/** Beyond it neither the page nor the clock can count. */
const MOST = 2 ** 40;
const MOST_BYTES = 2 ** 52;

export function amountOf(value: number | null, units: Unit[], usual: number): Amount {
  if (value === null) return { text: '', factor: usual };
  const unit = units.findLast(({ factor }) => value % factor === 0 && value >= factor);
  const factor = unit?.factor ?? 1;
  return { text: String(value / factor), factor };
}

export function draftOf(policy: KeepPolicy): Draft {
  return {
    age: amountOf(policy.maxAge, TIMES, DAYS),
    messages: policy.maxMessages === null ? '' : String(policy.maxMessages),
    bytes: amountOf(policy.maxBytes, SIZES, 2 ** 30),
    rules: policy.rules.map(({ filter, keep }) => ({
      filter,
      keep: keep.kind,
      age: amountOf(keep.kind === 'for' ? keep.seconds : null, TIMES, DAYS),
    })),
  };
}

/** A new rule: nothing is lost by it. */
export function newRule(filter: string): RuleDraft {
  return { filter, keep: 'record', age: { text: '7', factor: DAYS } };
}

/** A number with its unit; null: none was typed. */
export function valueOf({ text, factor }: Amount): number | null {
  return text.trim() === '' ? null : Math.round(Number(text) * factor);
}

export function ageProblem(age: Amount, needed = false): string | null {
  return problem(age, MOST, 'time', needed);
}

export function bytesProblem(bytes: Amount): string | null {
  return problem(bytes, MOST_BYTES, 'size', false);
}

function problem(amount: Amount, most: number, what: string, needed: boolean): string | null {
  const value = valueOf(amount);
  if (value === null) return needed ? `Give a ${what}.` : null;
  if (Number.isNaN(value) || value < 0) return 'Give a number.';
  return value >= most ? `That ${what} is too large.` : null;
}

export function messagesProblem(text: string): string | null {
  if (text.trim() === '') return null;
  const value = Number(text);
  return Number.isInteger(value) && value >= 0 && value < 2 ** 53 ? null : 'Give a whole number.';
}

export function ruleProblem({ filter, keep, age }: RuleDraft): string | null {
  return filterProblem(filter) ?? (keep === 'for' ? ageProblem(age, true) : null);
}

export function isComplete(draft: Draft): boolean {
  const problems = [
    ageProblem(draft.age),
    bytesProblem(draft.bytes),
    messagesProblem(draft.messages),
    ...draft.rules.map(ruleProblem),
  ];
  return problems.every((each) => each === null);
}

/** The policy that a complete form stands for. */
export function policyOf(draft: Draft): KeepPolicy {
  return {
    maxAge: valueOf(draft.age),
    maxMessages: draft.messages.trim() === '' ? null : Number(draft.messages),
    maxBytes: valueOf(draft.bytes),
    rules: draft.rules.map(({ filter, keep, age }) => ({
      filter,
      keep: keep === 'for' ? { kind: keep, seconds: valueOf(age) ?? 0 } : { kind: keep },
    })),
  };
}
