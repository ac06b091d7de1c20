//! What stands between the transport and the engine: it lets the greeting see the first packet, and
//! tells of the end of the stream only by itself.
//!
//! The engine reads several packets at a time, and forgets them all when the end of the stream comes
//! in the same go. So the end waits until what came before it has been taken. The tap, which will
//! read every packet, takes this place.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::greeting::SharedGreeting;

/// A stream that is looked at.
pub(crate) struct Watched<S> {
    inner: S,
    greeting: SharedGreeting,
    greets: bool,
    /// Bytes were given since the reader last had to wait.
    fresh: bool,
    /// How the stream ended, not told yet.
    end: Option<io::Result<()>>,
}

impl<S> Watched<S> {
    /// Looks at a stream that was just opened.
    pub(crate) fn new(inner: S, greeting: SharedGreeting) -> Self {
        Self { inner, greeting, greets: true, fresh: false, end: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(end) = self.end.take() {
            return Poll::Ready(end);
        }
        let before = buffer.filled().len();
        match Pin::new(&mut self.inner).poll_read(context, buffer) {
            Poll::Pending => {
                self.fresh = false;
                Poll::Pending
            }
            Poll::Ready(result) => {
                let bytes = buffer.filled().get(before..).unwrap_or_default();
                if result.is_ok() && !bytes.is_empty() {
                    self.fresh = true;
                    if self.greets {
                        self.greets = self.greeting.clone().with(|slot| slot.watch(bytes));
                    }
                    return Poll::Ready(Ok(()));
                }
                if !self.fresh {
                    return Poll::Ready(result);
                }
                self.fresh = false;
                self.end = Some(result);
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn the_end_comes_alone_after_what_was_read() {
        let source: &[u8] = b"last words";
        let mut stream = Watched::new(source, SharedGreeting::default());
        let mut seen = Vec::new();
        let mut waits = 0;
        loop {
            let mut space = [0; 4];
            let mut buffer = ReadBuf::new(&mut space);
            let step = poll_fn(|context| {
                Poll::Ready(match Pin::new(&mut stream).poll_read(context, &mut buffer) {
                    Poll::Ready(result) => Some(result.map_err(|error| error.kind())),
                    Poll::Pending => None,
                })
            });
            match step.await {
                None => waits += 1,
                Some(result) => {
                    assert_eq!(result, Ok(()));
                    if buffer.filled().is_empty() {
                        break;
                    }
                    assert_eq!(waits, 0, "no wait between bytes that are there");
                    seen.extend(buffer.filled());
                }
            }
        }
        assert_eq!((seen.as_slice(), waits), (source, 1));
    }

    #[tokio::test]
    async fn nothing_is_changed_on_the_way() {
        let source: Vec<u8> = (0..100_000_u32).map(|byte| byte as u8).collect();
        let mut read = Vec::new();
        let mut stream = Watched::new(source.as_slice(), SharedGreeting::default());
        assert_eq!(stream.read_to_end(&mut read).await.ok(), Some(source.len()));
        assert_eq!(read, source);
    }
}
