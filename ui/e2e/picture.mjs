// Starts picture.ts from a shell: node e2e/picture.mjs FILE.png. Vite reads the TypeScript.

import process from 'node:process';

import { runnerImport } from 'vite';

const { module } = await runnerImport('./e2e/picture.ts', { configFile: false });
await module.takePicture(process.argv[2]);
