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

    /// The subtree at `depth` of leaves with these keys and hashes.
    fn of(keys: &[Hash], hashes: &[Hash], depth: u32) -> Node {
        Node { hash: fold(keys, hashes, depth), leaves: keys.len().min(2) as u8 }
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
fn fold(keys: &[Hash], hashes: &[Hash], depth: u32) -> Hash {
    match hashes {
        [] => *EMPTY,
        [one] => *one,
        _ => {
            let middle = keys.partition_point(|key| !key.bit(depth as usize));
            let (left_keys, right_keys) = keys.split_at(middle);
            let (left, right) = hashes.split_at(middle);
            hashing::node(&fold(left_keys, left, depth + 1), &fold(right_keys, right, depth + 1))
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
    /// Keys of its leaves, ascending, and the leaves' hashes beside them.
    keys: Vec<Hash>,
    hashes: Vec<Hash>,
    /// Node 1 is the root, nodes 2i and 2i+1 the halves of node i; 2^(levels + 1) of them.
    nodes: Vec<Node>,
}

impl Chunk {
    /// The chunk of these leaves, ascending, whose root lies at depth `top`, with the levels that it should have.
    pub(crate) fn build(keys: Vec<Hash>, hashes: Vec<Hash>, top: u32) -> Chunk {
        let levels = Chunk::levels_for(keys.len(), top);
        Chunk::with_levels(keys, hashes, top, levels)
    }

    pub(crate) fn with_levels(keys: Vec<Hash>, hashes: Vec<Hash>, top: u32, levels: u32) -> Chunk {
        let mut nodes = vec![Node::empty(); 2 << levels];
        fill(&mut nodes, &keys, &hashes, (1, top, levels));
        Chunk { levels, keys, hashes, nodes }
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
        let middle = self.keys.partition_point(|key| !key.bit(top as usize - 1));
        let half = |from, until| Chunk::build(self.keys[from..until].to_vec(), self.hashes[from..until].to_vec(), top);
        [half(0, middle), half(middle, self.keys.len())]
    }

    /// Where the keys that begin with `prefix` stand.
    fn range(&self, wanted: u64, bits: u32) -> (usize, usize) {
        let from = self.keys.partition_point(|key| prefix(key, bits) < wanted);
        let many = self.keys[from..].iter().take_while(|key| prefix(key, bits) == wanted).count();
        (from, from + many)
    }

    fn set(&mut self, key: Hash, hash: Option<Hash>) {
        match (self.keys.binary_search(&key), hash) {
            (Ok(at), Some(hash)) => self.hashes[at] = hash,
            (Ok(at), None) => {
                self.keys.remove(at);
                self.hashes.remove(at);
            }
            (Err(at), Some(hash)) => {
                // Doubling would leave half of the room unused; there is one such list for every few dozen leaves.
                if self.keys.len() == self.keys.capacity() {
                    let room = self.keys.len() / ROOM_PART + 1;
                    self.keys.reserve_exact(room);
                    self.hashes.reserve_exact(room);
                }
                self.keys.insert(at, key);
                self.hashes.insert(at, hash);
            }
            (Err(_), None) => {}
        }
    }
}

/// Fills node `index` at `depth`, with `levels` below it, and all below.
fn fill(nodes: &mut [Node], keys: &[Hash], hashes: &[Hash], (index, depth, levels): (usize, u32, u32)) -> Node {
    if keys.is_empty() {
        return Node::empty();
    }
    let node = if levels == 0 {
        Node::of(keys, hashes, depth)
    } else {
        let middle = keys.partition_point(|key| !key.bit(depth as usize));
        let left = fill(nodes, &keys[..middle], &hashes[..middle], (index * 2, depth + 1, levels - 1));
        let right = fill(nodes, &keys[middle..], &hashes[middle..], (index * 2 + 1, depth + 1, levels - 1));
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

/// Nodes of one array that a block changes, (position, node).
type Changed = Vec<(usize, Node)>;

/// A changed leaf: its key, and its new hash or none.
pub(crate) type LeafChange = (Hash, Option<Hash>);

#[derive(Clone, Debug)]
struct ChunkChange {
    chunk: usize,
    nodes: Changed,
    leaves: Vec<LeafChange>,
}

/// What a block changes in the tree.
#[derive(Clone, Debug)]
pub(crate) struct Overlay {
    chunks: Vec<ChunkChange>,
    inner: Changed,
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
        let leaves = chunks.iter().map(|c| c.keys.len() as u64).sum();
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
        chunk.keys.binary_search(key).ok().map(|at| chunk.hashes[at])
    }

    /// What these changes, ascending and each key once, make of the tree.
    pub(crate) fn overlay(&self, changes: &[LeafChange]) -> Overlay {
        let mut chunks = Vec::new();
        let mut inner: Changed = Vec::new();
        let mut leaves = self.leaves;
        let chunk_of = |change: &LeafChange| prefix(&change.0, self.top) as usize;
        for group in changes.chunk_by(|a, b| chunk_of(a) == chunk_of(b)) {
            let Some(at) = group.first().map(chunk_of) else { continue };
            let chunk = &self.chunks[at];
            let (mut nodes, more) = changed_buckets(chunk, self.top + chunk.levels, group);
            climb(&mut nodes, |index| chunk.nodes[index]);
            leaves = leaves.saturating_add_signed(more);
            if let Some((_, root)) = nodes.last() {
                inner.push(((1 << self.top) + at, *root));
            }
            chunks.push(ChunkChange { chunk: at, nodes, leaves: group.to_vec() });
        }
        climb(&mut inner, |index| self.inner_at(index));
        let root = inner.last().map_or(self.root(), |(_, node)| node.hash);
        // The ends of the top array are the roots of the chunks, kept there.
        inner.retain(|(index, _)| *index < 1 << self.top);
        Overlay { chunks, inner, root, leaves }
    }

    /// Makes the overlay, made from this very tree, part of it.
    pub(crate) fn apply(&mut self, overlay: Overlay) {
        for ChunkChange { chunk, nodes, leaves } in overlay.chunks {
            let chunk = Arc::make_mut(&mut self.chunks[chunk]);
            for (key, hash) in leaves {
                chunk.set(key, hash);
            }
            if Chunk::levels_for(chunk.keys.len(), self.top) > chunk.levels {
                let (keys, hashes) = (std::mem::take(&mut chunk.keys), std::mem::take(&mut chunk.hashes));
                *chunk = Chunk::build(keys, hashes, self.top);
                continue;
            }
            for (index, node) in nodes {
                chunk.nodes[index] = node;
            }
        }
        for (index, node) in overlay.inner {
            self.inner[index] = node;
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
        let (from, until) = chunk.range(prefix(key, bucket), bucket);
        let end = path_in(&mut siblings, &chunk.keys[from..until], &chunk.hashes[from..until], (key, bucket));
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
        let (from, until) = chunk.range(at, depth);
        end_at(&chunk.keys[from..until], key)
    }
}

fn end_at(keys: &[Hash], key: &Hash) -> End {
    match keys.first() {
        None => End::Empty,
        Some(found) if found == key => End::Leaf,
        Some(other) => End::Other(*other),
    }
}

/// The lower part of a path, within the bucket at `depth` that holds these leaves.
fn path_in(siblings: &mut Vec<Option<Hash>>, keys: &[Hash], hashes: &[Hash], (key, depth): (&Hash, u32)) -> End {
    if keys.len() < 2 {
        return end_at(keys, key);
    }
    let middle = keys.partition_point(|k| !k.bit(depth as usize));
    let (left, right) = (0..middle, middle..keys.len());
    let (mine, other) = if key.bit(depth as usize) { (right, left) } else { (left, right) };
    siblings.push((!other.is_empty()).then(|| fold(&keys[other.clone()], &hashes[other], depth + 1)));
    path_in(siblings, &keys[mine.clone()], &hashes[mine], (key, depth + 1))
}

/// The new nodes of the buckets at `depth` in which leaves change, ascending, and by how many leaves there are more.
fn changed_buckets(chunk: &Chunk, depth: u32, changes: &[LeafChange]) -> (Changed, i64) {
    let (mut keys, mut hashes) = (Vec::new(), Vec::new());
    let (mut changed, mut more) = (Changed::new(), 0);
    let bucket_of = |change: &LeafChange| prefix(&change.0, depth);
    for group in changes.chunk_by(|a, b| bucket_of(a) == bucket_of(b)) {
        let Some(bucket) = group.first().map(bucket_of) else { continue };
        let (from, until) = chunk.range(bucket, depth);
        merge(&chunk.keys[from..until], &chunk.hashes[from..until], group, (&mut keys, &mut hashes));
        let within = bucket & ((1 << chunk.levels) - 1);
        changed.push(((1 << chunk.levels) | within as usize, Node::of(&keys, &hashes, depth)));
        more += keys.len() as i64 - (until - from) as i64;
    }
    (changed, more)
}

/// The leaves of a bucket after these changes; both are ascending.
fn merge(keys: &[Hash], hashes: &[Hash], changes: &[LeafChange], (out, out_hashes): (&mut Vec<Hash>, &mut Vec<Hash>)) {
    out.clear();
    out_hashes.clear();
    let mut add = |key: Hash, hash: Hash| {
        out.push(key);
        out_hashes.push(hash);
    };
    let mut old = keys.iter().copied().zip(hashes.iter().copied()).peekable();
    for (key, hash) in changes {
        while let Some((before, hash)) = old.next_if(|(before, _)| before < key) {
            add(before, hash);
        }
        old.next_if(|(before, _)| before == key);
        if let Some(hash) = hash {
            add(*key, *hash);
        }
    }
    for (key, hash) in old {
        add(key, hash);
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
