// Waiting for a condition with a deadline: the only way our scenarios wait.

import { setTimeout as pause } from 'node:timers/promises';

import { WebDriverError } from './webdriver';

/** How long a condition may take on a busy machine before the scenario gives up, in seconds. */
export const PATIENCE = 30;

/** Between two looks, in milliseconds: short beside what a person notices, long beside a command. */
const PAUSE = 40;

/** What a page that is just being redrawn answers; a later look will tell. */
const PASSING = ['no such element', 'stale element reference', 'element not interactable'];

type Maybe<T> = T | null | undefined | false;

/** Looks until `look` gives something other than false, null or undefined, and returns that. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<Maybe<T>> | Maybe<T>,
  seconds = PATIENCE,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  let obstacle: string;
  do {
    try {
      const seen = await look();
      if (seen !== false && seen !== null && seen !== undefined) return seen;
      obstacle = '';
    } catch (error) {
      if (!(error instanceof WebDriverError) || !PASSING.includes(error.code)) throw error;
      obstacle = ` (last look: ${error.message})`;
    }
    await pause(PAUSE);
  } while (performance.now() < deadline);
  throw new Error(`Waited ${seconds} s in vain for ${what}${obstacle}.`);
}
