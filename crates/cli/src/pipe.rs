//! A destination that notices when nobody reads any more: that is a success, and no trouble.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Notices that whoever reads has enough, which the sentence of an export would hide.
pub(crate) struct Pipe<W> {
    inner: W,
    closed: Closed,
}

/// Whether the reader has gone.
#[derive(Clone, Default)]
pub(crate) struct Closed(Arc<AtomicBool>);

impl Closed {
    pub(crate) fn is(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl<W> Pipe<W> {
    /// Writes to `inner`.
    pub(crate) fn new(inner: W) -> (Self, Closed) {
        let closed = Closed::default();
        (Self { inner, closed: closed.clone() }, closed)
    }

    fn note<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            self.closed.0.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl<W: Write> Write for Pipe<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer);
        self.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.inner.flush();
        self.note(flushed)
    }
}
