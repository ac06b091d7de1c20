// The two choices of looks: theme (the system's unless switched) and local time or UTC.

import { recall, remember } from './remembered';
import { localOffset } from './utc-offset';

export type Theme = 'system' | 'dark' | 'light';

class Preferences {
  theme = $state<Theme>('system');
  utc = $state(false);
  #systemIsDark = $state(true);

  /** Reads what is remembered, follows the system from now on, and paints the page. */
  start(): void {
    this.theme = recall<Theme>('theme', 'system');
    this.utc = recall('utc', false);
    const query = window.matchMedia('(prefers-color-scheme: dark)');
    this.#systemIsDark = query.matches;
    query.addEventListener('change', (event) => {
      this.#systemIsDark = event.matches;
      this.#paint();
    });
    this.#paint();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    remember('theme', theme);
    this.#paint();
  }

  setUtc(utc: boolean): void {
    this.utc = utc;
    remember('utc', utc);
  }

  #paint(): void {
    const dark = this.theme === 'dark' || (this.theme === 'system' && this.#systemIsDark);
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }
}

export const preferences = new Preferences();

/** How far the times of the window are ahead of UTC, in minutes. */
export function utcOffset(): number {
  // Not −0, which is another number to some.
  return preferences.utc ? 0 : localOffset() || 0;
}
