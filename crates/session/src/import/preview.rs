//! What an import would bring, before anything is written.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::ops::ControlFlow;

use wiretree_model::Timestamp;
use wiretree_transfer::Record;
use wiretree_transfer::import::{Entry, Fidelity, ImportError, read_messages};

use super::{ImportFile, needs_messages};

/// How far into a file is looked, in bytes.
const FAR: u64 = 256 * 1024 * 1024;
/// How many topics are told apart.
const TOPICS: usize = 1_000_000;
/// How many names of connections, bad entries and messages are shown.
const NAMES: usize = 100;
const NAMED: usize = 5;
const SAMPLE: usize = 5;
/// How much of a payload in the sample is kept, in bytes.
const SAMPLE_BYTES: usize = 4_096;

/// The messages of a file, as far as it was looked through.
#[derive(Clone, Debug, Default)]
pub struct MessagesPreview {
    /// Whether it was looked through to its end.
    pub complete: bool,
    /// Messages.
    pub count: u64,
    /// Entries that are no messages.
    pub bad: u64,
    /// The first of them: where, and why.
    pub named: Vec<String>,
    /// Messages whose payloads the file says were changed before.
    pub changed: u64,
    /// The earliest time of receipt.
    pub earliest: Option<Timestamp>,
    /// The latest.
    pub latest: Option<Timestamp>,
    /// Topics, at least; at most a million are told apart.
    pub topics: u64,
    /// The names of the connections, the first hundred; those without a name left out.
    pub connections: Vec<String>,
    /// Whether there are messages of no named connection.
    pub unnamed: bool,
    /// The first messages; long payloads cut.
    pub sample: Vec<Record>,
    /// Why it was not looked through to its end, if it is damaged.
    pub damage: Option<ImportError>,
}

impl ImportFile {
    /// Looks through the messages of the file. Blocks.
    ///
    /// # Errors
    /// It has no messages, or cannot be opened. What is wrong inside is part of the answer, unless it
    /// stands before the first message.
    pub fn preview_messages(&self) -> Result<MessagesPreview, ImportError> {
        needs_messages(self.kind())?;
        let (source, position) = self.open()?;
        let mut look = Look::default();
        let mut complete = true;
        let read = read_messages(self.kind(), self.offset(), source, &mut |entry| {
            look.take(entry);
            complete = position.get() < FAR || position.get() >= self.size();
            if complete { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        let Look { mut found, topics, .. } = look;
        found.topics = topics.len() as u64;
        match read {
            Err(error) if found.count == 0 => return Err(error),
            Err(error) => found.damage = Some(error),
            Ok(()) => found.complete = complete,
        }
        Ok(found)
    }
}

#[derive(Default)]
struct Look {
    found: MessagesPreview,
    topics: HashSet<u64>,
    hasher: RandomState,
    names: HashSet<String>,
}

impl Look {
    fn take(&mut self, entry: Entry) {
        let (record, fidelity) = match entry {
            Entry::Bad { place, reason } => return self.bad(format!("{place}: {reason}")),
            Entry::Message { record, fidelity } => (record, fidelity),
        };
        if let Err(limit) = record.message.publish.check_limits() {
            return self.bad(limit.to_string());
        }
        let at = record.message.received_at;
        let found = &mut self.found;
        found.count += 1;
        found.changed += u64::from(fidelity == Fidelity::Changed);
        found.earliest = Some(found.earliest.map_or(at, |known| known.min(at)));
        found.latest = Some(found.latest.map_or(at, |known| known.max(at)));
        if self.topics.len() < TOPICS {
            self.topics.insert(self.hasher.hash_one(record.message.publish.topic.as_bytes()));
        }
        self.note_connection(&record.connection);
        if self.found.sample.len() < SAMPLE {
            self.found.sample.push(shortened(record));
        }
    }

    fn bad(&mut self, words: String) {
        self.found.bad += 1;
        if self.found.named.len() < NAMED {
            self.found.named.push(words);
        }
    }

    fn note_connection(&mut self, name: &str) {
        if name.is_empty() {
            self.found.unnamed = true;
        } else if self.names.len() < NAMES && !self.names.contains(name) {
            self.names.insert(name.to_owned());
            self.found.connections.push(name.to_owned());
        }
    }
}

fn shortened(mut record: Record) -> Record {
    let payload = &mut record.message.publish.payload;
    let kept = payload.len().min(SAMPLE_BYTES);
    *payload = bytes::Bytes::copy_from_slice(payload.get(..kept).unwrap_or_default());
    record
}
