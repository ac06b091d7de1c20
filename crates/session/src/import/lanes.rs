//! The connections of the history that an import writes to: new ones, one for each name.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::select;
use wiretree_model::Message;
use wiretree_store::{History, Log, StoreError};
use wiretree_transfer::Record;
use wiretree_transfer::import::ImportError;

use super::{ImportedInto, Naming};
use crate::SessionError;
use crate::claim::Claim;

/// What a batch may hold: messages, and bytes of them.
const BATCH: usize = 1_000;
const BATCH_BYTES: usize = 1024 * 1024;
/// The most connections that come out of one file.
const MOST: usize = 1_000;
/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 200;
/// Sequence numbers beyond this are nobody's.
const HIGHEST: u64 = 1 << 62;

/// The connections written to so far, and what waits for the last of them.
pub(super) struct Lanes {
    history: Arc<History>,
    naming: Naming,
    runtime: Handle,
    lanes: Vec<Lane>,
    /// The one that `batch` is for.
    current: usize,
    batch: Vec<Message>,
    weight: usize,
    renumbered: u64,
}

struct Lane {
    into: ImportedInto,
    log: Log,
    last: u64,
    /// Keeps another import from taking the same key.
    _claim: Claim,
}

impl Lanes {
    pub(super) fn new(history: Arc<History>, naming: Naming, runtime: Handle) -> Self {
        let (lanes, batch) = (Vec::new(), Vec::new());
        Self { history, naming, runtime, lanes, current: 0, batch, weight: 0, renumbered: 0 }
    }

    /// Takes a message in. Order is that of the file, over all its connections.
    pub(super) fn add(&mut self, record: Record) -> Result<(), SessionError> {
        let Record { connection, mut message } = record;
        let lane = self.lane(connection)?;
        if lane != self.current {
            self.flush()?;
            self.current = lane;
        }
        let Some(lane) = self.lanes.get_mut(lane) else { return Ok(()) };
        let written = message.sequence;
        if written <= lane.last || written >= HIGHEST {
            message.sequence = lane.last + 1;
        }
        self.renumbered += u64::from(written != 0 && written != message.sequence);
        lane.last = message.sequence;
        self.weight += message.weight();
        self.batch.push(message);
        if self.batch.len() >= BATCH || self.weight >= BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    /// Hands over what waits, and waits until all of it is committed.
    pub(super) fn finish(&mut self) -> Result<(), SessionError> {
        self.flush()?;
        self.lanes.iter().try_for_each(|lane| {
            let mut progress = lane.log.progress();
            let done =
                progress.wait_for(|it| it.committed_sequence >= lane.last || it.problem.is_some());
            match self.runtime.block_on(done) {
                Ok(progress) => match &progress.problem {
                    Some(problem) if progress.committed_sequence < lane.last => {
                        Err(problem.clone().into())
                    }
                    _ => Ok(()),
                },
                Err(_) => Err(StoreError::Closed.into()),
            }
        })
    }

    /// What each connection got: counted when it is committed.
    pub(super) fn imported(&self) -> Vec<ImportedInto> {
        let into = |lane: &Lane| {
            let messages = lane.log.progress().borrow().stored;
            ImportedInto { messages, ..lane.into.clone() }
        };
        self.lanes.iter().map(into).collect()
    }

    /// How many sequence numbers of the file could not be kept.
    pub(super) fn renumbered(&self) -> u64 {
        self.renumbered
    }

    /// The connection for messages of this name.
    fn lane(&mut self, written: String) -> Result<usize, SessionError> {
        let name = match &self.naming {
            Naming::One(name) => name,
            Naming::AsWritten { otherwise } if written.is_empty() => otherwise,
            Naming::AsWritten { .. } => &written,
        };
        // Nearly always it is that of the message before.
        let is_current = self.lanes.get(self.current).is_some_and(|lane| lane.into.name == *name);
        if is_current {
            return Ok(self.current);
        }
        let name: String = name.chars().take(LONGEST_NAME).collect();
        if let Some(known) = self.lanes.iter().position(|lane| lane.into.name == name) {
            return Ok(known);
        }
        if self.lanes.len() == MOST {
            let error = ImportError::TooMany { what: "connections with messages", limit: MOST };
            return Err(error.into());
        }
        let lane = self.create(name)?;
        self.lanes.push(lane);
        Ok(self.lanes.len() - 1)
    }

    /// A connection that the history does not have yet. Its messages are old, and were asked for: no
    /// policy that was made for what is recorded removes them.
    fn create(&self, name: String) -> Result<Lane, SessionError> {
        let reader = self.history.reader();
        for number in 1_u64.. {
            let key = format!("import:{number}");
            // Another import of this process may be looking for one too; the history has no other.
            let Ok(claim) = Claim::take(self.history.path(), &key, &name) else { continue };
            if reader.connection(&key)?.is_none() {
                let log = self.history.connection(&key, &name)?;
                self.history.spare(log.id())?;
                let into = ImportedInto { key, name, messages: 0 };
                return Ok(Lane { into, log, last: 0, _claim: claim });
            }
        }
        Err(SessionError::Ended)
    }

    fn flush(&mut self) -> Result<(), SessionError> {
        let batch = std::mem::take(&mut self.batch);
        self.weight = 0;
        match self.lanes.get(self.current) {
            Some(lane) if !batch.is_empty() => self.runtime.block_on(send(&lane.log, batch)),
            _ => Ok(()),
        }
    }
}

/// Waits for room. When the history cannot be written, an import ends rather than wait for better
/// times: it can be repeated.
async fn send(log: &Log, batch: Vec<Message>) -> Result<(), SessionError> {
    let mut progress = log.progress();
    let problem = progress.wait_for(|progress| progress.problem.is_some());
    select! {
        biased;
        Ok(progress) = problem => match &progress.problem {
            Some(problem) => Err(problem.clone().into()),
            None => Ok(()),
        },
        permit = log.reserve() => Ok(permit?.send(batch)?),
    }
}
