// The joint proof of the state tree (bundle.md, "State tree").
import { concat, toHex, type Hash } from './bytes.ts';
import { tagged } from './hash.ts';
import type { JointProof } from './records.ts';

export interface Leaf {
  position: Uint8Array;
  value: Uint8Array;
}

const STATE_KEYS = { pack: 1, org: 5, key: 6, class: 8, item: 9, code: 10 } as const;

export function leafOf(kind: keyof typeof STATE_KEYS, identity: Uint8Array, record: Uint8Array): Leaf {
  return {
    position: tagged('state-key', Uint8Array.of(STATE_KEYS[kind]), identity),
    value: tagged('state-value', record),
  };
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
    return right === null ? null : tagged('state-node', concat(left, right));
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

/** The root under which the leaves stand by this proof, or null where it proves nothing. */
export function jointRoot(leaves: readonly Leaf[], proof: JointProof): Hash | null {
  if (proof.depths.length !== leaves.length) return null;
  const named = leaves.map((leaf) => ({ leaf, name: toHex(leaf.position) }));
  named.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  if (named.some((one, i) => i > 0 && one.name === named[i - 1]?.name)) return null;
  const placed = named.map(({ leaf }, i) => ({ ...leaf, depth: proof.depths[i] ?? 0 }));
  const root = new Walk(placed, proof.siblings).root();
  return root === null ? null : toHex(root);
}
