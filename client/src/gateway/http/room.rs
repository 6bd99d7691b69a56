//! Room for what goes on at a time. Who finds none is refused, and asks again.

use super::answer;
use crate::failure::{Failure, Result};
use axum::{body::Body, http::HeaderMap};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Requests at a time.
const REQUESTS: usize = 32;
/// Queries at a time: each holds a document, and a page.
const LOOKS: usize = 2;
/// Bytes of bodies at a time, from the first that is read to the end of the work on it, which takes some times as much.
const BODIES: usize = 64 * 1024 * 1024;

/// A place, for as long as it is held.
pub(super) type Place = OwnedSemaphorePermit;

/// All places.
#[derive(Clone, Debug)]
pub(super) struct Room {
    requests: Arc<Semaphore>,
    looks: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
}

impl Room {
    pub(super) fn new() -> Room {
        let places = |count: usize| Arc::new(Semaphore::new(count));
        Room { requests: places(REQUESTS), looks: places(LOOKS), bodies: places(BODIES) }
    }

    /// A place for a request. Error: H7008.
    pub(super) fn request(&self) -> Result<Place> {
        take(&self.requests, 1)
    }

    /// A place for looking through what was captured. It goes with the work, which goes on when nobody waits for it any
    /// more. Error: H7008.
    pub(super) fn look(&self) -> Result<Place> {
        take(&self.looks, 1)
    }

    /// The body of a request, of at most `limit` bytes, with its room, which goes with the work on it.
    ///
    /// Errors: H7008, H1661, H1413.
    pub(super) async fn body(&self, headers: &HeaderMap, body: Body, limit: usize) -> Result<(Vec<u8>, Place)> {
        let stated = edge::body::stated(headers).and_then(|length| usize::try_from(length).ok());
        let most = stated.unwrap_or(limit).min(limit);
        let mut room = match take(&self.bodies, most) {
            Ok(room) => room,
            Err(failure) => {
                edge::body::refuse(headers, body).await;
                return Err(failure);
            }
        };
        let bytes = answer::body(headers, body, limit).await?;
        // Of one that did not state its length all that it may have was taken.
        drop(room.split(most.saturating_sub(bytes.len())));
        Ok((bytes, room))
    }
}

fn take(room: &Arc<Semaphore>, count: usize) -> Result<Place> {
    let full = || Failure::plain("H7008");
    let count = u32::try_from(count).map_err(|_| full())?;
    room.clone().try_acquire_many_owned(count).map_err(|_| full())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;

    const MIB: usize = 1024 * 1024;

    fn stating(length: usize) -> HeaderMap {
        [(header::CONTENT_LENGTH, length.into())].into_iter().collect()
    }

    async fn read(room: &Room, headers: &HeaderMap, body: Vec<u8>) -> std::result::Result<(usize, Place), String> {
        let read = room.body(headers, Body::from(body), 16 * MIB).await;
        read.map(|(bytes, place)| (bytes.len(), place)).map_err(|failure| failure.code)
    }

    #[tokio::test]
    async fn bodies_take_room_by_their_bytes_until_the_work_on_them_is_done() {
        let room = Room::new();
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(read(&room, &stating(16 * MIB), vec![0; 16 * MIB]).await.unwrap());
        }
        assert_eq!(room.bodies.available_permits(), 0);
        assert_eq!(read(&room, &stating(1), vec![0]).await.unwrap_err(), "H7008");
        held.pop();
        let (length, _place) = read(&room, &stating(1), vec![0]).await.unwrap();
        assert_eq!((length, room.bodies.available_permits()), (1, 16 * MIB - 1));
        // One that does not say how long it is may be as long as any.
        assert_eq!(read(&room, &HeaderMap::new(), vec![0]).await.unwrap_err(), "H7008");
    }

    #[tokio::test]
    async fn what_a_body_did_not_need_is_free_and_so_is_all_of_one_that_is_refused() {
        let room = Room::new();
        let (_, _place) = read(&room, &HeaderMap::new(), vec![0; 5]).await.unwrap();
        assert_eq!(room.bodies.available_permits(), BODIES - 5);
        for headers in [HeaderMap::new(), stating(16 * MIB + 1)] {
            assert_eq!(read(&room, &headers, vec![0; 16 * MIB + 1]).await.unwrap_err(), "H1661");
            assert_eq!(room.bodies.available_permits(), BODIES - 5);
        }
    }

    #[test]
    fn looks_and_requests_have_their_number() {
        let room = Room::new();
        let looks: Vec<Place> = (0..LOOKS).map(|_| room.look().unwrap()).collect();
        assert_eq!(room.look().unwrap_err().code, "H7008");
        drop(looks);
        assert!(room.look().is_ok());
        let requests: Vec<Place> = (0..REQUESTS).map(|_| room.request().unwrap()).collect();
        assert_eq!(room.request().unwrap_err().code, "H7008");
        drop(requests);
        assert!(room.request().is_ok());
    }
}
