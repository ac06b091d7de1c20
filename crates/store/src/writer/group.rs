//! A transaction: its messages with the numbers they get, and the state that moves on with it.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, TransactionBehavior};
use wiretree_model::Topic;

use super::Batch;
use crate::error::{Step, from_sqlite};
use crate::file::Writable;
use crate::names::Directory;
use crate::pile::{Pile, Sizes};
use crate::record;
use crate::tables::{blocks, connections, marks, space, tail, topics};
use crate::{ConnectionId, StoreError};

use super::resuming::resume;

/// Numbers that counting from 1 never reaches; a file that has them was tampered with.
pub(crate) const HIGHEST: i64 = 1 << 62;

/// What the writer knows of the file: the numbers to give next, and what is in no segment yet.
pub(crate) struct Ledger {
    pub(crate) connection: Connection,
    /// Kept open, and so locked, as long as anything can be written.
    _lock: std::fs::File,
    pub(crate) next_message: i64,
    pub(crate) next_topic: i64,
    pub(crate) pile: Pile,
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
    pub(crate) fn load(file: Writable, sizes: Sizes, path: &Path) -> Result<Self, StoreError> {
        let Writable { connection, lock, kept: _ } = file;
        let read = |connection: &Connection| {
            // What had the highest numbers may have been removed.
            let (message, topic) = space::used(connection)?;
            let last = blocks::packed_to(connection)?.max(tail::last_id(connection)?);
            let next_message = last.max(message).saturating_add(1);
            // Nobody could record.
            connections::all(connection)?;
            let next_topic = topics::last_id(connection)?.max(topic).saturating_add(1);
            Ok((next_message, next_topic))
        };
        let in_words = |error: &rusqlite::Error| match error {
            // There is always one row in the table `used`.
            rusqlite::Error::QueryReturnedNoRows => {
                StoreError::Damaged { path: path.to_owned(), reason: error.to_string() }
            }
            _ => from_sqlite(path, Step::Open, error),
        };
        let (next_message, next_topic) = read(&connection).map_err(|error| in_words(&error))?;
        if next_message.max(next_topic) > HIGHEST {
            let reason = "its messages have impossible numbers".to_owned();
            return Err(StoreError::Damaged { path: path.to_owned(), reason });
        }
        let pile = resume(&connection, sizes).map_err(|error| in_words(&error))?;
        Ok(Self { connection, _lock: lock, next_message, next_topic, pile })
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
        let mark = self.pile.mark();
        let written = self.write(group);
        match written {
            Ok(marked) => {
                self.next_message += group.topics.len() as i64;
                self.pile.go_on();
                Ok(marked)
            }
            Err(error) => {
                self.pile.go_back(mark);
                Err(error)
            }
        }
    }

    fn write(&mut self, group: &Group) -> rusqlite::Result<Vec<bool>> {
        let Self { connection, pile, next_message, .. } = self;
        let behaviour = TransactionBehavior::Immediate;
        let transaction = connection.transaction_with_behavior(behaviour)?;
        let mut insert = topics::Insert::new(&transaction)?;
        for (id, connection, name) in &group.fresh {
            insert.add(*id, *connection, name.as_bytes())?;
        }
        drop(insert);
        let mut numbers = (*next_message..).zip(&group.topics);
        let mut newest = next_message.saturating_sub(1);
        let mut marked = Vec::with_capacity(group.batches.len());
        for batch in &group.batches {
            let lane = batch.lane.id;
            for (message, (id, topic)) in batch.messages.iter().zip(numbers.by_ref()) {
                pile.add(&transaction, (id, *topic, lane.0), message)?;
                newest = id;
            }
            marked.push(match &batch.mark {
                Some(mark) => marks::write(&transaction, lane, newest, mark)?,
                None => false,
            });
            if let Some(message) = batch.messages.last() {
                connections::note_newest(&transaction, lane, batch.last, message.received_at)?;
            }
        }
        group.add_to_tail(&transaction, *next_message, pile)?;
        transaction.commit()?;
        Ok(marked)
    }
}

impl Group {
    /// The messages behind the last block get a row each, so that they are as safe as the others.
    fn add_to_tail(
        &self,
        database: &Connection,
        first: i64,
        pile: &mut Pile,
    ) -> rusqlite::Result<()> {
        let mut insert = tail::Insert::new(database)?;
        let mut properties = Vec::new();
        let in_blocks = pile.packed_to().saturating_sub(first).saturating_add(1).max(0);
        let in_blocks = usize::try_from(in_blocks).unwrap_or(usize::MAX);
        let messages = self
            .batches
            .iter()
            .flat_map(|batch| batch.messages.iter().map(|message| (batch.lane.id.0, message)));
        let numbered = (first..).zip(&self.topics).zip(messages);
        for ((id, topic), (lane, message)) in numbered.skip(in_blocks) {
            record::encode_properties(message, &mut properties);
            insert.add(&pile.row((id, *topic, lane), message, &properties))?;
        }
        pile.note_tail();
        Ok(())
    }
}
