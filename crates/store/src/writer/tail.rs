//! The newest messages, which have no postings yet: readers scan them.
//!
//! When there are enough of them, or their payloads make scanning slow, they become a segment, in
//! the same transaction as the messages that made them enough. So what the file has is always
//! consistent, and after a crash the tail is what stands behind the last segment.

use rusqlite::Connection;

use crate::history::Limits;
use crate::tables::messages::Entry;
use crate::tables::segments::Segment;
use crate::tables::{postings, segments};

/// Messages behind the last segment, in the order of their ids.
pub(crate) struct Tail {
    entries: Vec<Entry>,
    bytes: u64,
    most_entries: usize,
    most_bytes: u64,
}

impl Tail {
    pub(crate) fn new(limits: &Limits) -> Self {
        let (most_entries, most_bytes) = (limits.tail_messages, limits.tail_bytes);
        Self { entries: Vec::new(), bytes: 0, most_entries, most_bytes }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn extend(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            self.bytes = self.bytes.saturating_add(entry.size);
            self.entries.push(entry);
        }
    }

    /// Forgets what a failed transaction had added.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.entries.truncate(length);
        self.bytes = self.entries.iter().map(|entry| entry.size).sum();
    }

    pub(crate) fn clear(&mut self) {
        self.truncate(0);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() >= self.most_entries || self.bytes >= self.most_bytes
    }

    /// Writes the segment and its postings; the caller clears the tail once that is committed.
    pub(crate) fn seal(&self, database: &Connection) -> rusqlite::Result<()> {
        let (Some(first), Some(last)) = (self.entries.first(), self.entries.last()) else {
            return Ok(());
        };
        let times = || self.entries.iter().map(|entry| entry.received_at);
        let min_at = times().min().unwrap_or_default();
        let max_at = times().max().unwrap_or_default();
        segments::insert(database, Segment { first: first.id, last: last.id, min_at, max_at })?;
        let mut by_topic: Vec<_> =
            self.entries.iter().map(|entry| (entry.topic, entry.id)).collect();
        by_topic.sort_unstable();
        let mut insert = postings::Insert::new(database)?;
        let mut ids = Vec::new();
        for of_one in by_topic.chunk_by(|one, next| one.0 == next.0) {
            ids.clear();
            ids.extend(of_one.iter().map(|(_, id)| *id));
            if let Some((topic, _)) = of_one.first() {
                insert.add(*topic, &ids)?;
            }
        }
        Ok(())
    }
}
