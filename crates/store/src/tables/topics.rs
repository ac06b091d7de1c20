//! The table `topics`: the name of each topic of each connection. Names have no index.

use rusqlite::{CachedStatement, Connection, OptionalExtension, Row};

use crate::ConnectionId;
use crate::block::Damage;

/// Writes topics down; the statement is kept, for there may be a million.
pub(crate) struct Insert<'a>(CachedStatement<'a>);

impl<'a> Insert<'a> {
    pub(crate) fn new(database: &'a Connection) -> rusqlite::Result<Self> {
        const SQL: &str =
            "INSERT INTO topics (id, connection, name, checksum) VALUES (?1, ?2, ?3, ?4)";
        database.prepare_cached(SQL).map(Self)
    }

    pub(crate) fn add(
        &mut self,
        id: i64,
        connection: ConnectionId,
        name: &[u8],
    ) -> rusqlite::Result<()> {
        self.0.execute((id, connection.0, name, checksum(id, connection, name))).map(drop)
    }
}

/// The highest id in use; 0: none.
pub(crate) fn last_id(database: &Connection) -> rusqlite::Result<i64> {
    database.query_row("SELECT coalesce(max(id), 0) FROM topics", [], |row| row.get(0))
}

/// How many rows there are.
pub(crate) fn count(database: &Connection) -> rusqlite::Result<usize> {
    let count = "SELECT count(*) FROM topics";
    let count = database.query_row(count, [], |row| row.get::<_, i64>(0))?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// The name of a topic, and whose it is; `None`: there is none.
///
/// # Errors
/// The file cannot be read; the inner one: the row is damaged.
pub(crate) fn name(
    database: &Connection,
    id: i64,
) -> rusqlite::Result<Result<(ConnectionId, Vec<u8>), Damage>> {
    const SQL: &str = "SELECT id, connection, name, checksum FROM topics WHERE id = ?1";
    let found = database
        .prepare_cached(SQL)?
        .query_row([id], |row| Ok(checked(row)?.map(|(_, of, name)| (of, name.to_vec()))))
        .optional()?;
    Ok(found.unwrap_or(Err(Damage::Missing)))
}

/// Shows the topics behind `after` in the order of their ids, until `visit` says that it is enough.
/// One that is damaged is no topic; a message that comes on it makes it anew.
pub(crate) fn each_after(
    database: &Connection,
    after: i64,
    mut visit: impl FnMut(i64, ConnectionId, &[u8]) -> bool,
) -> rusqlite::Result<()> {
    const SQL: &str = "SELECT id, connection, name, checksum FROM topics WHERE id > ?1 ORDER BY id";
    let mut statement = database.prepare_cached(SQL)?;
    let mut rows = statement.query([after])?;
    while let Some(row) = rows.next()? {
        let Ok((id, connection, name)) = checked(row)? else { continue };
        if !visit(id, connection, name) {
            break;
        }
    }
    Ok(())
}

pub(crate) type Named<'a> = (i64, ConnectionId, &'a [u8]);

/// A row of a topic, if it is whole.
pub(crate) fn checked<'a>(row: &'a Row<'_>) -> rusqlite::Result<Result<Named<'a>, Damage>> {
    let (id, connection, name) =
        (row.get(0)?, ConnectionId(row.get(1)?), row.get_ref(2)?.as_blob()?);
    let is_whole = row.get::<_, i64>(3)? == i64::from(checksum(id, connection, name));
    Ok(if is_whole { Ok((id, connection, name)) } else { Err(Damage::Checksum) })
}

fn checksum(id: i64, connection: ConnectionId, name: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&id.to_le_bytes());
    hasher.update(&connection.0.to_le_bytes());
    hasher.update(name);
    hasher.finalize()
}

/// Removes a topic.
pub(crate) fn remove(database: &Connection, id: i64) -> rusqlite::Result<()> {
    database.prepare_cached("DELETE FROM topics WHERE id = ?1")?.execute([id]).map(drop)
}
