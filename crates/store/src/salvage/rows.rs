//! The messages of a history of the first formats, with a row for each: what can be read of them is
//! taken over as an upgrade would. They have no checksums, so what is no message is passed over.

use bytes::Bytes;
use rusqlite::Row;

use super::Taking;
use super::sweep::sweep;
use crate::block::{self, Sealer};
use crate::pile::Sizes;
use crate::record::{Marks, Stored};
use crate::tables::alone::{self, too_large};
use crate::tables::topics;
use crate::upgrade::{self, Word};
use crate::writer::HIGHEST;
use crate::{ConnectionId, Progressed};

const TOPICS: &str =
    "SELECT id, connection, name FROM topics WHERE id BETWEEN ?1 AND ?2 ORDER BY id";

impl Taking<'_> {
    /// Takes them over; a history of the formats with blocks has none.
    pub(super) fn rows(&mut self, sizes: Sizes, word: &mut Word<'_>) -> rusqlite::Result<()> {
        let old = self.old;
        if !old.table_exists(None, "messages").unwrap_or(false) {
            return Ok(());
        }
        self.topics_of_rows()?;
        let total = upgrade::total(old).unwrap_or(0);
        let mut sealer = Sealer::new().map_err(too_large)?;
        let mut newest = self.pile.packed_to();
        sweep(old, upgrade::BETWEEN, &mut |row| {
            let owner = |topic| Some(self.connection_of(topic));
            let read = upgrade::old_row(row, owner, sizes).ok().filter(|message| {
                (newest.saturating_add(1)..HIGHEST).contains(&message.id)
                    && (1..HIGHEST).contains(&message.topic)
                    && is_message(row, message)
            });
            let Some(message) = read else {
                self.salvaged.lost += 1;
                return Ok(());
            };
            newest = message.id;
            if message.content.is_none() {
                let (properties, payload) = upgrade::content(row)?;
                alone::insert(self.new, &mut sealer, message.id, properties, payload)?;
            }
            self.note(message.topic, message.connection, message.sequence);
            self.salvaged.messages += 1;
            self.pile.push(self.new, &message)?;
            if self.salvaged.messages.is_multiple_of(upgrade::WORD) {
                // Segments are made within this one transaction, and stay made.
                self.pile.go_on();
                word(Progressed { scanned: self.salvaged.messages, total });
            }
            Ok(())
        })?;
        self.pile.pack(self.new)
    }

    /// Copies the topics.
    fn topics_of_rows(&mut self) -> rusqlite::Result<()> {
        let mut insert = topics::Insert::new(self.new)?;
        sweep(self.old, TOPICS, &mut |row| {
            if let Some((id, connection, name)) = topic(row)
                && self.known.insert(id, connection).is_none()
            {
                insert.add(id, ConnectionId(connection), name)?;
                self.newest.entry(connection).or_default();
            }
            Ok(())
        })
        .map(drop)
    }
}

fn topic<'a>(row: &'a Row<'_>) -> Option<(i64, i64, &'a [u8])> {
    let id = row.get(0).ok().filter(|id| (1..HIGHEST).contains(id))?;
    Some((id, row.get(1).ok()?, row.get_ref(2).ok()?.as_blob().ok()?))
}

/// Whether its QoS and its properties can be.
fn is_message(row: &Row<'_>, message: &block::Row<'_>) -> bool {
    let block::Row { id, topic, received_at, sequence, flags, packet_id, .. } = *message;
    let marks = Marks { received_at, sequence, flags, packet_id };
    upgrade::content(row).is_ok_and(|(properties, _)| {
        Stored::new((id, topic), marks, properties, Bytes::new()).is_ok()
    })
}
