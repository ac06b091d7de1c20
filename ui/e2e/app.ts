// The real application window under test: started with folders of its own, driven, photographed,
// restarted on the same folders, and ended.
// Deliberately absent: what a scenario does in the window (the *.e2e.ts files).

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startDriver, type Driver } from './driver';
import { waitFor } from './wait';
import { Session, type Element } from './webdriver';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const artifacts = join(root, 'artifacts');

/** The binary under test; script/test names it, and a plain cargo build puts it here. */
export const binary = resolve(root, process.env['WIRETREE_BINARY'] ?? 'target/debug/wiretree');

/** Where one installation keeps its things. Two launches on the same folders are a restart. */
export type Folders = { home: string; data: string; config: string; downloads: string };

const homes = new Set<string>();
process.once('exit', () => homes.forEach(remove));

export function makeFolders(): Folders {
  const home = mkdtempSync(join(tmpdir(), 'wiretree-e2e-'));
  homes.add(home);
  const folders = {
    home,
    data: join(home, 'data'),
    config: join(home, 'config'),
    downloads: join(home, 'Downloads'),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  mkdirSync(join(home, 'run'), { mode: 0o700 });
  // Programs look the download folder up in this file rather than in the environment.
  writeFileSync(
    join(folders.config, 'user-dirs.dirs'),
    `XDG_DOWNLOAD_DIR="${folders.downloads}"\n`,
  );
  return folders;
}

function remove(home: string): void {
  rmSync(home, { recursive: true, force: true });
  homes.delete(home);
}

function environment(folders: Folders, bus: string | undefined): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: folders.home,
    XDG_DATA_HOME: folders.data,
    XDG_CONFIG_HOME: folders.config,
    XDG_CACHE_HOME: join(folders.home, 'cache'),
    XDG_STATE_HOME: join(folders.home, 'state'),
    XDG_RUNTIME_DIR: join(folders.home, 'run'),
    XDG_DOWNLOAD_DIR: folders.downloads,
    GDK_BACKEND: 'x11',
    LANG: 'en_US.UTF-8',
    NO_AT_BRIDGE: '1',
    TAURI_WEBVIEW_AUTOMATION: 'true',
  };
  // Without a session bus there is no keychain, so no test can touch the developer's own.
  delete env['DBUS_SESSION_BUS_ADDRESS'];
  if (bus !== undefined) env['DBUS_SESSION_BUS_ADDRESS'] = bus;
  delete env['WAYLAND_DISPLAY'];
  return env;
}

/** The driver takes what was painted last, which may be older than what the page knows. */
const PAINTED = `
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  return frame().then(frame).then(() => null);
`;

export class App {
  private constructor(
    readonly session: Session,
    readonly folders: Folders,
    private readonly driver: Driver,
    private readonly bus: string | undefined,
  ) {}

  /**
   * Opens the window; `args` go to the application, for example `--demo`. `bus` is the address of a
   * session bus of the test's own, with a keychain on it (keyring.ts).
   */
  static async launch(args: string[] = [], folders = makeFolders(), bus?: string): Promise<App> {
    if (!existsSync(binary)) throw new Error(`${binary} is missing: run script/test build.`);
    mkdirSync(artifacts, { recursive: true });
    const driver = await startDriver(environment(folders, bus), join(artifacts, 'e2e.log'));
    try {
      const session = await Session.open(driver.url, binary, args);
      return new App(session, folders, driver, bus);
    } catch (error) {
      await driver.stop();
      throw error;
    }
  }

  /** Waits for the first element that matches `css`, and for `holds` to be true of it. */
  async see(css: string, holds: (element: Element) => Promise<boolean> = async () => true) {
    return waitFor(`an element ${css}`, async () => {
      const element = await this.session.find(css);
      return (await holds(element)) && element;
    });
  }

  /** Waits until the element is there and takes the click. */
  async click(css: string): Promise<void> {
    await waitFor(`${css} to be clicked`, async () => {
      await (await this.session.find(css)).click();
      return true;
    });
  }

  /**
   * Waits until the text of the first element that matches `css` contains `text`. It is the page's
   * own idea of its text: WebDriver's finds none in rows that are moved by a transform.
   */
  async seeText(css: string, text: string): Promise<Element> {
    let last = '';
    try {
      return await this.see(css, async (element) => {
        last = await element.property<string>('innerText');
        return last.includes(text);
      });
    } catch (error) {
      throw new Error(`${css} never showed "${text}"; it showed "${last}".`, { cause: error });
    }
  }

  /** Gives the page this size in CSS pixels and waits until it has been laid out anew. */
  async resize(width: number, height: number): Promise<void> {
    await this.session.setSize(width, height);
    await waitFor(`a page of ${width} × ${height}`, () =>
      this.session.execute<boolean>(
        'return innerWidth === arguments[0] && innerHeight === arguments[1]',
        width,
        height,
      ),
    );
  }

  /** Writes artifacts/screenshots/NAME.png, or the given absolute path, and returns the path. */
  async screenshot(name: string): Promise<string> {
    const file = resolve(artifacts, 'screenshots', name.endsWith('.png') ? name : `${name}.png`);
    mkdirSync(dirname(file), { recursive: true });
    await this.session.execute(PAINTED);
    writeFileSync(file, await this.session.screenshot());
    return file;
  }

  /** Ends the application; its folders stay, for a restart. */
  async close(): Promise<void> {
    await this.session.close().catch(() => undefined);
    await this.driver.stop();
  }

  /** Ends the application and opens it again on the same folders and bus. */
  async restart(args: string[] = []): Promise<App> {
    await this.close();
    return App.launch(args, this.folders, this.bus);
  }

  /** Ends the application and removes its folders. */
  async end(): Promise<void> {
    await this.close();
    remove(this.folders.home);
  }
}
