import { beforeEach, expect, test } from 'vitest';

import { Layout } from './layout.svelte';

beforeEach(() => localStorage.clear());

test.each([
  [1440, 830],
  [1024, 630],
  [1920, 1010],
])('at %d×%d every pane keeps its least size', (width, height) => {
  const layout = new Layout();
  Object.assign(layout, { width, height });
  expect(width - layout.tree - layout.history).toBeGreaterThanOrEqual(layout.least.message);
  expect(height - layout.drawer).toBeGreaterThanOrEqual(layout.least.upper);
});

test('sizes set too large for a smaller window give way, and come back', () => {
  const layout = new Layout();
  layout.set({ tree: 700, history: 420 });
  layout.width = 1024;
  expect(layout.tree + layout.history + layout.least.message).toBeLessThanOrEqual(1024);
  layout.width = 1900;
  expect([layout.tree, layout.history]).toEqual([700, 420]);
});

test('sizes are remembered', () => {
  new Layout().set({ tree: 333, open: false, tab: 'packets' });
  const again = new Layout();
  expect([again.tree, again.open, again.tab]).toEqual([333, false, 'packets']);
});
