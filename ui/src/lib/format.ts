// Numbers, sizes and times as people read them. Pure: "now" and the zone come in as arguments.
// Times are microseconds since 1970 UTC, as the backend gives them.

const THIN = '\u2009';

/** Groups digits by three with a thin space: 1284002 → "1 284 002". Digits are kept. */
export function digits(value: number): string {
  const text = String(Math.trunc(Math.abs(value)));
  const grouped = text.replace(/\B(?=(\d{3})+$)/g, THIN);
  return value < 0 && text !== '0' ? `−${grouped}` : grouped;
}

/** A count with a noun: "1 topic", "48 206 topics". */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${digits(value)} ${value === 1 ? one : many}`;
}

/** A count where space is short: 940 → "940", 12410 → "12.4k", 31000000 → "31 M". */
export function short(value: number): string {
  if (value < 1000) return String(Math.round(value));
  if (value < 10_000) return `${trim(value / 1000, 1)}k`;
  if (value < 1_000_000) return `${trim(value / 1000, value < 100_000 ? 1 : 0)}k`;
  if (value < 1e9) return `${trim(value / 1e6, value < 1e7 ? 1 : 0)} M`;
  return `${trim(value / 1e9, 1)} G`;
}

/** Bytes as B, KiB, MiB, GiB. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${trim(value, value < 100 ? 1 : 0)} ${units[unit]}`;
}

/** A span in milliseconds: "3.1 ms", "412 ms", "1.2 s", "4 min 3 s". */
export function span(milliseconds: number): string {
  if (milliseconds < 100) return `${trim(milliseconds, 1)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${trim(milliseconds / 1000, 1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** The time to the next older message: "+1012 ms", "+12.3 s". */
export function delta(micros: number): string {
  const ms = micros / 1000;
  if (Math.abs(ms) < 9999.5) return `${ms < 0 ? '−' : '+'}${Math.round(Math.abs(ms))} ms`;
  return `${ms < 0 ? '−' : '+'}${span(Math.abs(ms))}`;
}

/** How long ago: "0.9 s ago", "12 s ago", "3 min ago", "2 h ago", "5 d ago". */
export function age(at: number, now: number): string {
  const seconds = Math.max(0, (now - at) / 1e6);
  if (seconds < 10) return `${trim(seconds, 1)} s ago`;
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** Time of day with milliseconds: "12:35:23.144". */
export function clockTime(micros: number, utc: boolean): string {
  const p = parts(micros, utc);
  return `${p.hour}:${p.minute}:${p.second}.${p.fraction.slice(0, 3)}`;
}

/** The moment in full, to the microsecond, with its zone: "2026-11-20 12:35:23.144123 +01:00". */
export function moment(micros: number, utc: boolean): string {
  const p = parts(micros, utc);
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}.${p.fraction} ${p.zone}`;
}

/** "-" free stamp for file names: "20261120-123523". */
export function stamp(micros: number, utc: boolean): string {
  const p = parts(micros, utc);
  return `${p.year}${p.month}${p.day}-${p.hour}${p.minute}${p.second}`;
}

function trim(value: number, places: number): string {
  const text = value.toFixed(places);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function parts(micros: number, utc: boolean) {
  const date = new Date(Math.floor(micros / 1000));
  const offset = utc ? 0 : -date.getTimezoneOffset();
  const shifted = new Date(date.getTime() + offset * 60_000);
  const iso = shifted.toISOString();
  const inSecond = ((Math.trunc(micros) % 1_000_000) + 1_000_000) % 1_000_000;
  return {
    year: iso.slice(0, 4),
    month: iso.slice(5, 7),
    day: iso.slice(8, 10),
    hour: iso.slice(11, 13),
    minute: iso.slice(14, 16),
    second: iso.slice(17, 19),
    fraction: String(inSecond).padStart(6, '0'),
    zone: utc ? 'UTC' : zoneOf(offset),
  };
}

function zoneOf(minutes: number): string {
  const sign = minutes < 0 ? '-' : '+';
  const two = (value: number) => String(value).padStart(2, '0');
  return `${sign}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}
