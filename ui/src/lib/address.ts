// A broker's address as people paste it: "host", "host:1883", "mqtt://user@host:1883".

export type Address = {
  host: string;
  port: number | null;
  username: string | null;
  /** The text held a password; it is left out of everything here on purpose. */
  hadPassword: boolean;
  /** A scheme that this version cannot speak, e.g. "mqtts". */
  unsupported: string | null;
};

/** Splits what looks like a URL or host:port; null when the text is only a host name. */
export function splitAddress(text: string): Address | null {
  const match =
    /^\s*(?:([a-z][a-z0-9+.-]*):\/\/)?(?:([^@/]*)@)?(\[[^\]]*\]|[^:/?#\s]*)(?::(\d{1,5}))?(?:[/?#].*)?\s*$/i.exec(
      text,
    );
  if (!match) return null;
  const [, scheme, user, host = '', port] = match;
  if (scheme === undefined && user === undefined && port === undefined) return null;
  const [name, password] = (user ?? '').split(/:(.*)/s);
  const known = scheme === undefined || ['mqtt', 'tcp'].includes(scheme.toLowerCase());
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? (scheme === undefined ? null : 1883) : Number(port),
    username: name ? decode(name) : null,
    hadPassword: password !== undefined,
    unsupported: known ? null : (scheme ?? null),
  };
}

/** host and port as one text, IPv6 in brackets. */
export function joinAddress(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
