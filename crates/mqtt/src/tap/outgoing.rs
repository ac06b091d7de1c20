//! What waits to be written, and which of it has been.
//!
//! Promise: a mark is told when the last byte before it has been taken by the stream, not earlier.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;

/// No more answers than this wait for a stream that takes none, in bytes.
const MOST_ANSWERS: usize = 1024 * 1024;
/// Room above this is given back once it is empty.
const KEPT: usize = 256 * 1024;

/// Bytes in their order, and marks between them.
#[derive(Debug)]
pub(crate) struct Outgoing<M> {
    bytes: Vec<u8>,
    /// How many of `bytes` have been written.
    done: usize,
    /// How many were written before `bytes` began.
    before: u64,
    unflushed: bool,
    marks: VecDeque<(u64, M)>,
}

impl<M> Default for Outgoing<M> {
    fn default() -> Self {
        Self { bytes: Vec::new(), done: 0, before: 0, unflushed: false, marks: VecDeque::new() }
    }
}

impl<M> Outgoing<M> {
    /// Where to append.
    pub(crate) fn end(&mut self) -> &mut Vec<u8> {
        // A slow stream may never be done with all of it, so room is not only made then.
        if self.done >= KEPT && self.done >= self.bytes.len() / 2 {
            self.bytes.drain(..self.done);
            self.before += self.done as u64;
            self.done = 0;
        }
        &mut self.bytes
    }

    /// Asks to be told when all that was appended has been written.
    pub(crate) fn mark(&mut self, mark: M) {
        self.marks.push_back((self.before + self.bytes.len() as u64, mark));
    }

    /// A mark that has been reached.
    pub(crate) fn reached(&mut self) -> Option<M> {
        let written = self.before + self.done as u64;
        self.marks.pop_front_if(|(at, _)| *at <= written).map(|(_, mark)| mark)
    }

    /// Whether answers to more packets may be added. Messages of ours are another matter: they take
    /// their time, so only what stands behind the last mark counts.
    pub(crate) fn has_room(&self) -> bool {
        let end = self.before + self.bytes.len() as u64;
        let written = self.before + self.done as u64;
        let begin = self.marks.back().map_or(written, |(at, _)| written.max(*at));
        end - begin < MOST_ANSWERS as u64
    }

    /// How many bytes wait.
    pub(crate) fn waiting(&self) -> usize {
        self.bytes.len() - self.done
    }

    /// Writes as much as the stream takes. Ready when nothing is left and all is flushed. The
    /// number of bytes written is added to `progress`.
    pub(crate) fn poll_write<S: AsyncWrite + Unpin + ?Sized>(
        &mut self,
        stream: &mut S,
        context: &mut Context<'_>,
        progress: &mut usize,
    ) -> Poll<io::Result<()>> {
        while self.done < self.bytes.len() {
            let rest = self.bytes.get(self.done..).unwrap_or_default();
            let written = ready!(Pin::new(&mut *stream).poll_write(context, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.done += written;
            *progress += written;
            self.unflushed = true;
        }
        self.before += self.done as u64;
        self.done = 0;
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        if self.unflushed {
            ready!(Pin::new(&mut *stream).poll_flush(context))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn marks_are_told_when_what_stands_before_them_is_written() {
        let (mut near, mut far) = tokio::io::duplex(10);
        let mut outgoing = Outgoing::default();
        outgoing.end().extend([1; 8]);
        outgoing.mark("first");
        outgoing.end().extend([2; 8]);
        outgoing.mark("second");
        let mut progress = 0;
        let write = poll_fn(|context| {
            Poll::Ready(outgoing.poll_write(&mut near, context, &mut progress).is_pending())
        });
        assert!(write.await, "ten bytes fit");
        assert_eq!((progress, outgoing.waiting()), (10, 6));
        assert_eq!((outgoing.reached(), outgoing.reached()), (Some("first"), None));
        let mut space = [0; 16];
        far.read_exact(&mut space[..10]).await.unwrap();
        poll_fn(|context| outgoing.poll_write(&mut near, context, &mut progress)).await.unwrap();
        assert_eq!((progress, outgoing.reached()), (16, Some("second")));
        outgoing.end().push(3);
        outgoing.mark("third");
        assert_eq!(outgoing.reached(), None, "counted on over an empty buffer");
    }

    #[tokio::test]
    async fn what_is_written_makes_room_though_the_stream_is_never_quite_done() {
        const PIECE: usize = 64 * 1024;
        let (mut near, mut far) = tokio::io::duplex(PIECE);
        let mut outgoing = Outgoing::default();
        let mut space = vec![0; PIECE];
        outgoing.end().extend([0; PIECE]);
        for round in 0..200_u8 {
            outgoing.end().extend([round; PIECE]);
            outgoing.mark(round);
            let mut progress = 0;
            let write = poll_fn(|context| {
                Poll::Ready(outgoing.poll_write(&mut near, context, &mut progress).is_pending())
            });
            assert!(write.await, "one piece always waits");
            far.read_exact(&mut space).await.unwrap();
            assert_eq!(space, vec![round.saturating_sub(1); PIECE], "in order");
            assert_eq!(outgoing.reached(), round.checked_sub(1), "and each mark in its place");
            // The runtime would let neither side go on for ever.
            tokio::task::yield_now().await;
        }
        assert!(outgoing.bytes.capacity() < 4 * KEPT, "{}", outgoing.bytes.capacity());
    }
}
