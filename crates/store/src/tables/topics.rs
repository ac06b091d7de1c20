//! The table `topics`: the name of each topic of each connection. Names have no index.

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use crate::ConnectionId;

/// Writes topics down; the statement is kept, for there may be a million.
pub(crate) struct Insert<'a>(CachedStatement<'a>);

impl<'a> Insert<'a> {
    pub(crate) fn new(database: &'a Connection) -> rusqlite::Result<Self> {
        const SQL: &str = "INSERT INTO topics (id, connection, name) VALUES (?1, ?2, ?3)";
        database.prepare_cached(SQL).map(Self)
    }

    pub(crate) fn add(
        &mut self,
        id: i64,
        connection: ConnectionId,
        name: &[u8],
    ) -> rusqlite::Result<()> {
        self.0.execute((id, connection.0, name)).map(drop)
    }
}

/// The highest id in use; 0: none.
pub(crate) fn last_id(database: &Connection) -> rusqlite::Result<i64> {
    database.query_row("SELECT coalesce(max(id), 0) FROM topics", [], |row| row.get(0))
}

pub(crate) fn name(
    database: &Connection,
    id: i64,
) -> rusqlite::Result<Option<(ConnectionId, Vec<u8>)>> {
    const SQL: &str = "SELECT connection, name FROM topics WHERE id = ?1";
    database
        .prepare_cached(SQL)?
        .query_row([id], |row| Ok((ConnectionId(row.get(0)?), row.get(1)?)))
        .optional()
}

/// Shows the topics behind `after` in the order of their ids, until `visit` says that it is enough.
pub(crate) fn each_after(
    database: &Connection,
    after: i64,
    mut visit: impl FnMut(i64, ConnectionId, &[u8]) -> bool,
) -> rusqlite::Result<()> {
    const SQL: &str = "SELECT id, connection, name FROM topics WHERE id > ?1 ORDER BY id";
    let mut statement = database.prepare_cached(SQL)?;
    let mut rows = statement.query([after])?;
    while let Some(row) = rows.next()? {
        let name = row.get_ref(2)?.as_blob()?;
        if !visit(row.get(0)?, ConnectionId(row.get(1)?), name) {
            break;
        }
    }
    Ok(())
}
