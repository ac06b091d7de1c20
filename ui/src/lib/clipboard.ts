// Copying. Text goes as text; bytes that are not UTF-8 go as hex, since a clipboard holds no bytes.

/** Puts a text on the clipboard; false when the system refuses. Call it within the click or key:
    web views take a text that comes later only if the clipboard was asked for at once. */
export async function copyText(text: string | Promise<string>): Promise<boolean> {
  try {
    if (typeof text === 'string') await navigator.clipboard.writeText(text);
    else await navigator.clipboard.write([new ClipboardItem({ 'text/plain': asBlob(text) })]);
    return true;
  } catch {
    return copyBySelection(await text);
  }
}

async function asBlob(text: Promise<string>): Promise<Blob> {
  return new Blob([await text], { type: 'text/plain' });
}

/** The payload as it can stand on a clipboard: exact text where the bytes are UTF-8, else hex. */
export function bytesAsText(bytes: ArrayBuffer): { text: string; asHex: boolean } {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return { text: decoder.decode(bytes), asHex: false };
  } catch {
    const pairs = [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0'));
    return { text: pairs.join(' '), asHex: true };
  }
}

/** The older way, for web views without the newer one. */
function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  document.body.append(area);
  const focused = document.activeElement;
  area.select();
  const done = document.execCommand?.('copy') ?? false;
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}
