// The joint proof of the state tree (bundle.md, "State tree").
import { fromHex, toHex, type Hash } from './bytes.ts';
import { tagged } from './hash.ts';
import { once } from './memo.ts';
import type { JointProof, StateProof } from './records.ts';

export interface Leaf {
  position: Uint8Array;
  value: Uint8Array;
}

const STATE_KEYS = { pack: 1, org: 5, key: 6, class: 8, item: 9, code: 10, feed: 11, departure: 29 } as const;

const valueOf = once((record: Uint8Array) => tagged('state-value', record));

export function positionOf(kind: keyof typeof STATE_KEYS, identity: Hash): Uint8Array {
  return tagged('state-key', Uint8Array.of(STATE_KEYS[kind]), fromHex(identity));
}

const leaves = once((_: Uint8Array) => new Map<string, Leaf>());

export function leafOf(kind: keyof typeof STATE_KEYS, identity: Hash, record: Uint8Array): Leaf {
  const known = leaves(record);
  const name = kind + identity;
  let leaf = known.get(name);
  if (leaf === undefined) {
    leaf = { position: positionOf(kind, identity), value: valueOf(record) };
    known.set(name, leaf);
  }
  return leaf;
}

const EMPTY = tagged('state-empty', new Uint8Array(0));
const EMPTY_HEX = toHex(EMPTY);
const DEPTH_MOST = 256;

interface PlacedLeaf extends Leaf {
  depth: number;
}

class Walk {
  private used = 0;

  constructor(
    private readonly leaves: readonly PlacedLeaf[],
    private readonly siblings: JointProof['siblings'],
  ) {}

  root(): Uint8Array | null {
    const root = this.node(0, 0, this.leaves.length);
    return root !== null && this.used === this.siblings.length ? root : null;
  }

  /** The subtree at `depth` that holds the leaves `from` up to `to`, which are in order of position. */
  private node(depth: number, from: number, to: number): Uint8Array | null {
    if (from === to) return this.sibling();
    const first = this.leaves[from];
    if (first === undefined) return null;
    if (to - from === 1) {
      if (first.depth === depth) return tagged('state-leaf', first.position, first.value);
      // It can only get deeper, so it would be refused at the end.
      if (first.depth < depth) return null;
    }
    if (depth === DEPTH_MOST) return null;
    const middle = this.split(depth, from, to);
    const left = this.node(depth + 1, from, middle);
    if (left === null) return null;
    const right = this.node(depth + 1, middle, to);
    return right === null ? null : tagged('state-node', left, right);
  }

  private sibling(): Uint8Array | null {
    if (this.used >= this.siblings.length) return null;
    const sibling = this.siblings[this.used] ?? null;
    this.used += 1;
    if (sibling === null) return EMPTY;
    return toHex(sibling) === EMPTY_HEX ? null : sibling;
  }

  private split(depth: number, from: number, to: number): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >> 1;
      const byte = this.leaves[middle]?.position[depth >> 3] ?? 0;
      if ((byte >> (7 - (depth & 7))) & 1) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

const lastOf = once((_: JointProof): { leaves: readonly Leaf[]; root: Hash | null }[] => []);

/** The root under which the leaves stand by this proof, or null where it proves nothing. */
export function jointRoot(leaves: readonly Leaf[], proof: JointProof): Hash | null {
  const known = lastOf(proof);
  const [last] = known;
  if (
    last !== undefined &&
    last.leaves.length === leaves.length &&
    last.leaves.every((leaf, i) => leaf === leaves[i])
  ) {
    return last.root;
  }
  const root = computedRoot(leaves, proof);
  known[0] = { leaves, root };
  return root;
}

function computedRoot(leaves: readonly Leaf[], proof: JointProof): Hash | null {
  if (proof.depths.length !== leaves.length) return null;
  const named = leaves.map((leaf) => ({ leaf, name: toHex(leaf.position) }));
  named.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  if (named.some((one, i) => i > 0 && one.name === named[i - 1]?.name)) return null;
  const placed = named.map(({ leaf }, i) => ({ ...leaf, depth: proof.depths[i] ?? 0 }));
  const root = new Walk(placed, proof.siblings).root();
  return root === null ? null : toHex(root);
}

const SIBLINGS_MOST = 256;

function bitOf(position: Uint8Array, depth: number): number {
  return ((position[depth >> 3] ?? 0) >> (7 - (depth & 7))) & 1;
}

function fold(position: Uint8Array, end: Uint8Array, siblings: StateProof['siblings']): Hash | null {
  if (siblings.length > SIBLINGS_MOST) return null;
  let top = end;
  for (let depth = siblings.length - 1; depth >= 0; depth -= 1) {
    const written = siblings[depth] ?? null;
    // Of an empty subtree one form alone is taken.
    if (written !== null && toHex(written) === EMPTY_HEX) return null;
    const sibling = written ?? EMPTY;
    top = bitOf(position, depth) === 1 ? tagged('state-node', sibling, top) : tagged('state-node', top, sibling);
  }
  return toHex(top);
}

/** Whether a record stands under the root (absence.md, "Proving presence and absence"). */
export function provesPresence({ position, value }: Leaf, { siblings, end }: StateProof, root: Hash): boolean {
  return end.is === 'leaf' && fold(position, tagged('state-leaf', position, value), siblings) === root;
}

/** Whether nothing stands at this position under the root. */
export function provesAbsence(position: Uint8Array, { siblings, end }: StateProof, root: Hash): boolean {
  if (end.is === 'empty') return fold(position, EMPTY, siblings) === root;
  if (end.is !== 'other' || toHex(end.position) === toHex(position)) return false;
  for (let depth = 0; depth < siblings.length; depth += 1) {
    if (bitOf(end.position, depth) !== bitOf(position, depth)) return false;
  }
  return fold(position, tagged('state-leaf', end.position, end.value), siblings) === root;
}
