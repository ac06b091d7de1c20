import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { TABLE, appError, explain } from './errors';

/** The Rust sources below a folder, each without its tests. */
function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.rs') && entry.name !== 'tests.rs')
    .filter((entry) => !/target|\/tests(\/|$)/.test(entry.parentPath))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .map((text) => text.split('#[cfg(test)]')[0] ?? '');
}

/** Every code that can reach the page: those named in the shell, and those of the errors it passes on. */
function codesOfTheBackend(): string[] {
  const shell = sources('../src-tauri/src').join('\n');
  const made = [...shell.matchAll(/(?:AppError|Self)::new\(\s*"([a-z-]+)"/g)].map((at) => at[1]);
  const passedOn = [...shell.matchAll(/impl From<&?(\w+)> for AppError/g)].map((at) => at[1]);
  const rooms = sources('../crates').join('\n');
  const passed = passedOn.flatMap((name) => {
    const code = new RegExp(`impl ${name} \\{[^]*?fn code\\(&self\\)[^]*?\\n    \\}`).exec(rooms);
    return [...(code?.[0] ?? '').matchAll(/=> "([a-z-]+)"/g)].map((at) => at[1]);
  });
  return [...new Set([...made, ...passed])].filter((code) => code !== undefined).sort();
}

test('the table knows every code of the backend, and no other', () => {
  const codes = codesOfTheBackend();
  for (const [source, code] of Object.entries({
    shell: 'payload-gone',
    session: 'already-open',
    store: 'history-in-use',
    mqtt: 'unreachable',
    notices: 'session-gone',
    demo: 'demo-listen',
  }))
    expect(codes, `the codes of ${source} are not found`).toContain(code);
  expect(Object.keys(TABLE).sort()).toEqual(codes);
});

test('an error of the backend keeps code, message and detail', () => {
  const thrown = { code: 'connection-refused', message: 'nobody listens', detail: 'os error 111' };
  expect(appError(thrown)).toEqual(thrown);
});

test('anything else that is thrown becomes an error in words', () => {
  expect(appError(new TypeError('x is undefined')).message).toContain('x is undefined');
  expect(appError('plain').code).toBe('unknown');
});

test('an unknown code is shown with the sentence it came with', () => {
  const shown = explain({ code: 'never-heard-of', message: 'the disk is full', detail: null });
  expect(shown).toEqual({ severity: 'error', remedy: 'none', sentence: 'The disk is full.' });
});
