// Splits JSON as typed, right or wrong, into pieces to colour. Pure; joins back to the same text.

export type Piece = { kind: 'key' | 'string' | 'number' | 'bool' | 'null' | 'plain'; text: string };

const PIECE =
  /("(?:[^"\\\n]|\\.)*"?)(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false)\b|\b(null)\b|[^"\-\dtfn]+|[\s\S]/g;

export function colours(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (const [whole, quoted, colon, number, bool, nothing] of text.matchAll(PIECE)) {
    if (quoted !== undefined) {
      pieces.push({ kind: colon === undefined ? 'string' : 'key', text: quoted });
      if (colon !== undefined) pieces.push({ kind: 'plain', text: colon });
    } else if (number !== undefined) pieces.push({ kind: 'number', text: number });
    else if (bool !== undefined) pieces.push({ kind: 'bool', text: bool });
    else if (nothing !== undefined) pieces.push({ kind: 'null', text: nothing });
    else pieces.push({ kind: 'plain', text: whole });
  }
  return pieces;
}
