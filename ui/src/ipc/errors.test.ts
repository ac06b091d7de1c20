import { expect, test } from 'vitest';

import { appError, explain } from './errors';

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
