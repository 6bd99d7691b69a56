// Tagged hashes and Merkle lists (bundle.md, "Hashes").
import { blake3 } from '@noble/hashes/blake3.js';
import { concat, encode, fromHex, toHex, utf8Bytes, type Codec, type Hash } from './bytes.ts';
import { once } from './memo.ts';

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

const hashesOf = once((_: Uint8Array) => new Map<string, Hash>());

/** The hash of bytes of a file, computed once for each tag. */
export function hashOfPart(tag: string, bytes: Uint8Array): Hash {
  const known = hashesOf(bytes);
  let found = known.get(tag);
  if (found === undefined) {
    found = taggedHex(tag, bytes);
    known.set(tag, found);
  }
  return found;
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
export function listRoot(leaf: Hash, index: bigint, count: bigint, path: readonly Uint8Array[]): Hash | null {
  if (index >= count || path.length > PATH_MOST) return null;
  let top = tagged('list-leaf', fromHex(leaf));
  let at = index;
  let width = count;
  let used = 0;
  while (width > 1n) {
    const isLeft = (at & 1n) === 0n;
    const alone = isLeft && at === width - 1n;
    if (!alone) {
      const sibling = path[used];
      if (sibling === undefined) return null;
      used += 1;
      top = isLeft ? tagged('list-node', top, sibling) : tagged('list-node', sibling, top);
    }
    at >>= 1n;
    width = (width + 1n) >> 1n;
  }
  return used === path.length ? rootOf(count, top) : null;
}

function rootOf(count: bigint, top: Uint8Array): Hash {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, count, true);
  return taggedHex('list-root', length, top);
}

/** The root of the Merkle list of these hashes. */
export function listOf(leaves: readonly Hash[]): Hash {
  let level = leaves.map((leaf) => tagged('list-leaf', fromHex(leaf)));
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i], level[i + 1]];
      if (left !== undefined) above.push(right === undefined ? left : tagged('list-node', left, right));
    }
    level = above;
  }
  return rootOf(BigInt(leaves.length), level[0] ?? new Uint8Array(32));
}
