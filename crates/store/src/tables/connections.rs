//! The table `connections`: who recorded, and up to which sequence number.

use rusqlite::{Connection, OptionalExtension, Row};
use wiretree_model::Timestamp;

use crate::{ConnectionId, StoredConnection};

/// The connection with this key; made, or given its new name, where need be.
pub(crate) fn open(
    database: &Connection,
    key: &str,
    name: &str,
) -> rusqlite::Result<StoredConnection> {
    match find(database, key)? {
        Some(found) if found.name == name => Ok(found),
        _ => {
            const SQL: &str = "INSERT INTO connections (key, name) VALUES (?1, ?2)
                ON CONFLICT (key) DO UPDATE SET name = excluded.name
                RETURNING id, key, name, last_sequence";
            database.query_row(SQL, (key, name), read)
        }
    }
}

pub(crate) fn find(database: &Connection, key: &str) -> rusqlite::Result<Option<StoredConnection>> {
    const SQL: &str = "SELECT id, key, name, last_sequence FROM connections WHERE key = ?1";
    database.prepare_cached(SQL)?.query_row([key], read).optional()
}

pub(crate) fn all(database: &Connection) -> rusqlite::Result<Vec<StoredConnection>> {
    const SQL: &str = "SELECT id, key, name, last_sequence FROM connections ORDER BY id";
    database.prepare_cached(SQL)?.query_map([], read)?.collect()
}

/// Notes the newest message: its number, which is never lowered, and when it came.
pub(crate) fn note_newest(
    database: &Connection,
    connection: ConnectionId,
    sequence: u64,
    at: Timestamp,
) -> rusqlite::Result<()> {
    const SQL: &str = "UPDATE connections
        SET last_sequence = max(last_sequence, ?2), last_at = ?3 WHERE id = ?1";
    database.prepare_cached(SQL)?.execute((connection.0, sequence.cast_signed(), at.0))?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredConnection> {
    Ok(StoredConnection {
        id: ConnectionId(row.get(0)?),
        key: row.get(1)?,
        name: row.get(2)?,
        last_sequence: row.get::<_, i64>(3)?.cast_unsigned(),
    })
}
