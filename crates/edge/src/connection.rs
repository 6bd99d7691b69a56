//! One connection: its place, and when it ends though nobody ended it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::OwnedSemaphorePermit,
    time::{Instant, Sleep},
};

/// Bytes that a client takes at least, within the time in which something has to move, of an answer that waits for it.
/// A few bytes at a time would hold a large answer, and a place, for days.
pub(crate) const PACE: usize = 256 * 1024;

/// A connection that ends when nothing moves on it, or too little.
#[derive(Debug)]
pub(crate) struct Connection<I> {
    io: I,
    idle: Duration,
    silence: Pin<Box<Sleep>>,
    /// What its client has to take, while an answer waits for it.
    owed: Option<Owed>,
    _place: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct Owed {
    bytes: usize,
    until: Pin<Box<Sleep>>,
}

impl Owed {
    /// What is left of it; none where all was taken.
    fn less(self, count: usize) -> Option<Owed> {
        let bytes = self.bytes.saturating_sub(count);
        (bytes > 0).then_some(Owed { bytes, ..self })
    }
}

impl<I> Connection<I> {
    pub(crate) fn new(io: I, idle: Duration, place: OwnedSemaphorePermit) -> Connection<I> {
        Connection { io, idle, silence: Box::pin(tokio::time::sleep(idle)), owed: None, _place: place }
    }

    /// Notes that something moved, or ends the connection when nothing did for too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, moved: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if moved.is_ready() {
            self.silence.as_mut().reset(Instant::now() + self.idle);
            return moved;
        }
        match self.silence.as_mut().poll(cx) {
            Poll::Ready(()) => late(),
            Poll::Pending => Poll::Pending,
        }
    }

    /// The same of bytes that go out, whose client has to keep its pace too.
    fn pace(&mut self, cx: &mut Context<'_>, moved: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &moved {
            Poll::Ready(Ok(count)) => self.owed = self.owed.take().and_then(|owed| owed.less(*count)),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => {
                let idle = self.idle;
                let new = || Owed { bytes: PACE, until: Box::pin(tokio::time::sleep(idle)) };
                if self.owed.get_or_insert_with(new).until.as_mut().poll(cx).is_ready() {
                    return late();
                }
            }
        }
        self.watch(cx, moved)
    }
}

fn late<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
}

impl<I: AsyncRead + Unpin> AsyncRead for Connection<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let moved = Pin::new(&mut self.io).poll_read(cx, buf);
        self.watch(cx, moved)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Connection<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let moved = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.pace(cx, moved)
    }

    /// Asked for when all was written: nothing is owed then.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.owed = None;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let moved = Pin::new(&mut self.io).poll_write_vectored(cx, bytes);
        self.pace(cx, moved)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
