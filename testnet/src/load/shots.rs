//! The handovers of one run, signed beforehand, and what has become of each.

use crate::stock::Stock;
use ledger::{NetworkId, Timestamp};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{SystemTime, UNIX_EPOCH},
};

const UNSENT: u8 = 0;
const SENT: u8 = 1;
const COMMITTED: u8 = 2;
const REFUSED: u8 = 3;

/// One handover: about 550 bytes signed, and 60 of bookkeeping.
struct Shot {
    bytes: Box<[u8]>,
    id: [u8; 32],
    /// When it was meant to be sent, in microseconds from the start.
    due_us: AtomicU64,
    /// When it was sent last, in milliseconds from the start.
    sent_ms: AtomicU32,
    /// From the intended moment to the receipt, in microseconds.
    latency_us: AtomicU32,
    state: AtomicU8,
    /// The node it was sent to last.
    node: AtomicU8,
}

/// Handovers by their position.
pub(super) struct Shots {
    shots: Vec<Shot>,
    /// Start of the identity, and position: sorted.
    by_id: Vec<(u64, u32)>,
    next: AtomicU32,
    again: Mutex<VecDeque<u32>>,
    committed: AtomicUsize,
    refused: AtomicUsize,
    last_receipt_us: AtomicU64,
    refusals: Mutex<BTreeMap<String, u64>>,
}

/// What has become of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) submitted: usize,
    pub(super) committed: usize,
    pub(super) refused: usize,
    /// Latencies of the committed ones in microseconds, sorted.
    pub(super) latencies_us: Vec<u32>,
    /// Codes of the refusals.
    pub(super) refusals: BTreeMap<String, u64>,
}

impl Shots {
    /// Signs the handovers of items `first..first + count` on all cores.
    pub(super) fn sign(stock: &Stock, network: &NetworkId, first: u32, count: u32, life_ms: u64) -> Shots {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let expires = Timestamp(u64::try_from(now).unwrap_or_default()).plus_ms(life_ms);
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
        let share = (count as usize).div_ceil(cores).max(1);
        let mut shots = Vec::with_capacity(count as usize);
        std::thread::scope(|scope| {
            let items: Vec<u32> = (first..first + count).collect();
            let workers: Vec<_> = items
                .chunks(share)
                .map(|items| items.to_vec())
                .map(|items| {
                    scope.spawn(move || {
                        items.into_iter().map(|item| Shot::sign(stock, network, item, expires)).collect::<Vec<_>>()
                    })
                })
                .collect();
            for worker in workers {
                shots.extend(worker.join().unwrap_or_default());
            }
        });
        let mut by_id: Vec<(u64, u32)> = shots.iter().zip(0u32..).map(|(s, i)| (start_of(&s.id), i)).collect();
        by_id.sort_unstable();
        Shots {
            shots,
            by_id,
            next: AtomicU32::new(0),
            again: Mutex::default(),
            committed: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            last_receipt_us: AtomicU64::new(0),
            refusals: Mutex::default(),
        }
    }

    /// Takes up to `most` of the first `limit` that were not taken yet.
    pub(super) fn take(&self, most: u32, limit: u32) -> std::ops::Range<u32> {
        let limit = limit.min(self.shots.len() as u32);
        let end = |from: u32| from.saturating_add(most).min(limit).max(from);
        let before = self.next.fetch_update(Relaxed, Relaxed, |from| Some(end(from)));
        let from = before.unwrap_or(limit);
        from..end(from)
    }

    /// How many have been taken.
    pub(super) fn taken(&self) -> u32 {
        self.next.load(Relaxed)
    }

    pub(super) fn all_taken(&self) -> bool {
        self.taken() as usize == self.shots.len()
    }

    /// Taken and not decided.
    pub(super) fn under_way(&self) -> usize {
        (self.taken() as usize).saturating_sub(self.committed.load(Relaxed) + self.refused.load(Relaxed))
    }

    /// Those that have to be sent again.
    pub(super) fn take_again(&self, most: usize) -> Vec<u32> {
        let mut again = self.again.lock().unwrap_or_else(PoisonError::into_inner);
        let count = again.len().min(most);
        again.drain(..count).filter(|p| !self.is_decided(*p)).collect()
    }

    pub(super) fn send_again(&self, positions: impl IntoIterator<Item = u32>) {
        self.again.lock().unwrap_or_else(PoisonError::into_inner).extend(positions);
    }

    pub(super) fn bytes(&self, position: u32) -> &[u8] {
        &self.shots[position as usize].bytes
    }

    pub(super) fn id(&self, position: u32) -> &[u8; 32] {
        &self.shots[position as usize].id
    }

    /// Notes when it is meant to be sent; only the first time counts.
    pub(super) fn meant(&self, position: u32, due_us: u64) {
        let shot = &self.shots[position as usize];
        if shot.state.compare_exchange(UNSENT, SENT, Relaxed, Relaxed).is_ok() {
            shot.due_us.store(due_us, Relaxed);
        }
    }

    /// Notes that it is about to be sent to a node. Whether for the first time.
    pub(super) fn sending(&self, position: u32, now_us: u64, node: usize) -> bool {
        let shot = &self.shots[position as usize];
        shot.node.store(node as u8, Relaxed);
        let now_ms = u32::try_from(now_us / 1000).unwrap_or(u32::MAX).max(1);
        shot.sent_ms.swap(now_ms, Relaxed) == 0
    }

    /// Has those sent again that were sent before a moment and of which nothing was heard since; unless others wait for
    /// that still.
    pub(super) fn send_unheard_again(&self, before_us: u64) {
        let before_ms = u32::try_from(before_us / 1000).unwrap_or(u32::MAX);
        let is_unheard = |shot: &Shot| {
            let sent = shot.sent_ms.load(Relaxed);
            sent > 0 && sent < before_ms && shot.state.load(Relaxed) == SENT
        };
        let mut again = self.again.lock().unwrap_or_else(PoisonError::into_inner);
        if again.is_empty() {
            let sent = self.shots.iter().take(self.taken() as usize).zip(0u32..);
            again.extend(sent.filter(|(shot, _)| is_unheard(shot)).map(|(_, position)| position));
        }
    }

    pub(super) fn is_decided(&self, position: u32) -> bool {
        self.shots[position as usize].state.load(Relaxed) > SENT
    }

    /// The position of an identity that was sent to this node.
    pub(super) fn find(&self, id: &[u8; 32], node: usize) -> Option<u32> {
        let start = start_of(id);
        let from = self.by_id.partition_point(|(s, _)| *s < start);
        let near = self.by_id[from..].iter().take_while(|(s, _)| *s == start).map(|(_, position)| *position);
        let mut near = near.filter(|p| self.shots[*p as usize].id == *id);
        near.find(|p| usize::from(self.shots[*p as usize].node.load(Relaxed)) == node)
    }

    /// A receipt says that it is done. Whether that is news.
    pub(super) fn committed(&self, position: u32, now_us: u64) -> bool {
        let shot = &self.shots[position as usize];
        if shot.state.compare_exchange(SENT, COMMITTED, Relaxed, Relaxed).is_err() {
            return false;
        }
        let latency = now_us.saturating_sub(shot.due_us.load(Relaxed));
        shot.latency_us.store(u32::try_from(latency).unwrap_or(u32::MAX), Relaxed);
        self.last_receipt_us.fetch_max(now_us, Relaxed);
        self.committed.fetch_add(1, Relaxed);
        true
    }

    /// A receipt or the node's answer says no for good. Whether that is news.
    pub(super) fn refused(&self, position: u32, code: &str) -> bool {
        let shot = &self.shots[position as usize];
        if shot.state.compare_exchange(SENT, REFUSED, Relaxed, Relaxed).is_err() {
            return false;
        }
        self.refused.fetch_add(1, Relaxed);
        *self.refusals.lock().unwrap_or_else(PoisonError::into_inner).entry(code.to_owned()).or_default() += 1;
        true
    }

    pub(super) fn last_receipt_us(&self) -> u64 {
        self.last_receipt_us.load(Relaxed)
    }

    /// The numbers alone.
    pub(super) fn quick_tally(&self) -> Tally {
        Tally {
            submitted: self.taken() as usize,
            committed: self.committed.load(Relaxed),
            refused: self.refused.load(Relaxed),
            ..Tally::default()
        }
    }

    /// Everything.
    pub(super) fn tally(&self) -> Tally {
        let done = self.shots.iter().filter(|s| s.state.load(Relaxed) == COMMITTED);
        let mut latencies_us: Vec<u32> = done.map(|s| s.latency_us.load(Relaxed)).collect();
        latencies_us.sort_unstable();
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Tally { latencies_us, refusals, ..self.quick_tally() }
    }
}

impl Shot {
    fn sign(stock: &Stock, network: &NetworkId, item: u32, expires: Timestamp) -> Shot {
        let tx = stock.handover(network, item, expires);
        Shot {
            id: tx.body.id().0.0,
            bytes: tx.to_bytes().into_boxed_slice(),
            due_us: AtomicU64::new(0),
            sent_ms: AtomicU32::new(0),
            latency_us: AtomicU32::new(0),
            state: AtomicU8::new(UNSENT),
            node: AtomicU8::new(0),
        }
    }
}

fn start_of(id: &[u8; 32]) -> u64 {
    id.first_chunk::<8>().map_or(0, |start| u64::from_be_bytes(*start))
}
