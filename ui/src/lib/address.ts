// A broker's address as people paste it: "host", "host:1883", "mqtt://user@host:1883".

export type Address = {
  host: string;
  port: number | null;
  username: string | null;
  /** The text held a password; it is left out of everything here on purpose. */
  hadPassword: boolean;
  /** What the scheme says about what carries the bytes; null: it says nothing. */
  carrier: 'tcp' | 'webSocket' | 'unix' | null;
  secure: boolean | null;
  /** Path and query; of a Unix socket its path. */
  path: string;
  /** A scheme that is none of MQTT's, e.g. "http". */
  unsupported: string | null;
};

type Scheme = { carrier: 'tcp' | 'webSocket' | 'unix'; secure: boolean; port: number | null };

const SCHEMES = new Map<string, Scheme>([
  ...['mqtt', 'tcp'].map((name) => [name, { carrier: 'tcp', secure: false, port: 1883 }] as const),
  ...['mqtts', 'ssl', 'tls'].map(
    (name) => [name, { carrier: 'tcp', secure: true, port: 8883 }] as const,
  ),
  ['ws', { carrier: 'webSocket', secure: false, port: 80 }],
  ['wss', { carrier: 'webSocket', secure: true, port: 443 }],
]);

/** Splits what looks like a URL or host:port; null when the text is only a host name. */
export function splitAddress(text: string): Address | null {
  const unix = /^\s*(?:unix|file):(?:\/\/)?(\/.*?)\s*$/i.exec(text);
  if (unix) return { ...NOTHING, host: '', carrier: 'unix', path: unix[1] ?? '' };
  const match =
    /^\s*(?:([a-z][a-z0-9+.-]*):\/\/)?(?:([^@/]*)@)?(\[[^\]]*\]|[^:/?#\s]*)(?::(\d{1,5}))?([/?#].*?)?\s*$/i.exec(
      text,
    );
  if (!match) return null;
  const [, name, user, host = '', port, path = ''] = match;
  if (name === undefined && user === undefined && port === undefined) return null;
  const [username, password] = (user ?? '').split(/:(.*)/s);
  const scheme = SCHEMES.get(name?.toLowerCase() ?? '');
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? (scheme?.port ?? null) : Number(port),
    username: username ? decode(username) : null,
    hadPassword: password !== undefined,
    carrier: scheme?.carrier ?? null,
    secure: scheme?.secure ?? null,
    path: path === '/' ? '' : path,
    unsupported: name !== undefined && !scheme ? name : null,
  };
}

const NOTHING: Omit<Address, 'host' | 'carrier' | 'path'> = {
  port: null,
  username: null,
  hadPassword: false,
  secure: null,
  unsupported: null,
};

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
