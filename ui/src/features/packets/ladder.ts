// The drawing of an exchange: two lifelines and an arrow for each packet. Pure geometry in pixels.

import type { Handshake, HandshakeStep } from '../../ipc/backend';
import { sinceWords } from './words';

const EDGE = 24;
const TOP = 32;
const STEP = 38;
const FALL = 13;

export type Rung = {
  step: HandshakeStep;
  from: { x: number; y: number };
  to: { x: number; y: number };
  /** The first arrow is named as the exchange is: with its QoS and packet identifier. */
  label: { text: string; x: number; y: number };
  /** The time since the arrow before; none at the first. */
  since: { text: string; x: number; y: number } | null;
};
export type Drawing = { left: number; right: number; height: number; rungs: Rung[] };

export function ladder(handshake: Handshake, width: number): Drawing {
  const left = EDGE;
  const right = Math.max(left + 120, width - EDGE - 10);
  const rungs = handshake.steps.map((step, at): Rung => {
    const y = TOP + at * STEP;
    const sent = step.direction === 'sent';
    const [start, end] = sent ? [left, right] : [right, left];
    return {
      step,
      from: { x: start, y },
      to: { x: end, y: y + FALL },
      label: {
        text: at === 0 && handshake.title.startsWith(step.label) ? handshake.title : step.label,
        x: (left + right) / 2,
        y: y - 3,
      },
      since:
        step.sincePrevious === null
          ? null
          : { text: sinceWords(step.sincePrevious), x: right - 12, y: y + FALL + 10 },
    };
  });
  return { left, right, height: TOP + handshake.steps.length * STEP, rungs };
}
