import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import CheckField from './CheckField.svelte';
import Segmented from './Segmented.svelte';
import Splitter from './Splitter.svelte';
import Tabs from './Tabs.svelte';
import TextField from './TextField.svelte';
import VirtualList from './VirtualList.svelte';

beforeEach(() =>
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', {
    configurable: true,
    get: () => 240,
  }),
);
afterEach(cleanup);

const row = createRawSnippet<[unknown, number]>((item) => ({ render: () => `<p>${item()}</p>` }));

test('a list draws the rows it was given and asks for those in view', async () => {
  const onwindow = vi.fn();
  render(VirtualList, {
    first: 100,
    rows: ['a', 'b'],
    total: 100_000,
    rowHeight: 24,
    overscan: 5,
    row,
    onwindow,
    key: (text: unknown) => text,
    'data-testid': 'list',
  });
  const list = screen.getByTestId('list');
  expect(list.querySelectorAll('p')).toHaveLength(2);
  expect(onwindow).toHaveBeenLastCalledWith(0, 21);
  list.scrollTop = 24_000;
  await fireEvent.scroll(list);
  expect(onwindow).toHaveBeenLastCalledWith(995, 21);
});

test('arrow keys choose among the segments, round the ends', async () => {
  const onpick = vi.fn();
  const options = [0, 1, 2].map((value) => ({ value, label: String(value) }));
  render(Segmented, { label: 'QoS', options, value: 2, onpick });
  const group = screen.getByRole('radiogroup', { name: 'QoS' });
  await fireEvent.keyDown(group, { key: 'ArrowRight' });
  expect(onpick).toHaveBeenLastCalledWith(0);
  expect(screen.getByRole('radio', { name: '0' })).toHaveAttribute('aria-checked', 'true');
});

test('arrow keys move from tab to tab', async () => {
  const onpick = vi.fn();
  const options = [
    { value: 'a', label: 'A' },
    { value: 'b', label: 'B' },
  ];
  render(Tabs, { label: 'T', options, value: 'a', panel: 'p', onpick });
  await fireEvent.keyDown(screen.getByRole('tablist'), { key: 'ArrowLeft' });
  expect(onpick).toHaveBeenCalledWith('b');
});

test.each([
  ['ArrowRight', false, 316],
  ['ArrowLeft', false, 284],
  ['ArrowRight', true, 284],
  ['Home', false, 200],
  ['End', false, 500],
])('the splitter moves by key %s (reverse: %s)', async (key, reverse, size) => {
  const onresize = vi.fn();
  render(Splitter, { axis: 'x', label: 'Width', size: 300, min: 200, max: 500, reverse, onresize });
  await fireEvent.keyDown(screen.getByRole('separator'), { key });
  expect(onresize).toHaveBeenCalledWith(size);
});

test('a field is known by its name and described by what is said of it', () => {
  render(TextField, { label: 'Host', value: '', problem: 'There is none.' });
  render(CheckField, { label: 'Retain', checked: false, hint: 'Kept.' });
  expect(screen.getByLabelText('Host')).toHaveAccessibleDescription('There is none.');
  expect(screen.getByRole('checkbox', { name: 'Retain' })).toHaveAccessibleDescription('Kept.');
});
