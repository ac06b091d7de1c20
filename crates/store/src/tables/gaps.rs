//! The table `gaps`: when a connection recorded nothing, and why.

use rusqlite::{Connection, OptionalExtension, Row};
use wiretree_model::Timestamp;

use crate::{ConnectionId, Gap};

macro_rules! columns {
    () => {
        "connection, after_sequence, after_message, from_at, to_at, cause, session_kept"
    };
}

/// What the writer is asked to write down.
#[derive(Debug)]
pub(crate) enum Mark {
    /// Nothing is recorded from this moment on; `None`: since the file last heard of the connection.
    Begin { after: u64, from: Option<Timestamp>, cause: String },
    /// It is recorded again.
    End { to: Timestamp, session_kept: bool },
}

/// Writes a mark down; `position` is the newest message of the file. A gap that goes on is not begun
/// again, and without one there is nothing to end: then it changes nothing, and says so.
pub(crate) fn write(
    database: &Connection,
    connection: ConnectionId,
    position: i64,
    mark: &Mark,
) -> rusqlite::Result<bool> {
    match mark {
        Mark::Begin { after, from, cause } => {
            if is_open(database, connection)? {
                return Ok(false);
            }
            let from = match from {
                Some(from) => Some(*from),
                None => last_heard_of(database, connection)?,
            };
            let Some(from) = from else { return Ok(false) };
            begin(database, connection, position, *after, from, cause).map(|()| true)
        }
        Mark::End { to, session_kept } => {
            const SQL: &str = "UPDATE gaps SET to_at = ?2, session_kept = ?3
                WHERE connection = ?1 AND to_at IS NULL";
            let ended =
                database.prepare_cached(SQL)?.execute((connection.0, to.0, session_kept))?;
            Ok(ended > 0)
        }
    }
}

/// The newest gaps that stand behind a message from `first` to `last`, oldest first, `limit` at most.
pub(crate) fn between(
    database: &Connection,
    connection: Option<ConnectionId>,
    (first, last): (i64, i64),
    limit: i64,
) -> rusqlite::Result<Vec<Gap>> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM gaps WHERE after_message BETWEEN ?1 AND ?2 AND (?3 IS NULL OR connection = ?3)
            ORDER BY after_message DESC, id DESC LIMIT ?4"
    );
    // A file that is only read is not brought up to date.
    if !super::exists(database, "gaps")? {
        return Ok(Vec::new());
    }
    let mut statement = database.prepare_cached(SQL)?;
    let connection = connection.map(|connection| connection.0);
    let rows = statement.query_map((first, last, connection, limit), read)?;
    let mut gaps = rows.collect::<rusqlite::Result<Vec<Gap>>>()?;
    gaps.reverse();
    Ok(gaps)
}

fn begin(
    database: &Connection,
    connection: ConnectionId,
    position: i64,
    after: u64,
    from: Timestamp,
    cause: &str,
) -> rusqlite::Result<()> {
    const SQL: &str = "INSERT INTO gaps
        (connection, after_sequence, after_message, from_at, cause) VALUES (?1, ?2, ?3, ?4, ?5)";
    let values = (connection.0, after.cast_signed(), position, from.0, cause);
    database.prepare_cached(SQL)?.execute(values).map(drop)
}

fn is_open(database: &Connection, connection: ConnectionId) -> rusqlite::Result<bool> {
    const SQL: &str = "SELECT 1 FROM gaps WHERE connection = ?1 AND to_at IS NULL";
    database.prepare_cached(SQL)?.exists([connection.0])
}

/// When the newest message came or the last gap ended, whichever was later.
pub(super) fn last_heard_of(
    database: &Connection,
    connection: ConnectionId,
) -> rusqlite::Result<Option<Timestamp>> {
    const SQL: &str = "SELECT max(at) FROM (
        SELECT last_at AS at FROM connections WHERE id = ?1
        UNION ALL SELECT max(to_at) FROM gaps WHERE connection = ?1)";
    let found = database
        .prepare_cached(SQL)?
        .query_row([connection.0], |row| row.get::<_, Option<i64>>(0))
        .optional()?;
    Ok(found.flatten().map(Timestamp))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Gap> {
    Ok(Gap {
        connection: ConnectionId(row.get(0)?),
        after_sequence: row.get::<_, i64>(1)?.cast_unsigned(),
        after_message: Some(row.get(2)?).filter(|id| *id > 0),
        from: Timestamp(row.get(3)?),
        to: row.get::<_, Option<i64>>(4)?.map(Timestamp),
        cause: row.get(5)?,
        session_kept: row.get(6)?,
    })
}

/// Removes the gaps of a connection that stand before the message `first` and have ended.
pub(crate) fn remove_before(
    database: &Connection,
    connection: ConnectionId,
    first: i64,
) -> rusqlite::Result<()> {
    const SQL: &str =
        "DELETE FROM gaps WHERE connection = ?1 AND after_message < ?2 AND to_at IS NOT NULL";
    database.prepare_cached(SQL)?.execute((connection.0, first)).map(drop)
}
