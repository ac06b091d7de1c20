//! How the pile follows when messages of it were removed from the file.

use rusqlite::Connection;

use super::{Pile, entry};
use crate::block::Packer;
use crate::index::{Entry, Span};
use crate::tables::{tail, topics};

/// The tail as it is in the file.
pub(crate) struct Tail {
    packer: Packer,
    loose: Vec<Entry>,
}

impl Pile {
    /// These messages are in no block any more, and of the blocks some went and others came.
    pub(crate) fn forget(
        &mut self,
        removed: &[i64],
        out: &[Span],
        into: impl Iterator<Item = Span>,
    ) {
        self.entries.retain(|entry| removed.binary_search(&entry.id).is_err());
        self.spans.retain(|span| !out.contains(span));
        self.spans.extend(into);
        self.spans.sort_unstable_by_key(|span| span.first);
    }

    /// Reads the tail anew.
    pub(crate) fn read_tail(&self, database: &Connection) -> rusqlite::Result<Tail> {
        let mut found = Tail { packer: Packer::default(), loose: Vec::new() };
        let mut statement = database.prepare(tail::OLDEST_FIRST)?;
        let first = self.packed_to.saturating_add(1);
        let mut rows = statement.query((first, i64::MAX, i64::MIN, i64::MAX))?;
        while let Some(row) = rows.next()? {
            let kept = tail::Kept::read(row)?;
            let (connection, _) = topics::name(database, kept.topic)??;
            let row = kept.to_row(connection.0);
            found.packer.push(&row);
            found.loose.push(entry(&row));
        }
        Ok(found)
    }

    /// The tail is this now.
    pub(crate) fn take_tail(&mut self, tail: Tail) {
        let Tail { packer, loose } = tail;
        self.has_tail = packer.count() > 0;
        self.packer = packer;
        self.loose = loose;
    }

    /// The topics of messages that are in no segment.
    pub(crate) fn topics(&self) -> impl Iterator<Item = i64> {
        self.entries.iter().chain(&self.loose).map(|entry| entry.topic)
    }
}
