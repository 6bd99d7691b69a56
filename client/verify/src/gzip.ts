// Compressed files (bundle.md, "JSON"): one member of gzip and nothing behind it, and a bound on what comes out.
import { FILE_BYTES_MOST, isCard } from './reading.ts';
import { Refusal } from './refusal.ts';

/** So much of a file is decompressed, and no more: with the last byte it is too large. */
export const DECOMPRESSED_MOST = FILE_BYTES_MOST + 1;

export function isCompressed(file: Uint8Array): boolean {
  return file[0] === 0x1f && file[1] === 0x8b;
}

export function tooLarge(): Refusal {
  return new Refusal('H9001', `read a file of more than ${FILE_BYTES_MOST} bytes`);
}

/** What came out of a compressed file: any kind but a card, which is a text on paper. */
export function taken(out: Uint8Array): Uint8Array | Refusal {
  return isCard(out) ? new Refusal('H9002', 'take a card that is compressed') : out;
}

export function broken(): Refusal {
  return new Refusal('H9002', 'decompress the file');
}
