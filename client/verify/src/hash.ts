// Tagged hashes and Merkle lists (bundle.md, "Hashes").
import { blake3 } from '@noble/hashes/blake3.js';
import { concat, encode, fromHex, toHex, utf8Bytes, type Codec, type Hash } from './bytes.ts';

const keys = new Map<string, Uint8Array>();

function keyOf(tag: string): Uint8Array {
  let key = keys.get(tag);
  if (key === undefined) {
    key = blake3(utf8Bytes(`hufu/1/${tag}`));
    keys.set(tag, key);
  }
  return key;
}

/** H(tag, bytes): BLAKE3 keyed with the hash of the tag. */
export function tagged(tag: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return blake3(parts.length === 1 && parts[0] !== undefined ? parts[0] : concat(...parts), { key: keyOf(tag) });
}

export function taggedHex(tag: string, ...parts: readonly Uint8Array[]): Hash {
  return toHex(tagged(tag, ...parts));
}

export function hashOf<T>(tag: string, codec: Codec<T>, value: T): Hash {
  return taggedHex(tag, encode(codec, value));
}

/** H over hashes side by side. */
export function hashPair(tag: string, left: Hash, right: Hash): Hash {
  return taggedHex(tag, fromHex(left), fromHex(right));
}

const PATH_MOST = 40;

/**
 * The root of a Merkle list (RFC 6962 section 2.1) of `count` hashes in which `leaf` stands at `index`; null where the
 * path is not exactly that of this place.
 */
export function listRoot(leaf: Hash, index: number, count: number, path: readonly Uint8Array[]): Hash | null {
  if (index >= count || path.length > PATH_MOST) return null;
  let top = tagged('list-leaf', fromHex(leaf));
  let at = index;
  let width = count;
  let used = 0;
  while (width > 1) {
    const alone = at % 2 === 0 && at === width - 1;
    if (!alone) {
      const sibling = path[used];
      if (sibling === undefined) return null;
      used += 1;
      top = at % 2 === 0 ? tagged('list-node', top, sibling) : tagged('list-node', sibling, top);
    }
    at = Math.floor(at / 2);
    width = Math.ceil(width / 2);
  }
  if (used !== path.length) return null;
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(count), true);
  return taggedHex('list-root', length, top);
}
