//! Exports: messages of the history, or packets, streamed to a file or to any destination.
//!
//! Promises: memory does not grow with the number of messages; an existing file is never
//! overwritten; a file under its final name is complete, since it is written beside it and renamed
//! at the end; what was cancelled or failed leaves nothing behind.

mod destination;

use std::collections::HashMap;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use wiretree_store::{Found, Progressed, Query, Reader};
use wiretree_transfer::{Format, Record, Writer};

use crate::SessionError;
pub use destination::free_path;
use destination::{Counted, Unfinished};

/// The file that an export writes to.
pub(crate) type Destination = Counted<std::io::BufWriter<std::fs::File>>;

/// The most news that waits for its reader; what is beyond is left out, the last never.
const NEWS: usize = 8;

/// What to export, and where to.
#[derive(Clone, Debug)]
pub struct ExportOrder {
    /// Which messages.
    pub query: Query,
    /// How they are written.
    pub format: Format,
    /// The file; it must not exist.
    pub path: PathBuf,
}

/// How an export goes on. Sizes in bytes.
#[derive(Clone, Debug)]
pub enum Exported {
    /// It is under way.
    Progress {
        /// Messages or packets written.
        written: u64,
        /// How many were looked at.
        scanned: u64,
        /// How many there are to look at.
        total: u64,
        /// Size of the file so far.
        bytes: u64,
        /// Time since the start.
        took: Duration,
    },
    /// The file is complete.
    Finished {
        /// Messages written.
        written: u64,
        /// Size of the file.
        bytes: u64,
        /// The file.
        path: PathBuf,
    },
    /// It was cancelled; nothing is left of it.
    Cancelled {
        /// Messages written until then.
        written: u64,
        /// The file that is not there.
        path: PathBuf,
    },
    /// It failed; nothing is left of it.
    Failed(SessionError),
}

/// A running export; to drop it changes nothing.
#[derive(Clone, Debug)]
pub struct Export {
    cancelled: Arc<AtomicBool>,
}

/// News of an export, ending with the one that tells how it ended.
pub struct ExportNews(mpsc::Receiver<Exported>);

impl ExportNews {
    /// The next news; none after the last.
    pub async fn next(&mut self) -> Option<Exported> {
        self.0.recv().await
    }
}

impl Export {
    /// Starts an export on a thread of its own.
    pub fn start(reader: Reader, order: ExportOrder) -> (Self, ExportNews) {
        let ExportOrder { query, format, path } = order;
        Self::run(path, move |destination, word| write(&reader, &query, format, destination, word))
    }

    /// Runs `work`, which writes to the destination, gives word now and then, ends when that says so,
    /// and gives the number of what it has written.
    pub(crate) fn run(
        path: PathBuf,
        work: impl FnOnce(Destination, &mut Word<'_>) -> Result<u64, SessionError> + Send + 'static,
    ) -> (Self, ExportNews) {
        let (sender, receiver) = mpsc::channel(NEWS);
        let cancelled = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cancelled);
        tokio::task::spawn_blocking(move || {
            let ended = attempt(path, &flag, &sender, work);
            // Who does not listen any more does not want to know.
            let _ = sender.blocking_send(ended.unwrap_or_else(Exported::Failed));
        });
        (Self { cancelled }, ExportNews(receiver))
    }

    /// Asks it to end; the news tell when it has.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// Hears how many have been written and how much was looked through, and may end it.
pub(crate) type Word<'a> = dyn FnMut(u64, Progressed) -> ControlFlow<()> + 'a;

fn attempt(
    path: PathBuf,
    cancelled: &AtomicBool,
    news: &mpsc::Sender<Exported>,
    work: impl FnOnce(Destination, &mut Word<'_>) -> Result<u64, SessionError>,
) -> Result<Exported, SessionError> {
    let began = Instant::now();
    let unfinished = Unfinished::create(&path)?;
    let size = Arc::new(AtomicU64::new(0));
    let destination = Counted::new(unfinished.open()?, Arc::clone(&size));
    let mut word = |written, Progressed { scanned, total }| {
        let (bytes, took) = (size.load(Ordering::Relaxed), began.elapsed());
        // A reader that is slow misses some of these.
        let _ = news.try_send(Exported::Progress { written, scanned, total, bytes, took });
        if cancelled.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let written = work(destination, &mut word)?;
    if cancelled.load(Ordering::Relaxed) {
        return Ok(Exported::Cancelled { written, path });
    }
    unfinished.finish()?;
    Ok(Exported::Finished { written, bytes: size.load(Ordering::Relaxed), path })
}

/// Writes the messages that `query` asks for, oldest first, and gives their number. `word` hears
/// now and then how many have been written and how far the history has been looked through, and
/// may end it.
///
/// # Errors
/// The history cannot be read, or the destination takes no more.
pub fn write<W: Write>(
    reader: &Reader,
    query: &Query,
    format: Format,
    destination: W,
    mut word: impl FnMut(u64, Progressed) -> ControlFlow<()>,
) -> Result<u64, SessionError> {
    let connections = reader.connections()?.into_iter();
    let names: HashMap<_, _> = connections.map(|known| (known.id, known.name)).collect();
    let mut writer = Writer::new(format, destination)?;
    let mut written = 0;
    let mut failure = None;
    reader.each(query, |found| match found {
        Found::Progress(progress) => word(written, progress),
        Found::Damaged(damaged) => {
            failure = Some(SessionError::from(reader.damage(&damaged)));
            ControlFlow::Break(())
        }
        Found::Message(stored) => {
            let connection = names.get(&stored.connection).cloned().unwrap_or_default();
            match writer.write(&Record { connection, message: stored.message }) {
                Ok(()) => {
                    written += 1;
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    failure = Some(error.into());
                    ControlFlow::Break(())
                }
            }
        }
    })?;
    match failure {
        Some(error) => Err(error),
        None => {
            writer.finish()?;
            Ok(written)
        }
    }
}
