// A history file with everything its window shows.

import { Exports } from '../features/export/exports.svelte';
import type { Backend } from '../ipc/backend';
import { Travelling } from './travelling.svelte';

export class FileState extends Travelling {
  readonly exports: Exports;

  constructor(backend: Backend, id: number) {
    super(backend, id);
    this.exports = new Exports(backend, id);
  }
}
