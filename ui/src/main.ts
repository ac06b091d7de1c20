// Starts the page: fonts, looks, clock, and the backend there is. No top-level await: with a
// dynamic import it can deadlock in the built page.

import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import './styles/tokens.css';
import './styles/base.css';

import { mount } from 'svelte';

import App from './App.svelte';
import type { Backend } from './ipc/backend';
import { insideTauri, tauri } from './ipc/tauri';
import { clock } from './lib/clock.svelte';
import { preferences } from './lib/preferences.svelte';

/** Whether this build carries the scripted backend: in development and with `--mode fake`. */
const WITH_FAKE = import.meta.env.DEV || import.meta.env.MODE === 'fake';

function start(backend: Backend): void {
  const target = document.getElementById('app');
  if (target) mount(App, { target, props: { backend } });
}

preferences.start();
clock.start();
if (insideTauri()) start(tauri);
else if (WITH_FAKE) void import('./ipc/fake-page').then(({ fakeForPage }) => start(fakeForPage()));
else
  document.body.textContent = 'This page belongs to the Wiretree window. Start it with script/run.';
