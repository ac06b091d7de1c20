// What a press on the timeline becomes: a click for a moment, a new range, the range moved, or one of
// its edges moved.

import type { Range } from './scale';
import type { Timeline } from './timeline.svelte';

/** Pixels within which a press is a click, and within which an edge is caught. */
const NEAR = 4;

export class Dragging {
  /** `whereIs`: the moment under the pointer; `perPixel`: the microseconds of a pixel. */
  constructor(
    private readonly whereIs: (event: { clientX: number }) => number,
    private readonly timeline: () => Timeline,
    private readonly perPixel: () => number,
  ) {}

  start(event: PointerEvent): void {
    if (event.button !== 0) return;
    const element = event.currentTarget as HTMLElement;
    const begin = this.whereIs(event);
    const rangeAt = this.#grip(begin);
    let moved = false;
    const move = (to: PointerEvent) => {
      moved ||= Math.abs(to.clientX - event.clientX) >= NEAR;
      if (moved) this.timeline().drag(rangeAt(this.whereIs(to)));
    };
    const end = () => {
      element.removeEventListener('pointermove', move);
      if (moved) this.timeline().drop();
      else this.timeline().point(begin);
    };
    element.setPointerCapture?.(event.pointerId);
    element.addEventListener('pointermove', move);
    element.addEventListener('lostpointercapture', end, { once: true });
  }

  /** What was taken hold of, as the range that a pointer elsewhere makes of it. */
  #grip(begin: number): (to: number) => Range {
    const { brush } = this.timeline();
    const near = NEAR * this.perPixel();
    const between = (one: number, other: number) => ({
      from: Math.min(one, other),
      to: Math.max(one, other),
    });
    if (brush && Math.abs(begin - brush.from) <= near) return (to) => between(to, brush.to);
    if (brush && Math.abs(begin - brush.to) <= near) return (to) => between(brush.from, to);
    if (brush && begin > brush.from && begin < brush.to)
      return (to) => ({ from: brush.from + to - begin, to: brush.to + to - begin });
    return (to) => between(begin, to);
  }
}
