/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// The page runs under a strict policy (default-src 'self'): nothing may be inlined as a data URL.
export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  clearScreen: false,
  server: { port: 5173, strictPort: true },
  build: {
    target: 'safari17',
    assetsInlineLimit: 0,
    outDir: mode === 'fake' ? 'dist-fake' : 'dist',
  },
  // Vitest would otherwise take Svelte's server build, which renders to strings.
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/test-setup.ts'],
  },
}));
