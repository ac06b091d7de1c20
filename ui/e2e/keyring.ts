// A real keychain of the test's own: GNOME's Secret Service, unlocked, on a session bus of its own,
// with folders of its own, ended by process id. The developer's keychain is never touched.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { waitFor } from './wait';

const SECRETS = 'org.freedesktop.secrets';

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export class Keyring {
  readonly #children: ChildProcess[] = [];
  readonly #env: NodeJS.ProcessEnv;

  private constructor(
    private readonly folder: string,
    /** The address of its session bus. */
    readonly bus: string,
  ) {
    this.#env = {
      ...process.env,
      HOME: folder,
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      XDG_RUNTIME_DIR: join(folder, 'run'),
      DBUS_SESSION_BUS_ADDRESS: bus,
    };
    delete this.#env['DISPLAY'];
    delete this.#env['WAYLAND_DISPLAY'];
  }

  static async start(): Promise<Keyring> {
    const folder = mkdtempSync(join(tmpdir(), 'wiretree-keyring-'));
    const keyring = new Keyring(folder, `unix:path=${join(folder, 'bus')}`);
    try {
      await keyring.#start();
    } catch (error) {
      await keyring.end();
      throw error;
    }
    return keyring;
  }

  /** How many entries Wiretree has in it. */
  entries(): number {
    const own = 'dict:string:string:service,org.wiretree.desktop';
    const found = this.#ask(SECRETS, 'org.freedesktop.Secret.Service.SearchItems', own);
    return found.match(/object path/g)?.length ?? 0;
  }

  /** Ends both programs and removes what they wrote. */
  async end(): Promise<void> {
    // The bus, which is first in the list, last.
    for (const child of this.#children.reverse()) {
      child.kill('SIGKILL');
      await waitFor('the keychain to end', () => ended(child));
      running.delete(child);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    mkdirSync(join(this.folder, 'run'), { mode: 0o700 });
    const config = join(this.folder, 'bus.conf');
    writeFileSync(config, busConfig(this.bus));
    // It says its address once it listens.
    const bus = this.#spawn('dbus-daemon', [
      '--nofork',
      '--nopidfile',
      '--print-address',
      `--config-file=${config}`,
    ]);
    let said = false;
    bus.stdout?.once('data', () => (said = true));
    await waitFor('the bus to answer', () => alive(bus) && said);
    const keyring = this.#spawn('gnome-keyring-daemon', [
      '--foreground',
      '--components=secrets',
      '--unlock',
    ]);
    keyring.stdin?.once('error', () => undefined).end('opens the login keyring');
    await waitFor('the keychain to answer', () => {
      const names = this.#ask('org.freedesktop.DBus', 'org.freedesktop.DBus.ListNames');
      return alive(keyring) && names.includes(`"${SECRETS}"`);
    });
  }

  #spawn(program: string, args: string[]): ChildProcess {
    const child = spawn(program, args, { env: this.#env, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#children.push(child);
    running.add(child);
    child.once('error', () => running.delete(child));
    return child;
  }

  #ask(service: string, method: string, ...args: string[]): string {
    const path = `/${service.replaceAll('.', '/')}`;
    const call = ['--session', '--print-reply', `--dest=${service}`, path, method, ...args];
    return execFileSync('dbus-send', call, { env: this.#env, encoding: 'utf8' });
  }
}

/** A bus without services that it could start by itself, and that would outlive the test. */
function busConfig(address: string): string {
  return `<busconfig>
  <type>session</type>
  <listen>${address}</listen>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
`;
}

/** It never began, or is over. */
const ended = (child: ChildProcess) =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

function alive(child: ChildProcess): true {
  if (ended(child)) throw new Error(`${child.spawnfile} did not start.`);
  return true;
}
