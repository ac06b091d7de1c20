// Between microseconds and the text of a datetime-local field. Pure.

/** "2026-11-20T12:35:23", or '' for no limit; with milliseconds where they matter. */
export function toField(micros: number | null, utc: boolean, fine = false): string {
  if (micros === null) return '';
  const date = new Date(Math.floor(micros / 1000));
  const offset = utc ? 0 : date.getTimezoneOffset() * 60_000;
  return new Date(date.getTime() - offset).toISOString().slice(0, fine ? 23 : 19);
}

/** Microseconds, or null for an empty or unfinished field. */
export function fromField(text: string, utc: boolean): number | null {
  if (text === '') return null;
  const milliseconds = new Date(utc ? `${text}Z` : text).getTime();
  return Number.isNaN(milliseconds) ? null : milliseconds * 1000;
}
