//! The state tree in memory, and what a block changes in it.
//!
//! The top inner nodes are one array; below each of its 2^`top` ends hangs a [`Chunk`]: the leaves whose keys begin with
//! the same `top` bits, sorted, and as many further levels of nodes over them as leave two to four leaves to a bucket.
//! What lies below a bucket is computed when it is needed. Chunks grow one at a time, in the commit that overfills them;
//! the array grows by cutting every chunk in two. Nothing here reads the disk. Chunks are shared by reference: a view
//! keeps the tree of its height while commits go on.

use ledger::{Hash, tree as hashing};
use std::sync::{Arc, LazyLock};

/// Levels of the top array of a small store.
pub(crate) const MIN_TOP: u32 = 8;
/// Leaves of a bucket, on average over its chunk, beyond which the chunk gets another level.
const BUCKET_LEAVES: usize = 4;
/// Leaves of a chunk, on average over the tree, for which the top array is laid out: a commit beside a view copies every
/// chunk that it touches.
const CHUNK_LEAVES: u64 = 64;
/// The same, beyond which the array gets two more levels.
const CHUNK_LEAVES_MOST: u64 = 256;
/// Bits of a key that nodes in memory may use: they are found by the first 8 bytes of a key.
const MAX_LEVELS: u32 = 48;
/// Part by which a full chunk's room grows.
const ROOM_PART: usize = 8;
/// Steps from where a key should stand, its chunk's keys being spread evenly, after which it is searched for by halving.
const NEAR: usize = 16;

/// Key and hash of a leaf.
pub(crate) type Leaf = (Hash, Hash);

static EMPTY: LazyLock<Hash> = LazyLock::new(hashing::empty);

/// A subtree: its hash, and whether it has none, one or more leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    hash: Hash,
    /// Leaves, at most 2 are counted. An empty subtree and one with a single leaf are hashed in a way of their own.
    leaves: u8,
}

impl Node {
    fn empty() -> Node {
        Node { hash: *EMPTY, leaves: 0 }
    }

    /// The subtree at `depth` of these leaves.
    fn of(leaves: &[Leaf], depth: u32) -> Node {
        Node { hash: fold(leaves, depth), leaves: leaves.len().min(2) as u8 }
    }

    fn join(left: Node, right: Node) -> Node {
        match (left.leaves, right.leaves) {
            (0, 0 | 1) => right,
            (1, 0) => left,
            (_, _) => Node { hash: hashing::node(&left.hash, &right.hash), leaves: 2 },
        }
    }
}

/// `ledger::tree::root_of` over leaves that are hashed already.
fn fold(leaves: &[Leaf], depth: u32) -> Hash {
    match leaves {
        [] => *EMPTY,
        [(_, hash)] => *hash,
        _ => {
            let (left, right) = leaves.split_at(leaves.partition_point(|(key, _)| !key.bit(depth as usize)));
            hashing::node(&fold(left, depth + 1), &fold(right, depth + 1))
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
    /// Levels of nodes below its root.
    levels: u32,
    /// Its leaves by key.
    leaves: Vec<Leaf>,
    /// Node 1 is the root, nodes 2i and 2i+1 the halves of node i; 2^(levels + 1) of them.
    nodes: Vec<Node>,
}

impl Chunk {
    /// The chunk of these leaves, ascending, whose root lies at depth `top`, with the levels that it should have.
    pub(crate) fn build(leaves: Vec<Leaf>, top: u32) -> Chunk {
        let levels = Chunk::levels_for(leaves.len(), top);
        Chunk::with_levels(leaves, top, levels)
    }

    pub(crate) fn with_levels(leaves: Vec<Leaf>, top: u32, levels: u32) -> Chunk {
        let mut nodes = vec![Node::empty(); 2 << levels];
        fill(&mut nodes, &leaves, (1, top, levels));
        Chunk { levels, leaves, nodes }
    }

    fn levels_for(leaves: usize, top: u32) -> u32 {
        let mut levels = 0;
        while leaves > BUCKET_LEAVES << levels && top + levels < MAX_LEVELS {
            levels += 1;
        }
        levels
    }

    fn root(&self) -> Node {
        self.nodes[1]
    }

    /// The two halves as chunks of their own, whose roots lie at depth `top`.
    fn halves(&self, top: u32) -> [Chunk; 2] {
        let middle = self.leaves.partition_point(|(key, _)| !key.bit(top as usize - 1));
        let (left, right) = self.leaves.split_at(middle);
        [left, right].map(|half| Chunk::build(half.to_vec(), top))
    }

    /// Position of the first key at or after `key`, of which the chunk's root decides `top` bits.
    fn first_from(&self, key: &Hash, top: u32) -> usize {
        let all = self.leaves.len();
        let rest = prefix(key, MAX_LEVELS) << (64 - MAX_LEVELS) << top;
        let guess = ((u128::from(rest) * all as u128) >> 64) as usize;
        let is_before = |at: usize| self.leaves.get(at).is_some_and(|(other, _)| other < key);
        if is_before(guess) {
            let near = (guess + 1..=all.min(guess + NEAR)).find(|at| !is_before(*at));
            return near.unwrap_or_else(|| guess + self.leaves[guess..].partition_point(|(other, _)| other < key));
        }
        let near = (guess.saturating_sub(NEAR)..guess).rev().find(|at| is_before(*at)).map(|at| at + 1);
        near.unwrap_or_else(|| self.leaves[..guess].partition_point(|(other, _)| other < key))
    }

    /// The leaf of this very key.
    fn find(&self, key: &Hash, top: u32) -> Result<usize, usize> {
        let at = self.first_from(key, top);
        match self.leaves.get(at) {
            Some((found, _)) if found == key => Ok(at),
            _ => Err(at),
        }
    }

    /// The leaves whose keys begin with `wanted`.
    fn within(&self, wanted: u64, bits: u32, top: u32) -> &[Leaf] {
        let from = self.first_from(&Hash(first_key(wanted, bits)), top);
        let behind = &self.leaves[from..];
        let many = behind.iter().take_while(|(key, _)| prefix(key, bits) == wanted).count();
        &behind[..many]
    }

    fn set(&mut self, key: Hash, hash: Option<Hash>, top: u32) {
        match (self.find(&key, top), hash) {
            (Ok(at), Some(hash)) => self.leaves[at].1 = hash,
            (Ok(at), None) => drop(self.leaves.remove(at)),
            (Err(at), Some(hash)) => {
                // Doubling would leave half of the room unused; there is one such list for every few dozen leaves.
                if self.leaves.len() == self.leaves.capacity() {
                    self.leaves.reserve_exact(self.leaves.len() / ROOM_PART + 1);
                }
                self.leaves.insert(at, (key, hash));
            }
            (Err(_), None) => {}
        }
    }
}

/// Fills node `index` at `depth`, with `levels` below it, and all below.
fn fill(nodes: &mut [Node], leaves: &[Leaf], (index, depth, levels): (usize, u32, u32)) -> Node {
    if leaves.is_empty() {
        return Node::empty();
    }
    let node = if levels == 0 {
        Node::of(leaves, depth)
    } else {
        let (left, right) = leaves.split_at(leaves.partition_point(|(key, _)| !key.bit(depth as usize)));
        let left = fill(nodes, left, (index * 2, depth + 1, levels - 1));
        let right = fill(nodes, right, (index * 2 + 1, depth + 1, levels - 1));
        Node::join(left, right)
    };
    nodes[index] = node;
    node
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

/// A node that a block changes: its chunk, its position there, and what it becomes. For the top array the chunk is 0.
type Changed = (u32, u32, Node);

/// A changed leaf: its key, and its new hash or none.
pub(crate) type LeafChange = (Hash, Option<Hash>);

/// What a block changes in the tree.
#[derive(Clone, Debug)]
pub(crate) struct Overlay {
    changes: Vec<LeafChange>,
    /// By chunk.
    nodes: Vec<Changed>,
    inner: Vec<Changed>,
    pub(crate) root: Hash,
    pub(crate) leaves: u64,
}

/// What stands at the end of a key's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing: the key is absent.
    Empty,
    /// The key itself.
    Leaf,
    /// The leaf of this other key: the key is absent.
    Other(Hash),
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
        let leaves = chunks.iter().map(|c| c.leaves.len() as u64).sum();
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
            Some(chunk) => self.chunks[chunk].root(),
            None => self.inner[index],
        }
    }

    pub(crate) fn root(&self) -> Hash {
        self.inner_at(1).hash
    }

    pub(crate) fn leaves(&self) -> u64 {
        self.leaves
    }

    #[cfg(test)]
    pub(crate) fn top(&self) -> u32 {
        self.top
    }

    fn chunk_of(&self, key: &Hash) -> &Chunk {
        &self.chunks[prefix(key, self.top) as usize]
    }

    /// Hash of the leaf of a key, if there is one.
    pub(crate) fn leaf(&self, key: &Hash) -> Option<Hash> {
        let chunk = self.chunk_of(key);
        chunk.find(key, self.top).ok().map(|at| chunk.leaves[at].1)
    }

    /// What these changes, ascending and each key once, make of the tree.
    pub(crate) fn overlay(&self, changes: Vec<LeafChange>) -> Overlay {
        let mut nodes = Vec::with_capacity(changes.len() * 4);
        let mut inner = Vec::new();
        let mut more = 0;
        let mut scratch = Vec::new();
        let chunk_of = |change: &LeafChange| prefix(&change.0, self.top) as usize;
        for group in changes.chunk_by(|a, b| chunk_of(a) == chunk_of(b)) {
            let Some(at) = group.first().map(chunk_of) else { continue };
            let chunk = &self.chunks[at];
            let from = nodes.len();
            let depth = self.top + chunk.levels;
            let bucket_of = |change: &LeafChange| prefix(&change.0, depth);
            for group in group.chunk_by(|a, b| bucket_of(a) == bucket_of(b)) {
                let Some(bucket) = group.first().map(bucket_of) else { continue };
                let before = chunk.within(bucket, depth, self.top);
                merge(before, group, &mut scratch);
                more += scratch.len() as i64 - before.len() as i64;
                let within = bucket & ((1 << chunk.levels) - 1);
                nodes.push((at as u32, 1 << chunk.levels | within as u32, Node::of(&scratch, depth)));
            }
            climb(&mut nodes, from, |index| chunk.nodes[index]);
            if let Some((_, _, root)) = nodes.last() {
                inner.push((0, (1 << self.top) + at as u32, *root));
            }
        }
        climb(&mut inner, 0, |index| self.inner_at(index));
        let root = inner.last().map_or(self.root(), |(_, _, node)| node.hash);
        // The ends of the top array are the roots of the chunks, kept there.
        inner.retain(|(_, index, _)| *index < 1 << self.top);
        Overlay { changes, nodes, inner, root, leaves: self.leaves.saturating_add_signed(more) }
    }

    /// Makes the overlay, made from this very tree, part of it.
    pub(crate) fn apply(&mut self, overlay: Overlay) {
        let top = self.top;
        let chunk_of = |change: &LeafChange| prefix(&change.0, top) as usize;
        let mut rebuilt = Vec::new();
        for group in overlay.changes.chunk_by(|a, b| chunk_of(a) == chunk_of(b)) {
            let Some(at) = group.first().map(chunk_of) else { continue };
            let chunk = Arc::make_mut(&mut self.chunks[at]);
            for (key, hash) in group {
                chunk.set(*key, *hash, top);
            }
            if Chunk::levels_for(chunk.leaves.len(), top) > chunk.levels {
                *chunk = Chunk::build(std::mem::take(&mut chunk.leaves), top);
                rebuilt.push(at as u32);
            }
        }
        for group in overlay.nodes.chunk_by(|a, b| a.0 == b.0) {
            let Some((at, _, _)) = group.first() else { continue };
            if rebuilt.binary_search(at).is_ok() {
                continue;
            }
            let chunk = Arc::make_mut(&mut self.chunks[*at as usize]);
            for (_, index, node) in group {
                chunk.nodes[*index as usize] = *node;
            }
        }
        for (_, index, node) in overlay.inner {
            self.inner[index as usize] = node;
        }
        self.leaves = overlay.leaves;
        if self.leaves > CHUNK_LEAVES_MOST << self.top && self.top + 2 <= MAX_LEVELS / 2 {
            self.widen();
        }
    }

    /// Gives the top array two more levels.
    fn widen(&mut self) {
        for _ in 0..2 {
            self.top += 1;
            let top = self.top;
            self.chunks = self.chunks.iter().flat_map(|c| c.halves(top)).map(Arc::new).collect();
        }
        self.fill_inner();
    }

    /// The siblings from the root down to where `key` belongs, as a proof shows them, and what stands there.
    pub(crate) fn path(&self, key: &Hash) -> (Vec<Option<Hash>>, End) {
        let mut siblings = Vec::new();
        let chunk = self.chunk_of(key);
        let node_at = |depth: u32, at: u64| match depth.checked_sub(self.top) {
            Some(level) if level > 0 => chunk.nodes[(1usize << level) | (at & ((1 << level) - 1)) as usize],
            _ => self.inner_at((1usize << depth) | at as usize),
        };
        let bucket = self.top + chunk.levels;
        for depth in 0..=bucket {
            let at = prefix(key, depth);
            if depth > 0 {
                let sibling = node_at(depth, at ^ 1);
                siblings.push((sibling.leaves > 0).then_some(sibling.hash));
            }
            match node_at(depth, at).leaves {
                0 => return (siblings, End::Empty),
                1 => return (siblings, self.only_leaf(depth, at, key)),
                _ => {}
            }
        }
        let leaves = chunk.within(prefix(key, bucket), bucket, self.top);
        let end = path_in(&mut siblings, leaves, key, bucket);
        (siblings, end)
    }

    /// The end of a path at a subtree with a single leaf.
    fn only_leaf(&self, mut depth: u32, mut at: u64, key: &Hash) -> End {
        while depth < self.top {
            (depth, at) = (depth + 1, at * 2);
            if self.inner_at((1usize << depth) | at as usize).leaves == 0 {
                at += 1;
            }
        }
        let chunk = &self.chunks[(at >> (depth - self.top)) as usize];
        end_at(chunk.within(at, depth, self.top), key)
    }
}

fn end_at(leaves: &[Leaf], key: &Hash) -> End {
    match leaves.first() {
        None => End::Empty,
        Some((found, _)) if found == key => End::Leaf,
        Some((other, _)) => End::Other(*other),
    }
}

/// The lower part of a path, within the bucket at `depth` that holds these leaves.
fn path_in(siblings: &mut Vec<Option<Hash>>, leaves: &[Leaf], key: &Hash, depth: u32) -> End {
    if leaves.len() < 2 {
        return end_at(leaves, key);
    }
    let (left, right) = leaves.split_at(leaves.partition_point(|(k, _)| !k.bit(depth as usize)));
    let (mine, other) = if key.bit(depth as usize) { (right, left) } else { (left, right) };
    siblings.push((!other.is_empty()).then(|| fold(other, depth + 1)));
    path_in(siblings, mine, key, depth + 1)
}

/// The leaves of a bucket after these changes; both are ascending.
fn merge(leaves: &[Leaf], changes: &[LeafChange], out: &mut Vec<Leaf>) {
    out.clear();
    let mut old = leaves.iter().copied().peekable();
    for (key, hash) in changes {
        while let Some(before) = old.next_if(|(before, _)| before < key) {
            out.push(before);
        }
        old.next_if(|(before, _)| before == key);
        if let Some(hash) = hash {
            out.push((*key, *hash));
        }
    }
    out.extend(old);
}

/// Appends the ancestors of the nodes from position `from` on (all of one level of one array, ascending) up to node 1.
fn climb(changed: &mut Vec<Changed>, mut from: usize, unchanged: impl Fn(usize) -> Node) {
    while changed.get(from).is_some_and(|(_, index, _)| *index > 1) {
        let until = changed.len();
        let mut at = from;
        while at < until {
            let (chunk, index, node) = changed[at];
            at += 1;
            let sibling = match changed.get(at) {
                Some((_, next, other)) if at < until && *next == index ^ 1 => {
                    at += 1;
                    *other
                }
                _ => unchanged((index ^ 1) as usize),
            };
            let (left, right) = if index & 1 == 0 { (node, sibling) } else { (sibling, node) };
            changed.push((chunk, index / 2, Node::join(left, right)));
        }
        from = until;
    }
}
