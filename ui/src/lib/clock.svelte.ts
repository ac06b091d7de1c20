// A clock the page can read in markup: ages and countdowns go on when no frame comes.

class Clock {
  /** Microseconds since 1970 UTC; moves twice a second while the page is in view. */
  now = $state(Date.now() * 1000);
  #timer: ReturnType<typeof setInterval> | undefined;

  start(): void {
    this.#timer ??= setInterval(() => {
      if (!document.hidden) this.now = Date.now() * 1000;
    }, 500);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

export const clock = new Clock();
