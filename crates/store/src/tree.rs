//! The state tree in memory: its top levels, and what a block changes in them.
//!
//! The top 2^`top` - 1 inner nodes are one array; below each of its ends hangs a [`Chunk`] with as many further levels as
//! its leaves need, so that a bucket (a subtree whose leaves are read from disk) holds four leaves or fewer on average.
//! Chunks grow one at a time, in the commit that overfills them; the array grows by cutting chunks in two, which reads
//! nothing. Both are shared by reference: a view keeps the tree of its height while commits go on.

use ledger::{
    Hash,
    tree::{self as hashing, StateProof, Terminal},
};
use std::sync::{Arc, LazyLock};

/// Levels of the top array of a small store. With chunks without levels of their own it is the smallest tree.
pub(crate) const MIN_TOP: u32 = 8;
/// Leaves of a bucket, on average over its chunk, beyond which the chunk gets another level.
pub(crate) const BUCKET_LEAVES: u64 = 4;
/// Leaves of a chunk, on average over the tree, for which the top array is laid out.
const CHUNK_LEAVES: u64 = 256;
/// The same, beyond which the array gets two more levels.
const CHUNK_LEAVES_MOST: u64 = 1024;
/// Bits of a key that the levels in memory may use: buckets are found by the first 8 bytes of a key.
const MAX_LEVELS: u32 = 48;

static EMPTY: LazyLock<Hash> = LazyLock::new(hashing::empty);

/// A subtree: its hash, and whether it has none, one or more leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) hash: Hash,
    /// Leaves, at most 255 are counted. An empty subtree and one with a single leaf are hashed in a way of their own.
    pub(crate) leaves: u8,
}

impl Node {
    pub(crate) fn empty() -> Node {
        Node { hash: *EMPTY, leaves: 0 }
    }

    /// The subtree of these leaves at `depth`.
    pub(crate) fn of(leaves: &[(Hash, Hash)], depth: u32) -> Node {
        match leaves {
            [] => Node::empty(),
            _ => Node {
                hash: hashing::root_of(leaves, depth as usize),
                leaves: u8::try_from(leaves.len()).unwrap_or(u8::MAX),
            },
        }
    }

    fn join(left: Node, right: Node) -> Node {
        match (left.leaves, right.leaves) {
            (0, 0 | 1) => right,
            (1, 0) => left,
            (l, r) => Node { hash: hashing::node(&left.hash, &right.hash), leaves: l.saturating_add(r) },
        }
    }
}

/// The first `bits` bits of a key as a number; `bits` is at most [`MAX_LEVELS`].
pub(crate) fn prefix(key: &Hash, bits: u32) -> u64 {
    let first = key.as_bytes().first_chunk::<8>().map_or(0, |b| u64::from_be_bytes(*b));
    first.checked_shr(64 - bits).unwrap_or(0)
}

/// The smallest key with this prefix.
pub(crate) fn first_key(prefix: u64, bits: u32) -> [u8; 32] {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&prefix.checked_shl(64 - bits).unwrap_or(0).to_be_bytes());
    key
}

/// A subtree below the top array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Levels below its root that are in memory.
    pub(crate) levels: u32,
    pub(crate) leaves: u64,
    /// Node 1 is the root, nodes 2i and 2i+1 the halves of node i; 2^(levels + 1) of them.
    nodes: Vec<Node>,
}

impl Chunk {
    fn new(levels: u32) -> Chunk {
        Chunk { levels, leaves: 0, nodes: vec![Node::empty(); 2 << levels] }
    }

    /// The chunk of these leaves, sorted by key, whose root lies at depth `top`.
    pub(crate) fn build(leaves: &[(Hash, Hash)], top: u32, levels: u32) -> Chunk {
        let mut chunk = Chunk::new(levels);
        chunk.leaves = leaves.len() as u64;
        chunk.fill(leaves, 1, top, levels);
        chunk
    }

    fn fill(&mut self, leaves: &[(Hash, Hash)], index: usize, depth: u32, levels: u32) -> Node {
        if leaves.is_empty() {
            return Node::empty();
        }
        let node = if levels == 0 {
            Node::of(leaves, depth)
        } else {
            let (left, right) = leaves.split_at(leaves.partition_point(|(key, _)| !key.bit(depth as usize)));
            let left = self.fill(left, index * 2, depth + 1, levels - 1);
            let right = self.fill(right, index * 2 + 1, depth + 1, levels - 1);
            Node::join(left, right)
        };
        self.nodes[index] = node;
        node
    }

    /// Levels for so many leaves.
    pub(crate) fn levels_for(leaves: u64, top: u32) -> u32 {
        let mut levels = 0;
        while leaves > BUCKET_LEAVES << levels && top + levels < MAX_LEVELS {
            levels += 1;
        }
        levels
    }

    /// Whether another level is due.
    fn is_overfull(&self, top: u32) -> bool {
        self.levels < Chunk::levels_for(self.leaves, top)
    }

    /// The two halves as chunks of their own; `None` for a chunk without levels.
    fn halves(&self) -> Option<[Chunk; 2]> {
        let levels = self.levels.checked_sub(1)?;
        Some([2, 3].map(|root| {
            let mut half = Chunk::new(levels);
            for level in 0..=levels {
                let (from, width) = (root << level, 1 << level);
                half.nodes[width..2 * width].copy_from_slice(&self.nodes[from..from + width]);
            }
            half.leaves = half.nodes[1 << levels..].iter().map(|n| u64::from(n.leaves)).sum();
            half
        }))
    }
}

/// Where a key's bucket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) chunk: usize,
    /// Position among the nodes of its chunk.
    pub(crate) node: usize,
    /// First bits of its keys, `depth` of them.
    pub(crate) prefix: u64,
    pub(crate) depth: u32,
}

/// The tree of one height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tree {
    /// Depth of the chunks' roots.
    top: u32,
    /// Node 1 is the root; 2^top nodes, those of the level above the chunks the last.
    inner: Vec<Node>,
    chunks: Vec<Arc<Chunk>>,
    leaves: u64,
}

/// Nodes of one array that a block changes, (position, node).
type Changed = Vec<(usize, Node)>;

/// What a block changes in the tree.
#[derive(Clone, Debug)]
pub(crate) struct Overlay {
    chunks: Vec<(usize, Changed, i64)>,
    inner: Changed,
    pub(crate) root: Hash,
    pub(crate) leaves: u64,
}

/// What stands at the end of a path in memory.
pub(crate) enum End {
    /// Nothing: the key is absent.
    Empty,
    /// A single leaf: the first at or after this key.
    One([u8; 32]),
    /// A bucket with two or more.
    Bucket(Bucket),
}

impl Tree {
    /// Levels of the top array for so many leaves.
    pub(crate) fn top_for(leaves: u64) -> u32 {
        let mut top = MIN_TOP;
        while leaves > CHUNK_LEAVES << top && top < MAX_LEVELS / 2 {
            top += 1;
        }
        top
    }

    /// The tree over these chunks, 2^top of them.
    pub(crate) fn over(top: u32, chunks: Vec<Arc<Chunk>>) -> Tree {
        let leaves = chunks.iter().map(|c| c.leaves).sum();
        let mut tree = Tree { top, inner: Vec::new(), chunks, leaves };
        tree.fill_inner();
        tree
    }

    fn fill_inner(&mut self) {
        self.inner = vec![Node::empty(); 1 << self.top];
        for index in (1..1usize << self.top).rev() {
            self.inner[index] = Node::join(self.inner_at(index * 2), self.inner_at(index * 2 + 1));
        }
    }

    /// A node of the top array or the root of a chunk below it.
    fn inner_at(&self, index: usize) -> Node {
        match index.checked_sub(1 << self.top) {
            Some(chunk) => self.chunks[chunk].nodes[1],
            None => self.inner[index],
        }
    }

    pub(crate) fn root(&self) -> Hash {
        self.inner_at(1).hash
    }

    pub(crate) fn leaves(&self) -> u64 {
        self.leaves
    }

    pub(crate) fn top(&self) -> u32 {
        self.top
    }

    pub(crate) fn bucket(&self, key: &Hash) -> Bucket {
        let chunk = prefix(key, self.top) as usize;
        let levels = self.chunks[chunk].levels;
        let depth = self.top + levels;
        let prefix = prefix(key, depth);
        let within = prefix & ((1 << levels) - 1);
        Bucket { chunk, node: (1usize << levels) | within as usize, prefix, depth }
    }

    pub(crate) fn bucket_node(&self, bucket: &Bucket) -> Node {
        self.chunks[bucket.chunk].nodes[bucket.node]
    }

    /// What these buckets make of the tree: (bucket, its new node, change of its number of leaves), ascending.
    pub(crate) fn overlay(&self, buckets: &[(Bucket, Node, i64)]) -> Overlay {
        let mut chunks = Vec::new();
        let mut inner: Changed = Vec::new();
        let mut change = 0i64;
        for group in buckets.chunk_by(|a, b| a.0.chunk == b.0.chunk) {
            let Some((first, _, _)) = group.first() else { continue };
            let chunk = &self.chunks[first.chunk];
            let mut changed: Changed = group.iter().map(|(bucket, node, _)| (bucket.node, *node)).collect();
            climb(&mut changed, |index| chunk.nodes[index]);
            let leaves: i64 = group.iter().map(|(_, _, change)| change).sum();
            change += leaves;
            if let Some((_, root)) = changed.last() {
                inner.push(((1 << self.top) + first.chunk, *root));
            }
            chunks.push((first.chunk, changed, leaves));
        }
        climb(&mut inner, |index| self.inner_at(index));
        let root = inner.last().map_or(self.root(), |(_, node)| node.hash);
        // The ends of the top array are the roots of the chunks, kept there.
        inner.retain(|(index, _)| *index < 1 << self.top);
        Overlay { chunks, inner, root, leaves: self.leaves.saturating_add_signed(change) }
    }

    /// Makes the overlay, made from this very tree, part of it. Gives the chunks that are due for another level.
    pub(crate) fn apply(&mut self, overlay: Overlay) -> Vec<usize> {
        let mut overfull = Vec::new();
        for (index, changed, leaves) in overlay.chunks {
            let chunk = Arc::make_mut(&mut self.chunks[index]);
            for (node, value) in changed {
                chunk.nodes[node] = value;
            }
            chunk.leaves = chunk.leaves.saturating_add_signed(leaves);
            if chunk.is_overfull(self.top) {
                overfull.push(index);
            }
        }
        for (index, node) in overlay.inner {
            self.inner[index] = node;
        }
        self.leaves = overlay.leaves;
        overfull
    }

    /// Puts a chunk with more levels in the place of one with the same root; `false` when the roots differ.
    pub(crate) fn replace_chunk(&mut self, index: usize, chunk: Chunk) -> bool {
        let before = &self.chunks[index];
        if before.nodes[1] != chunk.nodes[1] || before.leaves != chunk.leaves {
            return false;
        }
        self.chunks[index] = Arc::new(chunk);
        true
    }

    /// Gives the top array two more levels when the chunks have become large; says whether it did.
    pub(crate) fn widen(&mut self) -> bool {
        let due = self.leaves() > CHUNK_LEAVES_MOST << self.top && self.top + 2 <= MAX_LEVELS / 2;
        if !due || self.chunks.iter().any(|c| c.levels < 2) {
            return false;
        }
        for _ in 0..2 {
            self.chunks = self.chunks.iter().filter_map(|c| c.halves()).flatten().map(Arc::new).collect();
            self.top += 1;
        }
        self.fill_inner();
        true
    }

    /// The siblings on the way to `key` as far as memory knows them, and what stands at the end.
    pub(crate) fn path(&self, key: &Hash) -> (Vec<Option<Hash>>, End) {
        let mut siblings = Vec::new();
        let bucket = self.bucket(key);
        let chunk = &self.chunks[bucket.chunk];
        for depth in 0..=bucket.depth {
            let at = prefix(key, depth);
            let within = |index: u64| match depth.checked_sub(self.top) {
                Some(levels) => chunk.nodes[(1usize << levels) | (index & ((1 << levels) - 1)) as usize],
                None => self.inner_at((1usize << depth) | index as usize),
            };
            // The sibling of a chunk's root is the root of the chunk beside it.
            let sibling = |index: u64| match depth == self.top {
                true => self.inner_at((1usize << depth) | index as usize),
                false => within(index),
            };
            if let Some(above) = depth.checked_sub(1) {
                let parent = prefix(key, above);
                debug_assert_eq!(parent, at >> 1);
                let other = sibling(at ^ 1);
                siblings.push((other.leaves > 0).then_some(other.hash));
            }
            let node = within(at);
            match node.leaves {
                0 => return (siblings, End::Empty),
                1 => return (siblings, End::One(first_key(at, depth))),
                _ => {}
            }
        }
        (siblings, End::Bucket(bucket))
    }

    /// Levels that a chunk should have.
    pub(crate) fn levels_due(&self, chunk: usize) -> u32 {
        Chunk::levels_for(self.chunks[chunk].leaves, self.top)
    }
}

/// Appends the ancestors of `changed` (all of one level, ascending) up to node 1.
fn climb(changed: &mut Changed, unchanged: impl Fn(usize) -> Node) {
    let mut from = 0;
    while changed.get(from).is_some_and(|(index, _)| *index > 1) {
        let until = changed.len();
        let mut at = from;
        while at < until {
            let (index, node) = changed[at];
            at += 1;
            let sibling = match changed.get(at) {
                Some((next, other)) if at < until && *next == index ^ 1 => {
                    at += 1;
                    *other
                }
                _ => unchanged(index ^ 1),
            };
            let (left, right) = if index & 1 == 0 { (node, sibling) } else { (sibling, node) };
            changed.push((index / 2, Node::join(left, right)));
        }
        from = until;
    }
}

/// The proof of `key`, of which memory knows the upper part and `leaves` are those of the bucket at its end.
pub(crate) fn finish_proof(
    mut siblings: Vec<Option<Hash>>,
    bucket: &Bucket,
    leaves: &[(Hash, Hash)],
    key: &Hash,
) -> StateProof {
    let below = hashing::prove_in(leaves, bucket.depth as usize, key);
    siblings.extend(below.siblings);
    StateProof { siblings, terminal: below.terminal }
}

/// The proof of `key` when the only leaf at the end of its path is (`found`, `value`).
pub(crate) fn finish_single(siblings: Vec<Option<Hash>>, key: &Hash, found: Hash, value: Hash) -> StateProof {
    let terminal = if found == *key { Terminal::Leaf } else { Terminal::Other { key: found, value } };
    StateProof { siblings, terminal }
}
