// One picture of the window on the demo, for a machine without a display (script/run).

import { App } from './app';
import { waitFor } from './wait';

/** Rows of the tree on screen before the picture is worth taking. */
const ROWS = 3;

/** Opens the demo, waits for its rows, writes the picture to `file`, and ends the application. */
export async function takePicture(file: string): Promise<void> {
  const app = await App.launch(['--demo']);
  try {
    await app.resize(1440, 900);
    await waitFor('rows in the topic tree', async () => {
      const rows = await app.session.findAll('[role="treeitem"]');
      return rows.length >= ROWS;
    });
    await app.screenshot(file);
  } finally {
    await app.end();
  }
}
