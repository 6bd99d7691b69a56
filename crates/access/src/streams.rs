//! How many streams the other end of a connection has open.
//!
//! The multiplexer lets it open hundreds, and keeps 256 KiB of each whether somebody reads them or not. What is opened
//! beyond the bound ends at once, and does not wait in line for its turn either.

use futures::{AsyncRead, AsyncWrite};
use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};
use std::io::{self, IoSlice, IoSliceMut};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// Streams that are ended before others have their turn.
const ENDED_AT_A_TIME: usize = 64;

/// A connection whose other end has so many streams open.
pub(crate) struct Bounded<M> {
    inner: M,
    most: usize,
    /// Each stream that the other end has open holds a copy.
    open: Arc<()>,
}

impl<M> Bounded<M> {
    pub(crate) fn new(inner: M, most: usize) -> Bounded<M> {
        Bounded { inner, most, open: Arc::new(()) }
    }

    fn has_room(&self) -> bool {
        Arc::strong_count(&self.open) <= self.most
    }
}

impl<M> StreamMuxer for Bounded<M>
where
    M: StreamMuxer + Unpin,
    M::Substream: Unpin,
{
    type Substream = Stream<M::Substream>;
    type Error = M::Error;

    fn poll_inbound(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Substream, Self::Error>> {
        let this = self.get_mut();
        for _ in 0..ENDED_AT_A_TIME {
            let inner = ready!(Pin::new(&mut this.inner).poll_inbound(cx))?;
            if this.has_room() {
                return Poll::Ready(Ok(Stream { inner, _place: Some(Arc::clone(&this.open)) }));
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_outbound(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Substream, Self::Error>> {
        let inner = ready!(Pin::new(&mut self.get_mut().inner).poll_outbound(cx))?;
        Poll::Ready(Ok(Stream { inner, _place: None }))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        StreamMuxer::poll_close(Pin::new(&mut self.get_mut().inner), cx)
    }

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<StreamMuxerEvent, Self::Error>> {
        let this = self.get_mut();
        for _ in 0..ENDED_AT_A_TIME {
            if this.has_room() {
                break;
            }
            match Pin::new(&mut this.inner).poll_inbound(cx) {
                Poll::Ready(stream) => drop(stream?),
                Poll::Pending => break,
            }
        }
        StreamMuxer::poll(Pin::new(&mut this.inner), cx)
    }
}

/// A stream, with its place if the other end opened it.
pub(crate) struct Stream<S> {
    inner: S,
    _place: Option<Arc<()>>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_read(cx, bytes)
    }

    fn poll_read_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_read_vectored(cx, parts)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, parts)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::io::Cursor;
    use std::task::Waker;

    type Opened = Poll<io::Result<Cursor<Vec<u8>>>>;

    /// A connection whose other end opens so many streams at once.
    struct Flood(usize);

    impl StreamMuxer for Flood {
        type Substream = Cursor<Vec<u8>>;
        type Error = io::Error;

        fn poll_inbound(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Opened {
            let Some(left) = self.0.checked_sub(1) else { return Poll::Pending };
            self.0 = left;
            Poll::Ready(Ok(Cursor::new(Vec::new())))
        }

        fn poll_outbound(self: Pin<&mut Self>, _: &mut Context<'_>) -> Opened {
            Poll::Ready(Ok(Cursor::new(Vec::new())))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
            Poll::Pending
        }
    }

    /// Takes what is opened until nothing comes any more.
    fn take(connection: &mut Bounded<Flood>, open: &mut Vec<Stream<Cursor<Vec<u8>>>>) -> usize {
        let mut cx = Context::from_waker(Waker::noop());
        while let Poll::Ready(stream) = Pin::new(&mut *connection).poll_inbound(&mut cx) {
            open.push(stream.unwrap());
        }
        open.len()
    }

    #[test]
    fn the_other_end_has_so_many_streams_open() {
        let mut cx = Context::from_waker(Waker::noop());
        let (mut connection, mut open) = (Bounded::new(Flood(10), 4), Vec::new());
        assert_eq!((take(&mut connection, &mut open), connection.inner.0), (4, 0));
        // What comes while all are open does not wait to be taken.
        connection.inner.0 = 2 * ENDED_AT_A_TIME;
        for left in [ENDED_AT_A_TIME, 0] {
            assert!(StreamMuxer::poll(Pin::new(&mut connection), &mut cx).is_pending());
            assert_eq!(connection.inner.0, left);
        }
        // A place is free again with its stream, and a stream that is opened here takes none.
        open.pop();
        let _own = StreamMuxer::poll_outbound(Pin::new(&mut connection), &mut cx);
        connection.inner.0 = 2;
        assert!(StreamMuxer::poll(Pin::new(&mut connection), &mut cx).is_pending());
        assert_eq!(connection.inner.0, 2);
        assert_eq!((take(&mut connection, &mut open), connection.inner.0), (4, 0));
    }
}
