//! Imports: messages from a file into the history, as connections of their own.
//!
//! Promises: nothing is written before [`Import::start`]; memory does not grow with the file; what
//! was imported before is never touched, since each import gets new connections; every entry that
//! is no message is counted, and the first are named. A cancelled import keeps what was committed,
//! and says how much. Absent: the formats, which are those of `transfer`.

mod contents;
mod lanes;
mod preview;
mod source;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use wiretree_store::History;
use wiretree_transfer::import::{Entry, Fidelity, FileKind, ImportError, read_messages};

use crate::SessionError;
use crate::job::{self, Audience, News, Stop};
pub use contents::ImportPreview;
use lanes::Lanes;
pub use preview::MessagesPreview;
pub use source::ImportFile;

/// How often there is news.
const PACE: Duration = Duration::from_millis(100);
/// How many of the entries that are no messages are named.
const NAMED: usize = 20;

/// Under which names messages come into the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Naming {
    /// Under those of the file; under this one where it has none.
    AsWritten {
        /// For messages of a connection without a name.
        otherwise: String,
    },
    /// All under this one.
    One(String),
}

/// What to import.
#[derive(Clone, Debug)]
pub struct ImportOrder {
    /// The file, as it was looked at.
    pub file: ImportFile,
    /// Under which names.
    pub naming: Naming,
}

/// What an import has brought so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedSoFar {
    /// Messages that are in the history.
    pub imported: u64,
    /// Entries that are no messages.
    pub bad: u64,
    /// The first of them: where, and why.
    pub named: Vec<String>,
    /// Messages whose payloads the file says were changed before.
    pub changed: u64,
    /// Messages that got another sequence number than the file says.
    pub renumbered: u64,
    /// The connections that they are in, in the order in which they came.
    pub connections: Vec<ImportedInto>,
}

/// A connection of the history that messages were imported into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedInto {
    /// Names it in the history, for good.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// How many messages.
    pub messages: u64,
}

/// How an import goes on. Sizes in bytes.
#[derive(Clone, Debug)]
pub enum Imported {
    /// It is under way.
    Progress {
        /// How far the file has been read.
        read: u64,
        /// Its size.
        total: u64,
        /// Messages handed to the history.
        imported: u64,
        /// Entries that are no messages.
        bad: u64,
        /// Time since the start.
        took: Duration,
    },
    /// All of the file has been read, and everything is committed.
    Finished(ImportedSoFar),
    /// It was cancelled; this much is in the history.
    Cancelled(ImportedSoFar),
    /// It failed; this much is in the history.
    Failed(ImportedSoFar, SessionError),
}

/// A running import; to drop it changes nothing.
#[derive(Clone, Debug)]
pub struct Import {
    stop: Stop,
}

/// News of an import.
pub type ImportNews = News<Imported>;

impl Import {
    /// Starts an import on a thread of its own; to be called within a runtime.
    pub fn start(history: Arc<History>, order: ImportOrder) -> (Self, ImportNews) {
        let runtime = Handle::current();
        let (stop, news) = job::start(move |audience| {
            let lanes = Lanes::new(history, order.naming, runtime);
            Work::new(lanes, audience).run(&order.file)
        });
        (Self { stop }, news)
    }

    /// Asks it to end; the news tell when it has.
    pub fn cancel(&self) {
        self.stop.ask();
    }
}

/// An import at work.
struct Work<'a> {
    lanes: Lanes,
    audience: &'a Audience<Imported>,
    so_far: ImportedSoFar,
    failure: Option<SessionError>,
    began: Instant,
    told: Instant,
}

impl<'a> Work<'a> {
    fn new(lanes: Lanes, audience: &'a Audience<Imported>) -> Self {
        let (began, so_far) = (Instant::now(), ImportedSoFar::default());
        Self { lanes, audience, so_far, failure: None, began, told: began }
    }

    fn run(mut self, file: &ImportFile) -> Imported {
        let read = self.read(file).map_err(SessionError::from);
        // What has been handed over is committed whatever came then.
        let written = self.lanes.finish();
        let ImportedSoFar { imported, connections, .. } = &mut self.so_far;
        *connections = self.lanes.imported();
        *imported = connections.iter().map(|into| into.messages).sum();
        self.so_far.renumbered = self.lanes.renumbered();
        match read.and_then(|()| self.failure.map_or(Ok(()), Err)).and(written) {
            Err(error) => Imported::Failed(self.so_far, error),
            Ok(()) if self.audience.wants_the_end() => Imported::Cancelled(self.so_far),
            Ok(()) => Imported::Finished(self.so_far),
        }
    }

    fn read(&mut self, file: &ImportFile) -> Result<(), ImportError> {
        let (source, position) = file.open()?;
        read_messages(file.kind(), file.offset(), source, &mut |entry| {
            if self.audience.wants_the_end() {
                return ControlFlow::Break(());
            }
            if let Err(error) = self.take(entry) {
                self.failure = Some(error);
                return ControlFlow::Break(());
            }
            self.tell(position.get(), file.size());
            ControlFlow::Continue(())
        })
    }

    fn take(&mut self, entry: Entry) -> Result<(), SessionError> {
        let (place, reason) = match entry {
            Entry::Message { record, fidelity } => match record.message.publish.check_limits() {
                Ok(()) => {
                    self.so_far.imported += 1;
                    self.so_far.changed += u64::from(fidelity == Fidelity::Changed);
                    return self.lanes.add(record);
                }
                Err(limit) => (String::new(), limit.to_string()),
            },
            Entry::Bad { place, reason } => (format!("{place}: "), reason),
        };
        self.so_far.bad += 1;
        if self.so_far.named.len() < NAMED {
            self.so_far.named.push(format!("{place}{reason}"));
        }
        Ok(())
    }

    fn tell(&mut self, read: u64, total: u64) {
        if self.told.elapsed() < PACE {
            return;
        }
        self.told = Instant::now();
        let ImportedSoFar { imported, bad, .. } = self.so_far;
        let took = self.began.elapsed();
        self.audience.tell(Imported::Progress { read, total, imported, bad, took });
    }
}

/// Whether a file has messages, in words for those that have none.
pub(crate) fn needs_messages(kind: FileKind) -> Result<(), ImportError> {
    let words = "The file has connections, and no messages. Import it in the window";
    if kind.has_messages() { Ok(()) } else { Err(ImportError::NotThisForm(words)) }
}
