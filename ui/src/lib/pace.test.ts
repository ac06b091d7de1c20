import { expect, test } from 'vitest';

import { oneByOne } from './pace';

test('work that is asked for while it goes on is done once more, and never twice at a time', async () => {
  let begun = 0;
  let finish = () => {};
  const ask = oneByOne(() => {
    begun += 1;
    return new Promise((done) => (finish = done));
  });
  const ended = async () => {
    finish();
    await Promise.resolve();
    await Promise.resolve();
  };
  ask();
  ask();
  ask();
  expect(begun).toBe(1);
  await ended();
  expect(begun).toBe(2);
  await ended();
  expect(begun).toBe(2);
  ask();
  expect(begun).toBe(3);
});
