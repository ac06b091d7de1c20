// The form of a replay as it is typed, what is wrong with it, and the request it stands for. Pure.

import type {
  HistoryQuery,
  ReplayDirection,
  ReplayRequest,
  ReplayRetain,
  ReplayRule,
} from '../../ipc/backend';

export type Pace = 'original' | 'fixedRate';

export type Draft = {
  target: number;
  pace: Pace;
  /** Numbers as they are typed; '' where that is allowed: no bound. */
  speed: string;
  rate: string;
  longestGap: string;
  cap: string;
  rules: ReplayRule[];
  qos: number | 'recorded';
  retain: ReplayRetain;
  direction: ReplayDirection;
  times: string;
  forever: boolean;
  outcomes: boolean;
};

/** The most messages a second unless somebody wants more: a broker that others use is spared. */
const CAP = '1000';
/** Messages that wait for an acknowledgement at a time. */
const IN_FLIGHT = 100;

/** A new form: with a prefix, so that nothing reaches those who listen to the true topics. */
export function newDraft(target: number): Draft {
  return {
    target,
    pace: 'original',
    speed: '1',
    rate: '100',
    longestGap: '',
    cap: CAP,
    rules: [{ from: '', to: 'replay/' }],
    qos: 'recorded',
    retain: 'asRecorded',
    direction: 'received',
    times: '1',
    forever: false,
    outcomes: false,
  };
}

type Field = 'speed' | 'rate' | 'longestGap' | 'cap' | 'times';

const RANGES: Record<Field, { least: number; most: number; empty: boolean; whole?: boolean }> = {
  speed: { least: 0.001, most: 10_000, empty: false },
  rate: { least: 0.001, most: 1_000_000, empty: false },
  longestGap: { least: 0.001, most: 1_000_000_000, empty: true },
  cap: { least: 0.001, most: 1_000_000, empty: true },
  times: { least: 1, most: 1_000_000, empty: false, whole: true },
};

/** What is wrong with a number, as a sentence; null when nothing is. */
export function numberProblem(field: Field, text: string): string | null {
  const { least, most, empty, whole } = RANGES[field];
  if (text.trim() === '') return empty ? null : 'Give a number.';
  const value = Number(text);
  if (Number.isNaN(value) || value < least || value > most || (whole && !Number.isInteger(value)))
    return `A ${whole ? 'whole ' : ''}number from ${least} to ${most}.`;
  return null;
}

/** The fields that count as the form stands. */
export function isSendable(draft: Draft): boolean {
  const fields: Field[] = ['longestGap', 'cap'];
  fields.push(draft.pace === 'original' ? 'speed' : 'rate');
  if (!draft.forever) fields.push('times');
  return fields.every((field) => numberProblem(field, draft[field]) === null);
}

const amount = (text: string) => (text.trim() === '' ? null : Number(text));

/** Lines that were left empty are no rules, unless it is the right side alone that says something. */
const isRule = ({ from, to }: ReplayRule) => from !== '' || to !== '';

export function requestOf(
  query: HistoryQuery,
  draft: Draft,
  confirmed: string,
  outcomes: string,
): ReplayRequest {
  return {
    query,
    target: draft.target,
    timing:
      draft.pace === 'original'
        ? { kind: 'original', speed: Number(draft.speed) }
        : { kind: 'fixedRate', perSecond: Number(draft.rate) },
    longestGap: draft.pace === 'original' ? amount(draft.longestGap) : null,
    cap: amount(draft.cap),
    inFlight: IN_FLIGHT,
    rules: draft.rules.filter(isRule),
    qos: draft.qos === 'recorded' ? null : draft.qos,
    retain: draft.retain,
    direction: draft.direction,
    times: draft.forever ? null : Number(draft.times),
    outcomes: draft.outcomes ? outcomes : null,
    confirmed: confirmed === '' ? null : confirmed,
  };
}
