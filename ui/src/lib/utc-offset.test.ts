import { expect, test } from 'vitest';

import { offsetText, parseOffset } from './utc-offset';

test.each([
  ['+02:00', 120],
  ['-05:30', -330],
  ['−5:30', -330],
  ['+0545', 345],
  [' +2 ', 120],
  ['Z', 0],
  ['utc', 0],
  ['-00:00', 0],
])('%j is %i minutes', (text, minutes) => {
  expect(parseOffset(text)).toBe(minutes);
});

test.each(['', '2', '+', '+24:00', '+1:60', '+1:6', 'CET', '+1:00:00'])(
  '%j is no offset',
  (text) => {
    expect(parseOffset(text)).toBeNull();
  },
);

test.each([
  [120, '+02:00'],
  [-330, '-05:30'],
  [0, '+00:00'],
])('%i minutes are %j', (minutes, text) => {
  expect(offsetText(minutes)).toBe(text);
});
