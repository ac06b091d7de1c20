// Finds a packet again among the matches by its number, after older ones have been forgotten and
// every index has become smaller.

import type { PacketWindow } from '../../ipc/backend';

type Ask = (first: number) => Promise<PacketWindow>;
export type Place = { page: PacketWindow; index: number };

/** The index of the packet with this number, or of the first one after it, and a page around it. */
export async function locate(ask: Ask, number: number, page: PacketWindow): Promise<Place> {
  let low = 0;
  let high = page.total;
  let found = page;
  let at = within(page, number);
  while (at === null && low < high) {
    if (liesBefore(found, number)) low = found.first + found.rows.length;
    else high = found.first;
    if (low >= high) break;
    const onePage = high - low <= found.rows.length;
    found = await ask(onePage ? low : Math.floor((low + high) / 2));
    at = within(found, number);
  }
  return { page: found, index: at ?? Math.min(low, Math.max(0, found.total - 1)) };
}

function liesBefore(page: PacketWindow, number: number): boolean {
  const last = page.rows.at(-1);
  return last !== undefined && last.number < number;
}

/** Null where the page lies wholly before or behind the number. */
function within(page: PacketWindow, number: number): number | null {
  const [first] = page.rows;
  const last = page.rows.at(-1);
  if (!first || !last || number > last.number) return null;
  if (number < first.number) return page.first === 0 ? 0 : null;
  return page.first + page.rows.findIndex((row) => row.number >= number);
}
