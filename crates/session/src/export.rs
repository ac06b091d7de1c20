//! Exports: messages of the history, or packets, streamed to a file, a folder or any destination.
//!
//! Promises: memory does not grow with the number of messages; an existing file is replaced only on
//! request, a folder never; what stands under its final name is complete, since it is written beside
//! it and renamed at the end; what was cancelled or failed leaves nothing behind; what is damaged in
//! the history is passed over and counted.

mod destination;
mod names;
mod order;
mod payloads;
mod sink;
mod split;
mod walk;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use wiretree_store::{Progressed, Reader};

use crate::SessionError;
use crate::job::{self, Audience, News, Stop};
pub use destination::Existing;
use destination::{Counted, Unfinished};
pub use names::{free_path, named_path};
pub use order::{ExportForm, ExportOrder};
pub use sink::{RecordSink, Sunk};
pub use split::{Split, SplitError};
pub use walk::{Estimate, Walked, estimate, write};

/// The file that an export writes to.
pub(crate) type Destination = Counted<std::io::BufWriter<std::fs::File>>;

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
        /// Size of what was written so far.
        bytes: u64,
        /// Time since the start.
        took: Duration,
    },
    /// It is complete.
    Finished {
        /// Messages written.
        written: u64,
        /// Messages that could not be read, since the history is damaged there.
        unreadable: u64,
        /// Size of what was written.
        bytes: u64,
        /// The file, or the folder.
        path: PathBuf,
    },
    /// It was cancelled; nothing is left of it.
    Cancelled {
        /// Messages written until then.
        written: u64,
        /// The file or folder that is not there.
        path: PathBuf,
    },
    /// It failed; nothing is left of it.
    Failed(SessionError),
}

/// A running export; to drop it changes nothing.
#[derive(Clone, Debug)]
pub struct Export {
    stop: Stop,
}

/// News of an export.
pub type ExportNews = News<Exported>;

impl Export {
    /// Starts an export on a thread of its own.
    pub fn start(reader: Reader, order: ExportOrder) -> (Self, ExportNews) {
        let path = order.path.clone();
        Self::spawn(path, move |bytes, word| order.carry_out(&reader, bytes, word))
    }

    /// Runs `work`, which writes to the file, gives word now and then, ends when that says so, and
    /// gives the number of what it has written.
    pub(crate) fn run(
        path: PathBuf,
        work: impl FnOnce(Destination, &mut Word<'_>) -> Result<u64, SessionError> + Send + 'static,
    ) -> (Self, ExportNews) {
        Self::spawn(path.clone(), move |bytes, word| {
            let file = Unfinished::create(&path, Existing::Kept)?;
            let written = work(Counted::new(file.open()?, Arc::clone(bytes)), word)?;
            let walked = Walked { written, unreadable: 0 };
            Ok(Made { walked, name: Box::new(|| file.finish()) })
        })
    }

    fn spawn(
        path: PathBuf,
        work: impl FnOnce(&Arc<AtomicU64>, &mut Word<'_>) -> Result<Made, SessionError> + Send + 'static,
    ) -> (Self, ExportNews) {
        let (stop, news) =
            job::start(|audience| attempt(path, audience, work).unwrap_or_else(Exported::Failed));
        (Self { stop }, news)
    }

    /// Asks it to end; the news tell when it has.
    pub fn cancel(&self) {
        self.stop.ask();
    }
}

/// Hears how many have been written and how much was looked through, and may end it.
pub(crate) type Word<'a> = dyn FnMut(u64, Progressed) -> ControlFlow<()> + 'a;

/// What an export has made; unless it is given its name, nothing is left of it.
struct Made {
    walked: Walked,
    name: Box<dyn FnOnce() -> Result<PathBuf, SessionError>>,
}

fn attempt(
    path: PathBuf,
    audience: &Audience<Exported>,
    work: impl FnOnce(&Arc<AtomicU64>, &mut Word<'_>) -> Result<Made, SessionError>,
) -> Result<Exported, SessionError> {
    let began = Instant::now();
    let size = Arc::new(AtomicU64::new(0));
    let mut word = |written, Progressed { scanned, total }| {
        let (bytes, took) = (size.load(Ordering::Relaxed), began.elapsed());
        audience.tell(Exported::Progress { written, scanned, total, bytes, took });
        audience.flow()
    };
    let made = work(&size, &mut word)?;
    let Walked { written, unreadable } = made.walked;
    if audience.wants_the_end() {
        return Ok(Exported::Cancelled { written, path });
    }
    let path = (made.name)()?;
    Ok(Exported::Finished { written, unreadable, bytes: size.load(Ordering::Relaxed), path })
}
