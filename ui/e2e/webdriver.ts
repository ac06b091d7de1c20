// A plain client for the W3C WebDriver protocol: the few commands our scenarios use, over fetch.
// Promises: every refusal of the driver becomes a WebDriverError that names the command.
// Deliberately absent: waiting and retrying (app.ts), and any knowledge of Wiretree.

/** The key under which WebDriver names an element ("web element identifier"). */
const ELEMENT_KEY = 'element-6066-11e4-a52e-4f735466cecf';

/** Keys that have no character, as WebDriver §17.4.2 encodes them. */
export const Key = {
  backspace: '\uE003',
  tab: '\uE004',
  enter: '\uE007',
  shift: '\uE008',
  control: '\uE009',
  escape: '\uE00C',
  pageUp: '\uE00E',
  pageDown: '\uE00F',
  end: '\uE010',
  home: '\uE011',
  left: '\uE012',
  up: '\uE013',
  right: '\uE014',
  down: '\uE015',
  delete: '\uE017',
  f6: '\uE036',
  f10: '\uE03A',
} as const;

export class WebDriverError extends Error {
  /** `code` is the protocol's error code, for example "stale element reference". */
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** How long one command may take, in milliseconds: an application that died never answers. */
const ANSWER = 60_000;

type Method = 'GET' | 'POST' | 'DELETE';

async function command<T>(url: string, method: Method, path: string, body?: object): Promise<T> {
  const response = await fetch(`${url}${path}`, {
    method,
    signal: AbortSignal.timeout(ANSWER),
    ...(method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}),
  });
  const { value } = (await response.json()) as { value: unknown };
  if (!response.ok) {
    const { error, message } = value as { error: string; message: string };
    throw new WebDriverError(error, `${method} ${path}: ${error}: ${message}`);
  }
  return value as T;
}

/** True once the driver behind `url` takes sessions. */
export async function isReady(url: string): Promise<boolean> {
  try {
    return (await command<{ ready: boolean }>(url, 'GET', '/status')).ready;
  } catch {
    return false;
  }
}

/** One element of the page. It goes stale when the page replaces it. */
export class Element {
  constructor(
    private readonly session: Session,
    private readonly id: string,
  ) {}

  /** This element as an argument for `Session.execute`. */
  toJSON(): Record<string, string> {
    return { [ELEMENT_KEY]: this.id };
  }

  click = () => this.call<null>('POST', '/click');
  text = () => this.call<string>('GET', '/text');
  clear = () => this.call<null>('POST', '/clear');
  type = (text: string) => this.call<null>('POST', '/value', { text });
  attribute = (name: string) => this.call<string | null>('GET', `/attribute/${name}`);
  property = <T>(name: string) => this.call<T>('GET', `/property/${name}`);
  isEnabled = () => this.call<boolean>('GET', '/enabled');

  private call<T>(method: Method, path: string, body?: object): Promise<T> {
    return this.session.call<T>(method, `/element/${this.id}${path}`, body);
  }
}

/** One window of the application under test. */
export class Session {
  private constructor(private readonly url: string) {}

  /** Starts `binary` with `args` through the driver at `driverUrl`. */
  static async open(driverUrl: string, binary: string, args: string[]): Promise<Session> {
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args } } };
    const { sessionId } = await command<{ sessionId: string }>(driverUrl, 'POST', '/session', {
      capabilities,
    });
    return new Session(`${driverUrl}/session/${sessionId}`);
  }

  call<T>(method: Method, path: string, body?: object): Promise<T> {
    return command<T>(this.url, method, path, body);
  }

  /** The first element that matches, or a WebDriverError "no such element". */
  async find(css: string): Promise<Element> {
    const found = await this.call<Record<string, string>>('POST', '/element', {
      using: 'css selector',
      value: css,
    });
    return this.element(found);
  }

  async findAll(css: string): Promise<Element[]> {
    const found = await this.call<Record<string, string>[]>('POST', '/elements', {
      using: 'css selector',
      value: css,
    });
    return found.map((each) => this.element(each));
  }

  /** Runs the body of a function in the page; `arguments` holds `values`. */
  execute<T>(script: string, ...values: unknown[]): Promise<T> {
    return this.call<T>('POST', '/execute/sync', { script, args: values });
  }

  /** Presses the keys together and lets go in reverse order: `press(Key.control, 'k')`. */
  async press(...keys: string[]): Promise<void> {
    const down = keys.map((value) => ({ type: 'keyDown', value }));
    const up = [...keys].reverse().map((value) => ({ type: 'keyUp', value }));
    await this.call('POST', '/actions', {
      actions: [{ type: 'key', id: 'keyboard', actions: [...down, ...up] }],
    });
  }

  /** Presses the left button at the first place, moves to the others, and lets go at the last. */
  async drag(...places: { x: number; y: number }[]): Promise<void> {
    const [first, ...others] = places.map(({ x, y }) => ({
      type: 'pointerMove',
      duration: 30,
      x: Math.round(x),
      y: Math.round(y),
    }));
    const down = { type: 'pointerDown', button: 0 };
    const up = { type: 'pointerUp', button: 0 };
    await this.call('POST', '/actions', {
      actions: [{ type: 'pointer', id: 'mouse', actions: [first, down, ...others, up] }],
    });
  }

  title = () => this.call<string>('GET', '/title');
  setSize = (width: number, height: number) =>
    this.call('POST', '/window/rect', { x: 0, y: 0, width, height });

  /** The page as a PNG. */
  async screenshot(): Promise<Buffer> {
    return Buffer.from(await this.call<string>('GET', '/screenshot'), 'base64');
  }

  /** Closes the window and ends the application. */
  close = () => this.call<null>('DELETE', '');

  private element(found: Record<string, string>): Element {
    return new Element(this, found[ELEMENT_KEY] ?? '');
  }
}
