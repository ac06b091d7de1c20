// What the window remembers between starts (sizes, theme): small, never a secret, never required.

/** The remembered value, or the fallback when there is none or it cannot be read. */
export function recall<T>(key: string, fallback: T): T {
  try {
    const text = localStorage.getItem(`wiretree.${key}`);
    if (text === null) return fallback;
    const value: unknown = JSON.parse(text);
    return typeof value === typeof fallback ? (value as T) : fallback;
  } catch {
    return fallback;
  }
}

/** Remembers a value; silently does nothing where storage is switched off. */
export function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(`wiretree.${key}`, JSON.stringify(value));
  } catch {
    // Nothing depends on it.
  }
}
