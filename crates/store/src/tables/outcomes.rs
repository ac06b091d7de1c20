//! The table `outcomes`: what became of messages that were published from here.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row};
use wiretree_model::Timestamp;

use crate::{ConnectionId, PublishEnding, StoredOutcome};

const SENT: i64 = 0;
const ACKNOWLEDGED: i64 = 1;
const FAILED: i64 = 2;
/// And whatever else stands there.
const UNKNOWN: i64 = 3;

/// Writes an outcome down. The first one stays.
pub(crate) fn write(
    database: &Connection,
    connection: ConnectionId,
    sequence: u64,
    outcome: &StoredOutcome,
) -> rusqlite::Result<bool> {
    const SQL: &str = "INSERT OR IGNORE INTO outcomes
        (connection, sequence, ended_at, kind, after, reason_code, words)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (kind, after, code, words) = match &outcome.ending {
        PublishEnding::Sent => (SENT, None, None, ""),
        PublishEnding::Acknowledged { after, reason_code, reason } => {
            let micros = i64::try_from(after.as_micros()).unwrap_or(i64::MAX);
            (ACKNOWLEDGED, Some(micros), Some(*reason_code), reason.as_str())
        }
        PublishEnding::Failed { cause } => (FAILED, None, None, cause.as_str()),
        PublishEnding::Unknown { cause } => (UNKNOWN, None, None, cause.as_str()),
    };
    let values = (connection.0, sequence.cast_signed(), outcome.at.0, kind, after, code, words);
    Ok(database.prepare_cached(SQL)?.execute(values)? > 0)
}

/// Whether the file has them: one that is only read may be older.
pub(crate) fn are_kept(database: &Connection) -> rusqlite::Result<bool> {
    super::exists(database, "outcomes")
}

/// The outcome of a message, if it is known.
pub(crate) fn find(
    database: &Connection,
    connection: ConnectionId,
    sequence: u64,
) -> rusqlite::Result<Option<StoredOutcome>> {
    const SQL: &str = "SELECT ended_at, kind, after, reason_code, words FROM outcomes
        WHERE connection = ?1 AND sequence = ?2";
    let key = (connection.0, sequence.cast_signed());
    database.prepare_cached(SQL)?.query_row(key, read).optional()
}

/// Removes the outcome of a message that is removed.
pub(crate) fn remove(
    database: &Connection,
    connection: ConnectionId,
    sequence: u64,
) -> rusqlite::Result<()> {
    const SQL: &str = "DELETE FROM outcomes WHERE connection = ?1 AND sequence = ?2";
    database.prepare_cached(SQL)?.execute((connection.0, sequence.cast_signed())).map(drop)
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredOutcome> {
    let words: String = row.get(4)?;
    let ending = match row.get(1)? {
        SENT => PublishEnding::Sent,
        ACKNOWLEDGED => {
            let micros = row.get::<_, Option<i64>>(2)?.unwrap_or(0).max(0).cast_unsigned();
            let reason_code = row.get::<_, Option<u8>>(3)?.unwrap_or(0);
            let after = Duration::from_micros(micros);
            PublishEnding::Acknowledged { after, reason_code, reason: words }
        }
        FAILED => PublishEnding::Failed { cause: words },
        // What a later version may add is at least not a success.
        _ => PublishEnding::Unknown { cause: words },
    };
    Ok(StoredOutcome { at: Timestamp(row.get(0)?), ending })
}
