//! Does what was worked out, within the writer: one transaction a slice, and what the writer has in
//! memory follows only when that is committed.

use rusqlite::TransactionBehavior;
use wiretree_model::Timestamp;

use super::prepare::{At, Slice, span};
use crate::block::Sealer;
use crate::past::Known;
use crate::tables::alone::{self, too_large};
use crate::tables::{blocks, gaps, outcomes, segments, sessions, snapshots, space, tail};
use crate::writer::Ledger;
use crate::{ConnectionId, Policy};

/// What became of a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    Done,
    /// The file is not any more as it was when the slice was worked out; nothing was changed.
    Stale,
}

impl Ledger {
    /// Removes a slice of messages.
    pub(crate) fn prune(&mut self, slice: &Slice) -> rusqlite::Result<Applied> {
        let (message, topic) =
            (self.next_message.saturating_sub(1), self.next_topic.saturating_sub(1));
        let behaviour = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behaviour)?;
        let is_as_was = match &slice.at {
            At::Segment { before, .. } => {
                snapshots::remove_from(&transaction, before.first)?;
                segments::remove(&transaction, *before)?
            }
            At::Blocks { sealed_to } => segments::sealed_to(&transaction)? == *sealed_to,
            At::Tail { packed_to } => blocks::packed_to(&transaction)? == *packed_to,
        };
        if !is_as_was {
            return Ok(Applied::Stale);
        }
        space::note_used(&transaction, message, topic)?;
        for block in &slice.out {
            if !blocks::remove(&transaction, block)? {
                return Ok(Applied::Stale);
            }
        }
        for packed in &slice.into {
            blocks::insert(&transaction, packed)?;
        }
        for (connection, sequence) in &slice.sent {
            outcomes::remove(&transaction, ConnectionId(*connection), *sequence)?;
        }
        for (first, last) in &slice.alone {
            alone::remove(&transaction, *first, *last)?;
        }
        let mut tail_now = None;
        match &slice.at {
            At::Segment { after: Some((segment, parts)), .. } => {
                let mut sealer = Sealer::new().map_err(too_large)?;
                segments::insert(&transaction, *segment)?;
                segments::insert_index(&transaction, &mut sealer, *segment, parts)?;
            }
            At::Segment { after: None, .. } | At::Blocks { .. } => {}
            At::Tail { .. } => {
                for id in &slice.removed {
                    tail::remove(&transaction, *id)?;
                }
                tail_now = Some(self.pile.read_tail(&transaction)?);
            }
        }
        transaction.commit()?;
        if matches!(slice.at, At::Blocks { .. }) {
            let into = slice.into.iter().map(span);
            self.pile.forget(&slice.removed, &slice.out, into);
        }
        if let Some(tail_now) = tail_now {
            self.pile.take_tail(tail_now);
        }
        Ok(Applied::Done)
    }

    /// Removes the gaps and sessions of a connection that ended before a message; `None` for when
    /// that came: there is no message any more.
    pub(crate) fn prune_marks(
        &mut self,
        connection: ConnectionId,
        first: i64,
        came_at: Option<Timestamp>,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        gaps::remove_before(&transaction, connection, first)?;
        sessions::remove_before(&transaction, connection, first, came_at)?;
        transaction.commit()
    }

    /// Adds a snapshot for the end of a segment.
    pub(crate) fn add_snapshot(&mut self, last: i64, known: &Known) -> rusqlite::Result<()> {
        let mut sealer = Sealer::new().map_err(too_large)?;
        snapshots::insert(&self.connection, &mut sealer, last, known)
    }

    /// Gives up to so many free pages back to the system, down to `keep` of them. Says how many.
    pub(crate) fn give_back(&mut self, most: u64, keep: u64) -> rusqlite::Result<u64> {
        let before = space::free_pages(&self.connection)?;
        let pages = before.saturating_sub(keep).min(most);
        if pages == 0 {
            return Ok(0);
        }
        space::give_back(&self.connection, pages)?;
        Ok(before.saturating_sub(space::free_pages(&self.connection)?))
    }

    /// Empties the write-ahead log, unless somebody reads from it.
    pub(crate) fn empty_log(&mut self) -> rusqlite::Result<()> {
        space::empty_log(&self.connection)
    }

    /// Writes a policy down.
    pub(crate) fn set_policy(
        &mut self,
        connection: Option<ConnectionId>,
        policy: Option<&Policy>,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        crate::tables::policies::write(&transaction, connection, policy)?;
        transaction.commit()
    }
}
