//! A history file: opened once for writing, by one thread, and read by as many as want to.
//!
//! Opening it starts the writer; closing it, or dropping it, waits until what was queued is saved.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::file;
use crate::log::{Log, Queue};
use crate::migrations::Format;
use crate::names::Directory;
use crate::pile::Sizes;
use crate::pruning::{Keeper, Pruner};
use crate::reader::Reader;
use crate::salvage::{self, Salvaged};
use crate::upgrade::Word;
use crate::writer::{Command, Ending, Ledger, Writer};
use crate::{Progressed, StoreError};

/// The figures that a test may want smaller.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Bytes of messages that may wait for the disk, over all connections.
    pub(crate) queue_bytes: usize,
    /// Messages after which no more batches join a transaction.
    pub(crate) transaction: usize,
    /// How long messages that nobody waits for may gather, counted from the beginning of the
    /// transaction before, and how many are enough for one.
    pub(crate) gather: Duration,
    pub(crate) enough: usize,
    /// Of blocks and segments.
    pub(crate) sizes: Sizes,
    /// How long to wait after a transaction failed; doubles up to the longest.
    pub(crate) first_pause: Duration,
    pub(crate) longest_pause: Duration,
    /// How often policies are carried out; `None`: only when asked to.
    pub(crate) keep_every: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queue_bytes: 32 * 1024 * 1024,
            transaction: 16_384,
            gather: Duration::from_millis(100),
            enough: 2_048,
            sizes: Sizes::default(),
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(2),
            keep_every: Some(Duration::from_secs(60)),
        }
    }
}

/// An open history. One exists for a file at a time, over all processes.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
    queue: Queue,
    reader: Reader,
    pub(crate) pruner: Arc<Pruner>,
    pub(crate) keeper: Mutex<Option<Keeper>>,
    /// The file as it was, where it had to be written anew.
    kept: Option<PathBuf>,
    thread: Mutex<Option<JoinHandle<Ending>>>,
}

/// What had to be done with a file before it could be a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mended {
    /// It was of an earlier format and has been written anew.
    Upgraded {
        /// Where the file is as it was.
        kept: PathBuf,
    },
    /// It was damaged, or no history.
    Salvaged(Salvaged),
}

impl History {
    /// Opens the history at `path`, and makes it, and its folder, where there is none: for their
    /// owner only.
    ///
    /// # Errors
    /// The folder, the file or its lock; what is not a history, or is from a later version, is
    /// left as it was.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, Limits::default(), &mut |_| {})
    }

    /// The same, and tells how far it is with a history of an earlier format, which is written anew
    /// while the old file is kept beside it.
    ///
    /// # Errors
    /// Like [`History::open`]; what cannot be written anew is left as it was.
    pub fn open_telling(path: &Path, mut word: impl FnMut(Progressed)) -> Result<Self, StoreError> {
        Self::open_with(path, Limits::default(), &mut word)
    }

    /// As [`History::open`], with room for so many bytes of messages that wait for the disk, over all
    /// connections, instead of 32 MiB.
    ///
    /// # Errors
    /// As [`History::open`].
    pub fn open_with_room(path: &Path, bytes: usize) -> Result<Self, StoreError> {
        let limits = Limits { queue_bytes: bytes, ..Limits::default() };
        Self::open_with(path, limits, &mut |_| {})
    }

    /// Opens the history at `path`; a file there that is damaged, or no history at all, is set aside
    /// under another name, and what is intact in it goes into a new one, which is told.
    ///
    /// # Errors
    /// Like [`History::open`]; also when the file cannot be set aside. A file that is in use, or from a
    /// later version, is left where it is.
    pub fn open_salvaging(
        path: &Path,
        mut word: impl FnMut(Progressed),
    ) -> Result<(Self, Option<Mended>), StoreError> {
        let problem = match Self::open_telling(path, &mut word) {
            Ok(history) => {
                let upgraded = history.kept.clone().map(|kept| Mended::Upgraded { kept });
                return Ok((history, upgraded));
            }
            Err(problem) => problem,
        };
        match problem {
            StoreError::Damaged { .. } | StoreError::NotAHistory { .. } => {}
            _ => return Err(problem),
        }
        let salvaged = Self::salvage_for(path, problem.to_string(), &mut word)?;
        Ok((Self::open_telling(path, &mut word)?, Some(Mended::Salvaged(salvaged))))
    }

    /// Sets the file at `path` aside though it may be whole, and puts what is intact in it into a new
    /// one: for files that can be opened and are damaged somewhere.
    ///
    /// # Errors
    /// There is none, or it is in use; or what [`History::open_salvaging`] says.
    pub fn salvage(path: &Path, mut word: impl FnMut(Progressed)) -> Result<Salvaged, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        Self::salvage_for(path, "It was asked for".to_owned(), &mut word)
    }

    fn salvage_for(
        path: &Path,
        reason: String,
        word: &mut Word<'_>,
    ) -> Result<Salvaged, StoreError> {
        let _lock = file::lock(path)?;
        match file::inspect_untouched(path) {
            Ok(_) | Err(StoreError::Damaged { .. } | StoreError::NotAHistory { .. }) => {}
            Err(error) => return Err(error),
        }
        salvage::run(path, reason, Limits::default().sizes, word)
    }

    /// Opens a history that may be in use by another process, for reading only.
    ///
    /// # Errors
    /// There is none, or it cannot be read, or it is not one that this version knows.
    pub fn open_read_only(path: &Path) -> Result<Reader, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        match file::inspect_untouched(path)? {
            Format::Known => Ok(Reader::new(path, None)),
            Format::Rows => Err(StoreError::OlderHistory { path: path.to_owned() }),
            Format::Empty => Err(StoreError::NotAHistory { path: path.to_owned() }),
        }
    }

    pub(crate) fn open_with(
        path: &Path,
        limits: Limits,
        word: &mut Word<'_>,
    ) -> Result<Self, StoreError> {
        let file = file::open_writable(path, limits.sizes, word)?;
        let kept = file.kept.clone();
        let ledger = Ledger::load(file, limits.sizes, path)?;
        let directory = Arc::new(Directory::default());
        let (commands, received) = mpsc::channel();
        let room = Arc::new(Semaphore::new(limits.queue_bytes));
        let queue = Queue { commands, room: Arc::clone(&room), size: limits.queue_bytes };
        let (sizes, keep_every) = (limits.sizes, limits.keep_every);
        let writer =
            Writer::new(path.to_owned(), ledger, Arc::clone(&directory), received, room, limits);
        let thread = std::thread::Builder::new()
            .name("history".to_owned())
            .spawn(move || writer.run())
            .map_err(|error| StoreError::Open {
                path: path.to_owned(),
                reason: crate::error::in_words(&error),
            })?;
        let reader = Reader::new(path, Some(Arc::clone(&directory)));
        let pruner = Arc::new(Pruner::new(reader.clone(), queue.clone(), directory, sizes));
        let keeper = keep_every.and_then(|every| Keeper::start(Arc::clone(&pruner), every));
        Ok(Self {
            path: path.to_owned(),
            queue,
            reader,
            pruner,
            keeper: Mutex::new(keeper),
            kept,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// The handle to record one connection with; `key` is the identifier of its profile. Waits for
    /// the writer to load the connection's topics: about a second for each million.
    ///
    /// # Errors
    /// The writer cannot write the connection down, or the history is closed.
    pub fn connection(&self, key: &str, name: &str) -> Result<Log, StoreError> {
        let (reply, answer) = mpsc::sync_channel(1);
        let open = Command::Open { key: key.to_owned(), name: name.to_owned(), reply };
        self.queue.commands.send(open).map_err(|_| StoreError::Closed)?;
        let lane = answer.recv().map_err(|_| StoreError::Closed)??;
        Ok(Log::new(lane, self.queue.clone()))
    }

    /// A handle to read with; clones share their connections to the file.
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// Where the file is as it was before it was written anew in the newest format; none: it had it.
    pub fn kept(&self) -> Option<&Path> {
        self.kept.as_deref()
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until everything queued is committed, and ends the writer. What is appended later is
    /// refused. Blocks; a second call does nothing.
    ///
    /// # Errors
    /// [`StoreError::Unsaved`]: the disk did not take the rest, tried once more.
    pub fn close(&self) -> Result<(), StoreError> {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return Ok(()) };
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take();
        keeper.iter().for_each(Keeper::stop);
        // An error means that the thread has ended already.
        let _ = self.queue.commands.send(Command::Close);
        let ended = thread.join();
        keeper.into_iter().for_each(Keeper::join);
        let Ok(Ending { unsaved: count, problem }) = ended else {
            let reason = "the writer stopped".to_owned();
            return Err(StoreError::Write { path: self.path.clone(), reason });
        };
        match (count, problem) {
            // What could not be marked is marked at the next start.
            (0, _) => Ok(()),
            (_, cause) => {
                let cause = Box::new(cause.unwrap_or(StoreError::Closed));
                Err(StoreError::Unsaved { count, cause })
            }
        }
    }
}

impl Drop for History {
    fn drop(&mut self) {
        // Who wants to know calls `close`; who forgets loses nothing that the disk would take.
        let _ = self.close();
    }
}

#[cfg(test)]
impl History {
    /// Lets a test disturb the database from within the writer, between two transactions.
    pub(crate) fn disturb(&self, disturb: impl FnOnce(&mut rusqlite::Connection) + Send + 'static) {
        self.queue.commands.send(Command::Disturb(Box::new(disturb))).unwrap();
    }

    /// Bytes that the queue has room for.
    pub(crate) fn room(&self) -> usize {
        self.queue.room.available_permits()
    }
}
