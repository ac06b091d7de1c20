// Starts Debian's WebKitWebDriver in a process group of its own, and ends that whole group.
// Promises: nothing that it started outlives `stop`, nor this process, however a scenario ends.

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';

import { waitFor } from './wait';
import { isReady } from './webdriver';

/** How long the application may take to end by itself before it is killed, in seconds. */
const GRACE = 10;

/** Below the ports that the system gives to outgoing connections: one of those would be in the way
    of a broker that is started again on its old port. */
const LOWEST_PORT = 20_000;
const PORTS = 12_000;

export type Driver = { url: string; stop: () => Promise<void> };

const groups = new Set<number>();
process.once('exit', () => groups.forEach((group) => signal(group, 'SIGKILL')));
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => process.exit(1));
}

/** `log` is the file that takes what the driver and the application print. */
export async function startDriver(env: NodeJS.ProcessEnv, log: string): Promise<Driver> {
  const port = await freePort();
  const output = openSync(log, 'a');
  const child = spawn('WebKitWebDriver', [`--port=${port}`], {
    env,
    stdio: ['ignore', output, output],
    detached: true,
  });
  closeSync(output);
  let failure = '';
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code) => (failure ||= `it ended with ${code}`));
  const group = child.pid;
  if (group !== undefined) groups.add(group);

  const stop = async () => {
    if (group === undefined || !groups.has(group)) return;
    signal(group, 'SIGTERM');
    await waitFor('the application to end', () => !signal(group, 0), GRACE).catch(() =>
      signal(group, 'SIGKILL'),
    );
    groups.delete(group);
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await waitFor('WebKitWebDriver to answer', async () => {
      if (failure) throw new Error(`WebKitWebDriver did not start: ${failure}. See ${log}.`);
      return isReady(url);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** Signals a whole process group; false when it has no member left. */
function signal(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, name);
    return true;
  } catch {
    return false;
  }
}

/** A port of the loopback interface that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((done) => {
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}
