//! What is written down between messages: gaps, sessions, outcomes.

use rusqlite::Connection;

use super::{gaps, outcomes, sessions};
use crate::{ConnectionId, StoredOutcome};

/// One of them.
#[derive(Debug)]
pub(crate) enum Mark {
    Gap(gaps::Mark),
    Session(sessions::Mark),
    /// What became of the message with this sequence number.
    Outcome(u64, StoredOutcome),
}

/// Writes a mark down; `position` is the newest message of the file. Says whether that changed
/// anything.
pub(crate) fn write(
    database: &Connection,
    connection: ConnectionId,
    position: i64,
    mark: &Mark,
) -> rusqlite::Result<bool> {
    match mark {
        Mark::Gap(mark) => gaps::write(database, connection, position, mark),
        Mark::Session(mark) => sessions::write(database, connection, position, mark),
        Mark::Outcome(sequence, outcome) => {
            outcomes::write(database, connection, *sequence, outcome)
        }
    }
}
