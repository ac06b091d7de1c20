import { defineConfig } from 'vitest/config';

// The scenarios drive the real window; one at a time, so that pictures and timing are not disturbed.
export default defineConfig({
  test: {
    environment: 'node',
    include: ['e2e/**/*.e2e.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
