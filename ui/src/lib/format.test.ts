import { expect, test } from 'vitest';

import { age, clockTime, counted, delta, digits, moment, short, size, span } from './format';

const plain = (text: string) => text.replaceAll('\u2009', ' ');

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1 000'],
  [1284002, '1 284 002'],
  [9007199254740991, '9 007 199 254 740 991'],
  [-12410, '−12 410'],
])('digits are grouped by three and kept: %d', (value, text) => {
  expect(plain(digits(value))).toBe(text);
});

test.each([
  [0, '0 B'],
  [183, '183 B'],
  [1023, '1023 B'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [1048575, '1 MiB'],
  [2202009, '2.1 MiB'],
  [4509715661, '4.2 GiB'],
])('sizes are in binary units: %d', (bytes, text) => {
  expect(size(bytes)).toBe(text);
});

test.each([
  [0.4, '0'],
  [940, '940'],
  [1200, '1.2k'],
  [12410, '12.4k'],
  [240000, '240k'],
  [31000000, '31 M'],
])('short counts: %d', (value, text) => {
  expect(short(value)).toBe(text);
});

test.each([
  [3.1, '3.1 ms'],
  [412.4, '412 ms'],
  [1200, '1.2 s'],
  [243000, '4 min 3 s'],
  [7260000, '2 h 1 min'],
])('spans: %d ms', (ms, text) => {
  expect(span(ms)).toBe(text);
});

test('the time to the older message is in milliseconds until ten seconds', () => {
  expect(delta(1_012_000)).toBe('+1012 ms');
  expect(delta(12_300_000)).toBe('+12.3 s');
  expect(delta(-3000)).toBe('−3 ms');
});

test('ages never run below zero when the clocks differ a little', () => {
  expect(age(1_000_000, 1_900_000)).toBe('0.9 s ago');
  expect(age(5_000_000, 1_000_000)).toBe('0 s ago');
  expect(age(0, 12_000_000)).toBe('12 s ago');
  expect(age(0, 200_000_000)).toBe('3 min ago');
  expect(age(0, 86_400_000_000 * 5)).toBe('5 d ago');
});

test('a moment in UTC shows the microseconds', () => {
  const micros = Date.UTC(2026, 10, 20, 11, 35, 23, 144) * 1000 + 123;
  expect(clockTime(micros, true)).toBe('11:35:23.144');
  expect(moment(micros, true)).toBe('2026-11-20 11:35:23.144123 UTC');
});

test('local time names its offset', () => {
  expect(moment(0, false)).toMatch(/ [+-]\d\d:\d\d$/);
});

test('a count agrees with its noun', () => {
  expect(counted(1, 'topic')).toBe('1 topic');
  expect(counted(0, 'topic')).toBe('0 topics');
});
