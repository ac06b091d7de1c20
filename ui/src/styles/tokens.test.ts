// Text must be readable in both themes: 4.5:1 (WCAG 2.2 §1.4.3) on every ground it stands on.
import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

const css = readFileSync('src/styles/tokens.css', 'utf8');

const TEXT =
  'text-1 text-2 text-3 accent live retained warn bad j-key j-str j-num j-bool j-null'.split(' ');
const GROUNDS = 'bg-0 bg-1 bg-2 bg-3 accent-bg changed-bg removed-bg warn-bg bad-bg'.split(' ');

function theme(name: string): Map<string, string> {
  const block = css.split(`[data-theme='${name}']`)[1]?.split('}')[0] ?? '';
  return new Map(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((match) => [
      match[1] ?? '',
      match[2] ?? '',
    ]),
  );
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

test.each(['dark', 'light'])('text reaches 4.5:1 in the %s theme', (name) => {
  const tokens = theme(name);
  const weak: string[] = [];
  for (const text of TEXT)
    for (const ground of GROUNDS) {
      const value = contrast(tokens.get(text) ?? '#000000', tokens.get(ground) ?? '#000000');
      if (value < 4.5) weak.push(`${text} on ${ground}: ${value.toFixed(2)}`);
    }
  const button = contrast(tokens.get('on-accent') ?? '', tokens.get('accent') ?? '');
  if (button < 4.5) weak.push(`on-accent on accent: ${button.toFixed(2)}`);
  expect(weak).toEqual([]);
});

test('both themes define the same tokens', () => {
  expect([...theme('light').keys()]).toEqual([...theme('dark').keys()]);
});
