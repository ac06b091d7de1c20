import { expect, test } from 'vitest';

import { jsonProblem } from './json-problem';

const GOOD = [
  '1',
  ' {"a":[1,2.5e3,-0],"b":null} ',
  '"\\u00e4\\n"',
  '[]',
  '{}',
  'true',
  '9007199254740993',
];
const BAD = [
  '',
  '{',
  '[1,]',
  '{"a":1,}',
  "{'a':1}",
  '{a:1}',
  '01',
  '1.',
  '"\\x"',
  '"a\nb"',
  'nul',
  '1 2',
  '"open',
];

test.each(GOOD)('%j is JSON', (text) => {
  expect(jsonProblem(text)).toBeNull();
});

test.each(BAD)('%j is not JSON, and the engine agrees', (text) => {
  expect(jsonProblem(text)).not.toBeNull();
  expect(() => JSON.parse(text)).toThrow();
});

test('line and column point at the fault', () => {
  expect(jsonProblem('{\n  "a": 1\n  "b": 2\n}')).toEqual({
    line: 3,
    column: 3,
    message: 'a comma or } is expected',
  });
  expect(jsonProblem('{"ä": }')).toMatchObject({ line: 1, column: 7 });
});

test('deep nesting is refused instead of overflowing the stack', () => {
  expect(jsonProblem('['.repeat(100_000))?.message).toContain('nested deeper');
});
