import { expect, test } from 'vitest';

import { crumbs, filterProblem, readsAsFilter, tail, topicProblem, visible } from './topic';

test.each(['a', '/', 'a//b', '$SYS/x', ' '])('%j is a topic name', (topic) => {
  expect(topicProblem(topic)).toBeNull();
});

test.each(['', 'a/+', 'a/#', 'a\0b', 'ä'.repeat(32_768)])('%j cannot be published to', (topic) => {
  expect(topicProblem(topic)).not.toBeNull();
});

test.each(['#', '+', 'a/+/b', 'a/#', '/', '$share/g/a/#'])('%j is a filter', (filter) => {
  expect(filterProblem(filter)).toBeNull();
});

test.each(['', 'a#', '#/a', 'a+/b', 'a\0'])('%j is not a filter', (filter) => {
  expect(filterProblem(filter)).not.toBeNull();
});

test('only whole levels make a text read as a filter', () => {
  expect(readsAsFilter('line/+/cnc')).toBe(true);
  expect(readsAsFilter('c++')).toBe(false);
  expect(readsAsFilter('issue #4')).toBe(false);
});

test('crumbs keep empty levels', () => {
  expect(crumbs('/a//b').map((crumb) => crumb.path)).toEqual(['', '/a', '/a/', '/a//b']);
});

test('the tail is what stands below the branch', () => {
  expect(tail('acme/munich/x', 'acme')).toBe('munich/x');
  expect(tail('acme2/x', 'acme')).toBe('acme2/x');
});

test('direction overrides and control characters are shown as escapes', () => {
  expect(visible('a\u202Eb\n')).toBe('a\\u{202E}b\\u{A}');
  expect(visible('größe 温度')).toBe('größe 温度');
});
