// How recently a topic changed, as steps the eye can tell apart. Pure.

export type Activity = 'now' | 'fresh' | 'recent' | 'quiet';

/** Both times in microseconds. */
export function activity(changedAt: number, now: number): Activity {
  const seconds = (now - changedAt) / 1e6;
  if (changedAt === 0 || seconds >= 30) return 'quiet';
  if (seconds >= 5) return 'recent';
  return seconds >= 1 ? 'fresh' : 'now';
}
