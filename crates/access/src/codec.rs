//! Messages on a stream: four bytes of length, big-endian, and so many bytes.
//!
//! What the bytes mean is told by [`crate::wire`], at the ends: the node that answers counts them, and judges them in the
//! place where it can tell whose they are.

use crate::limits::{ANSWER_TIME, MAX_READING, MAX_REQUEST_BYTES};
use async_trait::async_trait;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::request_response as rpc;
use std::io;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Room is given in units of so many bytes.
const UNIT: usize = 1_024;

/// A length beyond the bound. Nothing behind it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("take a message of {length} bytes: at most {limit} are allowed")]
pub(crate) struct TooLong {
    pub(crate) length: usize,
    pub(crate) limit: usize,
}

/// A request as it came. A length beyond the bound is handed on: whoever sends it pays for it.
pub(crate) type Frame = Result<Vec<u8>, TooLong>;

/// Room for the requests that are being read at a time, of all connections and both protocols.
#[derive(Clone, Debug)]
pub(crate) struct Room(Arc<Semaphore>);

impl Room {
    /// Room for so many bytes.
    fn of(bytes: usize) -> Room {
        Room(Arc::new(Semaphore::new(bytes / UNIT)))
    }
}

impl Default for Room {
    fn default() -> Room {
        Room::of(MAX_READING)
    }
}

/// The framing of one protocol.
#[derive(Clone, Debug)]
pub(crate) struct Frames {
    /// Longest response.
    pub(crate) response: usize,
    /// Where requests are read.
    pub(crate) room: Room,
}

/// The length that a message announces.
async fn announced<T: AsyncRead + Unpin + Send>(io: &mut T, limit: usize) -> io::Result<Result<usize, TooLong>> {
    let mut length = [0; 4];
    io.read_exact(&mut length).await?;
    let length = u32::from_be_bytes(length) as usize;
    Ok(if length > limit { Err(TooLong { length, limit }) } else { Ok(length) })
}

async fn read<T: AsyncRead + Unpin + Send>(io: &mut T, limit: usize) -> io::Result<Frame> {
    match announced(io, limit).await? {
        Ok(length) => body(io, length).await.map(Ok),
        Err(too_long) => Ok(Err(too_long)),
    }
}

async fn body<T: AsyncRead + Unpin + Send>(io: &mut T, length: usize) -> io::Result<Vec<u8>> {
    // Memory is taken as bytes come, not as they are announced.
    let mut bytes = Vec::new();
    io.take(length as u64).read_to_end(&mut bytes).await?;
    if bytes.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

/// A request, behind its length only where there is room for it.
async fn request<T: AsyncRead + Unpin + Send>(io: &mut T, room: &Room) -> io::Result<Frame> {
    let length = match announced(io, MAX_REQUEST_BYTES).await? {
        Ok(length) => length,
        Err(too_long) => return Ok(Err(too_long)),
    };
    let units = u32::try_from(length.div_ceil(UNIT)).map_err(io::Error::other)?;
    let _room = room.0.acquire_many(units).await.map_err(io::Error::other)?;
    body(io, length).await.map(Ok)
}

async fn write<T: AsyncWrite + Unpin + Send>(io: &mut T, bytes: &[u8], limit: usize) -> io::Result<()> {
    let length = bytes.len();
    let announced = u32::try_from(length).ok().filter(|_| length <= limit);
    let announced = announced.ok_or_else(|| io::Error::other(TooLong { length, limit }))?;
    io.write_all(&announced.to_be_bytes()).await?;
    io.write_all(bytes).await
}

#[async_trait]
impl rpc::Codec for Frames {
    type Protocol = String;
    type Request = Frame;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _protocol: &String, io: &mut T) -> io::Result<Frame>
    where
        T: AsyncRead + Unpin + Send,
    {
        // Whoever sends it waits for an answer no longer than so, and may not hold room longer.
        let read = tokio::time::timeout(ANSWER_TIME, request(io, &self.room)).await;
        read.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn read_response<T>(&mut self, _protocol: &String, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(io, self.response).await?.map_err(io::Error::other)
    }

    async fn write_request<T>(&mut self, _protocol: &String, io: &mut T, request: Frame) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, &request.map_err(io::Error::other)?, MAX_REQUEST_BYTES).await
    }

    async fn write_response<T>(&mut self, _protocol: &String, io: &mut T, response: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, &response, self.response).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use futures::io::Cursor;
    use rpc::Codec;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use tokio::time::{Instant, timeout};

    /// An end from which nothing comes any more.
    struct Silent;

    impl AsyncRead for Silent {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
            Poll::Pending
        }
    }

    /// What comes of bytes, and how many of them were read.
    fn take(bytes: &[u8], limit: usize) -> (io::Result<Frame>, u64) {
        let mut wire = Cursor::new(bytes);
        let taken = block_on(read(&mut wire, limit));
        (taken, wire.position())
    }

    #[test]
    fn what_is_written_is_read() {
        for body in [&b""[..], b"a", &[7; 300]] {
            let mut sent = Cursor::new(Vec::new());
            block_on(write(&mut sent, body, 300)).unwrap();
            let sent = sent.into_inner();
            assert_eq!(sent[..4], (body.len() as u32).to_be_bytes());
            assert_eq!(take(&sent, 300).0.unwrap(), Ok(body.to_vec()));
        }
    }

    #[test]
    fn behind_a_length_beyond_the_bound_nothing_is_read() {
        let long = [&301u32.to_be_bytes()[..], &[7; 301]].concat();
        let (taken, read) = take(&long, 300);
        assert_eq!((taken.unwrap(), read), (Err(TooLong { length: 301, limit: 300 }), 4));
        assert_eq!(take(&long, 301).0.unwrap(), Ok(vec![7; 301]));
        let (taken, read) = take(&[0xff; 64], 300);
        assert_eq!((taken.unwrap(), read), (Err(TooLong { length: u32::MAX as usize, limit: 300 }), 4));
        let mut sent = Cursor::new(Vec::new());
        block_on(write(&mut sent, &[7; 301], 300)).unwrap_err();
        assert!(sent.into_inner().is_empty());
    }

    #[test]
    fn what_ends_early_is_no_message() {
        for bytes in [&b""[..], &[0, 0, 0], &[0, 0, 0, 2, 1]] {
            assert_eq!(take(bytes, 300).0.unwrap_err().kind(), io::ErrorKind::UnexpectedEof, "{bytes:?}");
        }
    }

    /// A request of 2,000 bytes, of which so many come.
    async fn asked(room: &Room, come: usize) -> io::Result<Frame> {
        let sent = [&2_000u32.to_be_bytes()[..], &[7; 2_000]].concat();
        let mut io = Cursor::new(sent[..4 + come].to_vec()).chain(Silent);
        let mut frames = Frames { response: 300, room: room.clone() };
        frames.read_request(&String::new(), &mut io).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_does_not_come_gives_its_room_to_others_in_time() {
        let (room, begun) = (Room::of(3 * UNIT), Instant::now());
        let half = tokio::spawn({
            let room = room.clone();
            async move { asked(&room, 1_999).await }
        });
        tokio::task::yield_now().await;
        // There is room for one of them at a time.
        assert_eq!(room.0.available_permits(), 1);
        assert!(timeout(ANSWER_TIME / 2, asked(&room, 2_000)).await.is_err());
        assert_eq!(asked(&room, 2_000).await.unwrap(), Ok(vec![7; 2_000]));
        assert_eq!(begun.elapsed().as_secs(), ANSWER_TIME.as_secs());
        assert_eq!(half.await.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(room.0.available_permits(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn who_announces_no_length_is_waited_for_as_long() {
        let (room, begun) = (Room::default(), Instant::now());
        let mut frames = Frames { response: 300, room: room.clone() };
        let asked = frames.read_request(&String::new(), &mut Silent).await;
        assert_eq!(asked.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(begun.elapsed().as_secs(), ANSWER_TIME.as_secs());
        assert_eq!(room.0.available_permits(), MAX_READING / UNIT);
    }
}
