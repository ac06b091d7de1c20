// A real Mosquitto of the test's own: on a free port of the loopback interface, with its own
// configuration, ended by its process id. The packaged service is never touched.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from './driver';
import { waitFor } from './wait';

/** Debian puts it where not every user's PATH looks. */
const PROGRAM = existsSync('/usr/sbin/mosquitto') ? '/usr/sbin/mosquitto' : 'mosquitto';

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export type User = { name: string; password: string };
type Message = { topic: string; payload: string | Buffer; retain?: boolean };

export class Mosquitto {
  #child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly user: User | undefined,
    private readonly settings: string[],
  ) {}

  /** Without a user everybody may connect. `settings` are further lines of mosquitto.conf. */
  static async start(user?: User, settings: string[] = []): Promise<Mosquitto> {
    const folder = mkdtempSync(join(tmpdir(), 'wiretree-broker-'));
    const broker = new Mosquitto(await freePort(), folder, user, settings);
    broker.#configure();
    await broker.restart();
    return broker;
  }

  /** Starts it again on the same port. */
  async restart(): Promise<void> {
    const child = spawn(PROGRAM, ['-c', join(this.folder, 'mosquitto.conf')], { stdio: 'ignore' });
    this.#child = child;
    running.add(child);
    let failure = '';
    child.once('error', (error) => (failure = error.message));
    await waitFor('Mosquitto to answer', () => {
      if (failure || child.exitCode !== null) {
        throw new Error(`Mosquitto did not start on port ${this.port}. ${failure}`);
      }
      return answers(this.port);
    });
  }

  /** Lets it answer nothing any more, with its connections open; `kill` ends this too. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    child.kill('SIGKILL');
    await waitFor('Mosquitto to end', () => child.exitCode !== null || child.signalCode !== null);
    running.delete(child);
  }

  /** Ends it and removes its folder. */
  async end(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Retained unless said otherwise: so it also reaches a window that is still subscribing. */
  publish(message: Message): void {
    publishTo(this.port, { retain: true, ...message }, this.user);
  }

  /** What it has logged; of clients it names who came, who was refused and who went. */
  log(): string {
    return readFileSync(this.#log, 'utf8');
  }

  /** How often it has let a client in, or turned one away. */
  attempts(): number {
    return this.log().match(/New client connected|not authorised/g)?.length ?? 0;
  }

  get #log(): string {
    return join(this.folder, 'log');
  }

  #configure(): void {
    const passwords = join(this.folder, 'passwords');
    const lines = [`listener ${this.port} 127.0.0.1`, 'user root'];
    lines.push(`log_dest file ${this.#log}`, 'log_type notice', 'log_type error');
    lines.push(...this.settings);
    if (this.user) {
      const { name, password } = this.user;
      execFileSync('mosquitto_passwd', ['-b', '-c', passwords, name, password], {
        stdio: 'ignore',
      });
      lines.push('allow_anonymous false', `password_file ${passwords}`);
    } else lines.push('allow_anonymous true');
    writeFileSync(join(this.folder, 'mosquitto.conf'), `${lines.join('\n')}\n`);
  }
}

/** Publishes from another client, at QoS 1: returns when the broker has it. */
export function publishTo(port: number, message: Message, user?: User): void {
  const { topic, payload, retain } = message;
  const args = ['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', topic, '-s'];
  if (retain) args.push('-r');
  if (user) args.push('-u', user.name, '-P', user.password);
  execFileSync('mosquitto_pub', args, { input: payload, stdio: ['pipe', 'ignore', 'pipe'] });
}

/** The exact bytes of the retained message of a topic, as another client gets it. */
export function retainedAt(port: number, topic: string): Buffer {
  const args = ['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', topic, '-C', '1', '-N'];
  return execFileSync('mosquitto_sub', [...args, '-W', '30'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

async function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    const say = (answer: boolean) => {
      socket.destroy();
      done(answer);
    };
    socket.once('connect', () => say(true)).once('error', () => say(false));
  });
}
