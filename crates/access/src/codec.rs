//! Messages on a stream: four bytes of length, big-endian, and so many bytes.
//!
//! What the bytes mean is told by [`crate::wire`], at the ends: the node that answers counts them, and judges them in the
//! place where it can tell whose they are.

use crate::limits::MAX_REQUEST_BYTES;
use async_trait::async_trait;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::request_response as rpc;
use std::io;

/// A length beyond the bound. Nothing behind it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("take a message of {length} bytes: at most {limit} are allowed")]
pub(crate) struct TooLong {
    pub(crate) length: usize,
    pub(crate) limit: usize,
}

/// A request as it came. A length beyond the bound is handed on: whoever sends it pays for it.
pub(crate) type Frame = Result<Vec<u8>, TooLong>;

/// The framing of one protocol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frames {
    /// Longest response.
    pub(crate) response: usize,
}

async fn read<T: AsyncRead + Unpin + Send>(io: &mut T, limit: usize) -> io::Result<Frame> {
    let mut length = [0; 4];
    io.read_exact(&mut length).await?;
    let length = u32::from_be_bytes(length) as usize;
    if length > limit {
        return Ok(Err(TooLong { length, limit }));
    }
    // Room is taken as bytes come, not as they are announced.
    let mut bytes = Vec::new();
    io.take(length as u64).read_to_end(&mut bytes).await?;
    if bytes.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Ok(bytes))
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
        read(io, MAX_REQUEST_BYTES).await
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
}
