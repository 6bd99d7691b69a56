// Base45 (RFC 9285): the alphanumeric mode of QR codes.

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const BASE = ALPHABET.length;
const DIGITS = new Uint8Array(256).fill(255);
for (let i = 0; i < BASE; i += 1) DIGITS[ALPHABET.charCodeAt(i)] = i;

/** The bytes that a text of ASCII stands for; null where it stands for none. */
export function fromBase45(text: Uint8Array): Uint8Array | null {
  if (text.length % 3 === 1) return null;
  const out = new Uint8Array(Math.floor(text.length / 3) * 2 + (text.length % 3 === 2 ? 1 : 0));
  let at = 0;
  for (let i = 0; i < text.length; i += 3) {
    const digits = [...text.subarray(i, i + 3)].map((character) => DIGITS[character] ?? 255);
    if (digits.includes(255)) return null;
    const value = digits.reduceRight((sum, digit) => sum * BASE + digit, 0);
    const width = digits.length === 3 ? 2 : 1;
    if (value >= 256 ** width) return null;
    if (width === 2) out[at] = value >> 8;
    out[at + width - 1] = value & 255;
    at += width;
  }
  return out;
}
