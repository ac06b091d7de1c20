// Copying. Text goes as text; bytes that are not UTF-8 go as hex, since a clipboard holds no bytes.

/** Puts a text on the clipboard; false when the system refuses. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
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

/** The older way, for web views that refuse the clipboard after a wait. */
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
