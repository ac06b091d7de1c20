// How far a place is from UTC, as people write it. Minutes, to the east positive.

/** "+02:00", "-5:30", "+0545", "+2", "Z", "UTC"; null for anything else. */
export function parseOffset(text: string): number | null {
  const typed = text.trim();
  if (/^(z|utc)$/i.test(typed)) return 0;
  const parts = /^([+\-−])(\d{1,2})(?::?(\d{2}))?$/.exec(typed);
  if (!parts) return null;
  const minutes = Number(parts[2]) * 60 + Number(parts[3] ?? 0);
  if (Number(parts[2]) > 23 || Number(parts[3] ?? 0) > 59) return null;
  return parts[1] === '+' || minutes === 0 ? minutes : -minutes;
}

/** How far this machine is from UTC now. */
export const localOffset = (): number => -new Date().getTimezoneOffset();

/** "+02:00". */
export function offsetText(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const far = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(far / 60))}:${two(far % 60)}`;
}
