//! What waits to be verified: one queue for clients and one for gossip, each with a bound of its own, emptied in turns.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

/// Where a transaction came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A client of this node.
    Client,
    /// Another agency.
    Gossip,
}

#[derive(Debug)]
struct Waiting<T> {
    clients: VecDeque<T>,
    gossip: VecDeque<T>,
    closed: bool,
}

#[derive(Debug)]
struct Shared<T> {
    waiting: Mutex<Waiting<T>>,
    came: Condvar,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that is filled. Dropped, nothing more comes.
#[derive(Debug)]
pub(super) struct Entrance<T> {
    shared: Arc<Shared<T>>,
    room: usize,
}

/// The end that is emptied.
#[derive(Debug)]
pub(super) struct Exit<T>(Arc<Shared<T>>);

impl<T> Clone for Exit<T> {
    fn clone(&self) -> Exit<T> {
        Exit(Arc::clone(&self.0))
    }
}

/// Two queues with `room` each.
pub(super) fn queues<T>(room: usize) -> (Entrance<T>, Exit<T>) {
    let waiting = Waiting { clients: VecDeque::new(), gossip: VecDeque::new(), closed: false };
    let shared = Arc::new(Shared { waiting: Mutex::new(waiting), came: Condvar::new() });
    (Entrance { shared: Arc::clone(&shared), room }, Exit(shared))
}

impl<T> Entrance<T> {
    /// Puts something at the end of its queue, unless that is full.
    pub(super) fn put(&self, origin: Origin, what: T) -> Result<(), T> {
        let mut waiting = self.shared.lock();
        let queue = match origin {
            Origin::Client => &mut waiting.clients,
            Origin::Gossip => &mut waiting.gossip,
        };
        if queue.len() >= self.room {
            return Err(what);
        }
        queue.push_back(what);
        drop(waiting);
        self.shared.came.notify_one();
        Ok(())
    }
}

impl<T> Drop for Entrance<T> {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.came.notify_all();
    }
}

impl<T> Exit<T> {
    /// Up to `most`, one of each queue in turns; waits for the first. `None` when nothing waits and nothing more comes.
    pub(super) fn take(&self, most: usize) -> Option<Vec<T>> {
        let nothing = |w: &mut Waiting<T>| w.clients.is_empty() && w.gossip.is_empty() && !w.closed;
        let waiting = self.0.came.wait_while(self.0.lock(), nothing);
        let Waiting { clients, gossip, .. } = &mut *waiting.unwrap_or_else(PoisonError::into_inner);
        let mut taken = Vec::new();
        while taken.len() < most && !(clients.is_empty() && gossip.is_empty()) {
            taken.extend(clients.pop_front());
            if taken.len() < most {
                taken.extend(gossip.pop_front());
            }
        }
        (!taken.is_empty()).then_some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gossip_takes_no_place_and_no_turn_of_a_client() {
        let (entrance, exit) = queues(4);
        for n in 0..4 {
            assert_eq!(entrance.put(Origin::Gossip, n), Ok(()));
        }
        assert_eq!(entrance.put(Origin::Gossip, 4), Err(4));
        for n in 10..14 {
            assert_eq!(entrance.put(Origin::Client, n), Ok(()));
        }
        assert_eq!(entrance.put(Origin::Client, 14), Err(14));
        assert_eq!(exit.take(3), Some(vec![10, 0, 11]));
        assert_eq!(exit.take(9), Some(vec![12, 1, 13, 2, 3]));
    }

    #[test]
    fn what_waits_is_taken_before_the_end() {
        let (entrance, exit) = queues(4);
        let other = exit.clone();
        let waits = std::thread::spawn(move || other.take(9));
        entrance.put(Origin::Client, 1).unwrap();
        assert_eq!(waits.join().unwrap(), Some(vec![1]));
        entrance.put(Origin::Gossip, 2).unwrap();
        drop(entrance);
        assert_eq!(exit.take(9), Some(vec![2]));
        assert_eq!(exit.take(9), None);
    }
}
