// Keeps what streaming data asks for to a rate an eye can use, without delaying what a person asks.

/** A function that runs `job` now, or as soon as `pause` ms have passed since it last ran. */
export function paced(job: () => void, pause: number): () => void {
  let last = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = () => {
    timer = undefined;
    last = performance.now();
    job();
  };
  return () => {
    if (timer !== undefined) return;
    const wait = last + pause - performance.now();
    if (wait <= 0) run();
    else timer = setTimeout(run, wait);
  };
}

/** Work that is done once at a time: asked for while it goes on, it is done once more after that. */
export function oneByOne(work: () => Promise<void>): () => void {
  let working = false;
  let again = false;
  const run = async () => {
    again = true;
    if (working) return;
    working = true;
    while (again) {
      again = false;
      await work();
    }
    working = false;
  };
  return () => void run();
}
