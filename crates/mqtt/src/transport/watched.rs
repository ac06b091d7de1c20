//! What stands between the transport and the engine: it lets the greeting see the first packet, and
//! keeps the farewell apart from what came before it.
//!
//! The engine reads several packets at a time, and forgets them all when a DISCONNECT, the end of
//! the stream or a failed write comes in the same go. So these wait until what came before them has
//! been taken. The tap, which will read every packet, takes this place.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frames::{Frames, complete_disconnect};
use crate::greeting::SharedGreeting;

/// A stream that is looked at.
pub(crate) struct Watched<S> {
    inner: S,
    greeting: SharedGreeting,
    greets: bool,
    frames: Frames,
    stage: Stage,
    /// Bytes were given since the reader last had to wait.
    fresh: bool,
    /// Why nothing can be written any more: told when there is nothing left to read.
    write_failure: Option<io::Error>,
}

/// How far the conversation is.
enum Stage {
    /// Everything passes.
    Open,
    /// A DISCONNECT has begun; collected until it is complete.
    Leaving(Vec<u8>),
    /// The DISCONNECT, to be given by itself, and how much of it has been given.
    Farewell(Vec<u8>, usize),
    /// How the stream ended, to be told by itself.
    Ended(Option<io::Result<()>>),
}

impl<S> Watched<S> {
    /// Looks at a stream that was just opened.
    pub(crate) fn new(inner: S, greeting: SharedGreeting) -> Self {
        Self {
            inner,
            greeting,
            greets: true,
            frames: Frames::default(),
            stage: Stage::Open,
            fresh: false,
            write_failure: None,
        }
    }

    /// Makes the reader take what it has got, once, before something that may not come with it.
    fn pause(&mut self, context: &Context<'_>) -> Poll<()> {
        if !self.fresh {
            return Poll::Ready(());
        }
        self.fresh = false;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> Watched<S> {
    /// Reads while nothing special has been seen. Says whether the buffer has got something.
    fn pass(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<bool> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.inner).poll_read(context, buffer);
        if result.is_pending() {
            self.fresh = false;
            if let Some(failure) = self.write_failure.take() {
                self.stage = Stage::Ended(Some(Err(failure)));
                return Poll::Ready(false);
            }
        }
        let result = ready!(result);
        let bytes = buffer.filled().get(before..).unwrap_or_default();
        if result.is_err() || bytes.is_empty() {
            self.stage = Stage::Ended(Some(result));
            return Poll::Ready(false);
        }
        if self.greets {
            self.greets = self.greeting.with(|slot| slot.watch(bytes));
        }
        let mut given = bytes.len();
        if let Some(at) = self.frames.find_disconnect(bytes) {
            self.stage = Stage::Leaving(bytes.get(at..).unwrap_or_default().to_vec());
            given = at;
            buffer.set_filled(before + at);
        }
        self.fresh |= given > 0;
        Poll::Ready(given > 0)
    }

    /// Collects the rest of a DISCONNECT.
    fn collect(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Stage::Leaving(bytes) = &mut self.stage else { return Poll::Ready(()) };
        if let Some(packet) = complete_disconnect(bytes) {
            self.stage = Stage::Farewell(packet, 0);
            return Poll::Ready(());
        }
        let mut space = [0; 256];
        let mut buffer = ReadBuf::new(&mut space);
        let result = Pin::new(&mut self.inner).poll_read(context, &mut buffer);
        if result.is_pending() {
            self.fresh = false;
        }
        let result = ready!(result);
        if result.is_err() || buffer.filled().is_empty() {
            // Cut off in the middle: the engine may make of it what it can.
            self.stage = Stage::Farewell(std::mem::take(bytes), 0);
        } else {
            bytes.extend(buffer.filled());
        }
        Poll::Ready(())
    }

    /// Gives the DISCONNECT, as much as there is room for.
    fn give_farewell(&mut self, buffer: &mut ReadBuf<'_>) {
        let Stage::Farewell(packet, given) = &mut self.stage else { return };
        let rest = packet.get(*given..).unwrap_or_default();
        let part = rest.get(..buffer.remaining()).unwrap_or(rest);
        buffer.put_slice(part);
        *given += part.len();
        if *given >= packet.len() {
            // What may follow a DISCONNECT is no business of ours.
            self.stage = Stage::Open;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            match &mut self.stage {
                Stage::Open => {
                    if ready!(self.pass(context, buffer)) {
                        return Poll::Ready(Ok(()));
                    }
                }
                Stage::Leaving(_) => ready!(self.collect(context)),
                Stage::Farewell(..) => {
                    ready!(self.pause(context));
                    self.give_farewell(buffer);
                    return Poll::Ready(Ok(()));
                }
                Stage::Ended(_) => {
                    ready!(self.pause(context));
                    let Stage::Ended(end) = &mut self.stage else { continue };
                    return Poll::Ready(end.take().unwrap_or(Ok(())));
                }
            }
        }
    }
}

impl<S> Watched<S> {
    /// Takes a failed write for done, once and for all, and remembers the failure for the reader.
    fn written(&mut self, result: io::Result<usize>, length: usize) -> io::Result<usize> {
        result.or_else(|failure| {
            self.write_failure = Some(failure);
            Ok(length)
        })
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = ready!(Pin::new(&mut self.inner).poll_write(context, bytes));
        Poll::Ready(self.written(result, bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = ready!(Pin::new(&mut self.inner).poll_flush(context));
        Poll::Ready(self.written(result.map(|()| 0), 0).map(|_| ()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// What a reader with little room gets: bytes, and where it had to wait.
    async fn read_in_parts(source: &[u8], room: usize) -> Vec<Option<Vec<u8>>> {
        let mut stream = Watched::new(source, SharedGreeting::default());
        let mut parts = Vec::new();
        loop {
            let mut space = vec![0; room];
            let mut buffer = ReadBuf::new(&mut space);
            let step = poll_fn(|context| {
                Poll::Ready(Pin::new(&mut stream).poll_read(context, &mut buffer).is_ready())
            });
            if !step.await {
                parts.push(None);
            } else if buffer.filled().is_empty() {
                return parts;
            } else {
                parts.push(Some(buffer.filled().to_vec()));
            }
        }
    }

    #[tokio::test]
    async fn the_end_comes_alone_after_what_was_read() {
        let source = [0x30, 2, 0, 0];
        let parts = read_in_parts(&source, 3).await;
        assert_eq!(parts, [Some(vec![0x30, 2, 0]), Some(vec![0]), None]);
    }

    #[tokio::test]
    async fn a_disconnect_comes_alone_complete_and_in_a_form_that_is_understood() {
        let source = [0xd0, 0, 0xe0, 1, 0x8b];
        let farewell = Some(vec![0xe0, 2, 0x8b, 0]);
        let parts = read_in_parts(&source, 100).await;
        assert_eq!(parts, [Some(vec![0xd0, 0]), None, farewell]);
        let parts = read_in_parts(&source, 3).await;
        let cut = [Some(vec![0xd0, 0]), None, Some(vec![0xe0, 2, 0x8b]), Some(vec![0])];
        assert_eq!(parts, cut);
    }

    #[tokio::test]
    async fn a_failed_write_is_told_by_the_reader_after_what_was_there() {
        let (near, mut far) = tokio::io::duplex(100);
        let mut stream = Watched::new(near, SharedGreeting::default());
        far.write_all(&[0xd0, 0]).await.unwrap();
        drop(far);
        assert_eq!(stream.write(&[0xc0, 0]).await.ok(), Some(2), "taken for done");
        let mut read = Vec::new();
        let _ = stream.read_to_end(&mut read).await;
        assert_eq!(read, [0xd0, 0], "what the other side said last is not lost");
    }

    #[tokio::test]
    async fn nothing_else_is_changed_on_the_way() {
        // Packets of 2 + 126 bytes.
        let packet: Vec<u8> = [0x30, 126].into_iter().chain(0..126).collect();
        let source = packet.repeat(1000);
        let mut read = Vec::new();
        let mut stream = Watched::new(source.as_slice(), SharedGreeting::default());
        assert_eq!(stream.read_to_end(&mut read).await.ok(), Some(source.len()));
        assert_eq!(read, source);
    }
}
