// How a stretch of time is divided into equal parts that begin at round moments, and what the axis
// says. Pure; times in microseconds since 1970 UTC.

import { clockTime, moment } from '../../lib/format';

const MS = 1000;
const SECOND = 1000 * MS;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const times = (unit: number, ...by: number[]) => by.map((each) => each * unit);
const STEPS = [
  ...times(MS, 1, 2, 5, 10, 20, 50, 100, 200, 500),
  ...times(SECOND, 1, 2, 5, 10, 15, 30),
  ...times(MINUTE, 1, 2, 5, 10, 15, 30),
  ...times(HOUR, 1, 2, 3, 6, 12),
  ...times(DAY, 1, 2, 7, 14, 30, 60, 90, 180, 365),
];

export type Range = { from: number; to: number };
/** Parts `first` to `first + count` of `step` each: part n begins at n · step. */
export type Scale = { step: number; first: number; count: number };

/** The scale of `count` parts that shows a range whole, and ends with it. */
export function scaleFor(range: Range, count: number): Scale {
  const length = Math.max(1, range.to - range.from);
  const bars = Math.max(1, count);
  const fits = (step: number) => Math.ceil(range.to / step) - Math.floor(range.from / step) <= bars;
  const years = Math.ceil(length / bars / (365 * DAY)) * 365 * DAY;
  const step = STEPS.find(fits) ?? (fits(years) ? years : years + 365 * DAY);
  return { step, first: Math.ceil(range.to / step) - bars, count: bars };
}

/** The next finer (−1) or coarser (+1) step; the same where there is none. */
export function beside(step: number, by: 1 | -1): number {
  const next = by === 1 ? STEPS.find((each) => each > step) : STEPS.findLast((each) => each < step);
  return next ?? step;
}

export function rangeOf({ step, first, count }: Scale): Range {
  return { from: first * step, to: (first + count) * step };
}

/** Where a moment lies in a scale: 0 at its beginning, 1 at its end, beyond them outside. */
export function placeOf(at: number, scale: Scale): number {
  return (at / scale.step - scale.first) / scale.count;
}

export function momentAt(place: number, scale: Scale): number {
  return Math.round((scale.first + place * scale.count) * scale.step);
}

/** The range widened to whole parts. */
export function snapped({ from, to }: Range, step: number): Range {
  return { from: Math.floor(from / step) * step, to: Math.ceil(to / step) * step };
}

/** Counts of another scale with the same step, moved to this one; what it did not have is 0. */
export function carried(counts: readonly number[], was: Scale, now: Scale): number[] {
  const shift = now.first - was.first;
  return Array.from({ length: now.count }, (_, at) => counts[at + shift] ?? 0);
}

/** A moment on the axis: as fine as the parts are, with the day where several are in view. */
export function tick(at: number, { step, count }: Scale, utc: boolean): string {
  const day = moment(at, utc).slice(5, 10);
  if (step >= DAY) return moment(at, utc).slice(0, 10);
  const time = clockTime(at, utc);
  const fine = step < SECOND ? time : step < MINUTE ? time.slice(0, 8) : time.slice(0, 5);
  return step * count > DAY ? `${day} ${fine.slice(0, 5)}` : fine;
}
