//! A transaction: its messages with the numbers they get, and the state that moves on with it.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, TransactionBehavior};
use wiretree_model::Topic;

use super::{Batch, Tail};
use crate::error::{Step, from_sqlite};
use crate::file::Writable;
use crate::names::Directory;
use crate::tables::messages::{self, Entry, Insert};
use crate::tables::{connections, gaps, segments, topics};
use crate::{ConnectionId, StoreError};

/// Numbers that counting from 1 never reaches; a file that has them was tampered with.
const HIGHEST: i64 = 1 << 62;

/// What the writer knows of the file: the numbers to give next, and what has no postings yet.
pub(crate) struct Ledger {
    pub(crate) connection: Connection,
    /// Kept open, and so locked, as long as anything can be written.
    _lock: std::fs::File,
    next_message: i64,
    next_topic: i64,
    tail: Tail,
}

/// Batches to be committed together. Topics have their numbers already, so that a transaction that
/// is tried again writes the same.
pub(crate) struct Group {
    pub(crate) batches: Vec<Batch>,
    /// For each message of each batch.
    topics: Vec<i64>,
    fresh: Vec<(i64, ConnectionId, Topic)>,
}

impl Group {
    /// How many messages.
    pub(crate) fn len(&self) -> u64 {
        self.topics.len() as u64
    }
}

impl Ledger {
    /// Picks up where the last writer stopped, however it stopped.
    pub(crate) fn load(file: Writable, mut tail: Tail, path: &Path) -> Result<Self, StoreError> {
        let Writable { connection, lock } = file;
        let read = |connection: &Connection| {
            let sealed = segments::sealed_to(connection)?;
            let next_message = messages::last_id(connection)?.max(sealed).saturating_add(1);
            let next_topic = topics::last_id(connection)?.saturating_add(1);
            Ok((next_message, next_topic, messages::tail(connection, sealed)?))
        };
        let (next_message, next_topic, entries) =
            read(&connection).map_err(|error| from_sqlite(path, Step::Open, &error))?;
        if next_message.max(next_topic) > HIGHEST {
            let reason = "its messages have impossible numbers".to_owned();
            return Err(StoreError::Damaged { path: path.to_owned(), reason });
        }
        tail.extend(entries);
        Ok(Self { connection, _lock: lock, next_message, next_topic, tail })
    }

    /// Gives each topic its number, new ones included.
    pub(crate) fn prepare(&mut self, batches: Vec<Batch>, directory: &Arc<Directory>) -> Group {
        let count = batches.iter().map(|batch| batch.messages.len()).sum();
        let mut numbers = Vec::with_capacity(count);
        let mut fresh = Vec::new();
        for batch in &batches {
            let connection = batch.lane.id;
            directory.change(connection, |names| {
                for message in &batch.messages {
                    let topic = &message.publish.topic;
                    let number = names.find(topic.as_bytes()).unwrap_or_else(|| {
                        let number = self.next_topic;
                        self.next_topic += 1;
                        names.add(topic.as_bytes(), number);
                        fresh.push((number, connection, topic.clone()));
                        number
                    });
                    numbers.push(number);
                }
            });
        }
        Group { batches, topics: numbers, fresh }
    }

    /// Copies the write-ahead log to the file and empties it, so that one file is left. What keeps
    /// it from doing so, a reader most often, does no harm: the log stays, and is found again.
    pub(crate) fn tidy(&self) {
        let _ = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }

    /// Writes it all, or nothing. Says of each batch whether its mark has changed anything.
    pub(crate) fn commit(&mut self, group: &Group) -> rusqlite::Result<Vec<bool>> {
        let known = self.tail.len();
        let written = self.write(group);
        match written {
            Ok((sealed, marked)) => {
                self.next_message += group.topics.len() as i64;
                if sealed {
                    self.tail.clear();
                }
                Ok(marked)
            }
            Err(error) => {
                self.tail.truncate(known);
                Err(error)
            }
        }
    }

    fn write(&mut self, group: &Group) -> rusqlite::Result<(bool, Vec<bool>)> {
        let behaviour = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behaviour)?;
        let mut insert = topics::Insert::new(&transaction)?;
        for (id, connection, name) in &group.fresh {
            insert.add(*id, *connection, name.as_bytes())?;
        }
        drop(insert);
        let mut insert = Insert::new(&transaction)?;
        let mut numbers = (self.next_message..).zip(&group.topics);
        let mut newest = self.next_message.saturating_sub(1);
        let mut marked = Vec::with_capacity(group.batches.len());
        for batch in &group.batches {
            for (message, (id, topic)) in batch.messages.iter().zip(numbers.by_ref()) {
                insert.add(id, *topic, message)?;
                let (received_at, size) =
                    (message.received_at.0, message.publish.payload.len() as u64);
                self.tail.extend([Entry { id, topic: *topic, received_at, size }]);
                newest = id;
            }
            marked.push(match &batch.mark {
                Some(mark) => gaps::write(&transaction, batch.lane.id, newest, mark)?,
                None => false,
            });
            if let Some(message) = batch.messages.last() {
                let (lane, at) = (batch.lane.id, message.received_at);
                connections::note_newest(&transaction, lane, batch.last, at)?;
            }
        }
        drop(insert);
        let sealed = self.tail.is_full();
        if sealed {
            self.tail.seal(&transaction)?;
        }
        transaction.commit()?;
        Ok((sealed, marked))
    }
}
