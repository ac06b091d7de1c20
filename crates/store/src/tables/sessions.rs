//! The table `sessions`: when a connection was up, as whom, and why it ended.

use rusqlite::{Connection, Row};
use wiretree_model::{ProtocolVersion, Timestamp};

use super::gaps::last_heard_of;
use crate::{ConnectionId, SessionStart, StoredSession};

macro_rules! columns {
    () => {
        "connection, after_sequence, after_message, from_at, to_at, cause, session_kept, \
         client_id, broker, protocol"
    };
}

/// What the writer is asked to write down.
#[derive(Debug)]
pub(crate) enum Mark {
    /// CONNACK said yes.
    Begin { after: u64, start: SessionStart },
    /// The connection has ended; `None`: when the file last heard of it, which is what is known of
    /// one that was killed.
    End { to: Option<Timestamp>, cause: String },
}

/// Writes a mark down; `position` is the newest message of the file. An end without a session
/// changes nothing, and says so.
pub(crate) fn write(
    database: &Connection,
    connection: ConnectionId,
    position: i64,
    mark: &Mark,
) -> rusqlite::Result<bool> {
    match mark {
        Mark::Begin { after, start } => begin(database, connection, position, *after, start),
        Mark::End { to, cause } => {
            // Whatever the clock did, none ends before it began.
            const SQL: &str = "UPDATE sessions SET to_at = max(from_at, ?2), cause = ?3
                WHERE connection = ?1 AND to_at IS NULL";
            let to = match to {
                Some(to) => Some(*to),
                None => last_heard_of(database, connection)?,
            };
            let to = to.map_or(i64::MIN, |to| to.0);
            Ok(database.prepare_cached(SQL)?.execute((connection.0, to, cause))? > 0)
        }
    }
}

fn begin(
    database: &Connection,
    connection: ConnectionId,
    position: i64,
    after: u64,
    start: &SessionStart,
) -> rusqlite::Result<bool> {
    const SQL: &str = concat!(
        "INSERT INTO sessions (",
        columns!(),
        ") VALUES (?1, ?2, ?3, ?4, NULL, NULL, ?5, ?6, ?7, ?8)"
    );
    let level = match start.protocol {
        ProtocolVersion::V31 => 3,
        ProtocolVersion::V311 => 4,
        ProtocolVersion::V5 => 5,
    };
    database.prepare_cached(SQL)?.execute((
        connection.0,
        after.cast_signed(),
        position,
        start.from.0,
        start.session_kept,
        &start.client_id,
        &start.broker,
        level,
    ))?;
    Ok(true)
}

/// The newest sessions that begin behind a message from `first` to `last`, oldest first, `limit` at
/// most.
pub(crate) fn between(
    database: &Connection,
    connection: Option<ConnectionId>,
    (first, last): (i64, i64),
    limit: i64,
) -> rusqlite::Result<Vec<StoredSession>> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM sessions WHERE after_message BETWEEN ?1 AND ?2 AND (?3 IS NULL OR connection = ?3)
            ORDER BY after_message DESC, id DESC LIMIT ?4"
    );
    // A file that is only read is not brought up to date.
    if !super::exists(database, "sessions")? {
        return Ok(Vec::new());
    }
    let mut statement = database.prepare_cached(SQL)?;
    let connection = connection.map(|connection| connection.0);
    let rows = statement.query_map((first, last, connection, limit), read)?;
    let mut sessions = rows.collect::<rusqlite::Result<Vec<StoredSession>>>()?;
    sessions.reverse();
    Ok(sessions)
}

/// Removes the sessions of a connection that began before the message `first` and ended before it
/// came; `None`: there is no message any more.
pub(crate) fn remove_before(
    database: &Connection,
    connection: ConnectionId,
    first: i64,
    came_at: Option<Timestamp>,
) -> rusqlite::Result<()> {
    const SQL: &str = "DELETE FROM sessions
        WHERE connection = ?1 AND after_message < ?2 AND to_at IS NOT NULL
        AND (?3 IS NULL OR to_at < ?3)";
    let came_at = came_at.map(|at| at.0);
    database.prepare_cached(SQL)?.execute((connection.0, first, came_at)).map(drop)
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredSession> {
    Ok(StoredSession {
        connection: ConnectionId(row.get(0)?),
        after_sequence: row.get::<_, i64>(1)?.cast_unsigned(),
        after_message: Some(row.get(2)?).filter(|id| *id > 0),
        start: SessionStart {
            from: Timestamp(row.get(3)?),
            session_kept: row.get(6)?,
            client_id: row.get(7)?,
            broker: row.get(8)?,
            protocol: match row.get(9)? {
                3_i64 => ProtocolVersion::V31,
                4 => ProtocolVersion::V311,
                _ => ProtocolVersion::V5,
            },
        },
        to: row.get::<_, Option<i64>>(4)?.map(Timestamp),
        cause: row.get(5)?,
    })
}
