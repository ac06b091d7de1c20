//! The table `alone`: properties and payload of each message that is too large for a block.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension};

use crate::block::{self, Cursor, Damage, Opener, Sealer};

/// Properties and payload, opened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) properties: Bytes,
    pub(crate) payload: Bytes,
}

/// Writes down what a message holds.
pub(crate) fn insert(
    database: &Connection,
    sealer: &mut Sealer,
    id: i64,
    properties: &[u8],
    payload: &[u8],
) -> rusqlite::Result<()> {
    let mut raw = Vec::with_capacity(properties.len() + payload.len() + 8);
    block::put(&mut raw, properties.len() as u64);
    raw.extend_from_slice(properties);
    raw.extend_from_slice(payload);
    let sealed = sealer.seal(&[id], &raw).map_err(too_large)?;
    insert_sealed(database, id, &sealed)
}

/// Writes down what is sealed already.
pub(crate) fn insert_sealed(database: &Connection, id: i64, sealed: &[u8]) -> rusqlite::Result<()> {
    const SQL: &str = "INSERT INTO alone (id, content) VALUES (?1, ?2)";
    database.prepare_cached(SQL)?.execute((id, sealed)).map(drop)
}

/// What a message holds.
///
/// # Errors
/// It cannot be read; the inner one: it is damaged, or missing.
pub(crate) fn read(
    database: &Connection,
    opener: &mut Opener,
    id: i64,
) -> rusqlite::Result<Result<Content, Damage>> {
    const SQL: &str = "SELECT content FROM alone WHERE id = ?1";
    let mut raw = Vec::new();
    let opened = database
        .prepare_cached(SQL)?
        .query_row([id], |row| Ok(opener.open(&[id], row.get_ref(0)?.as_blob()?, &mut raw)))
        .optional()?;
    Ok(opened.unwrap_or(Err(Damage::Missing)).and_then(|()| Content::new(raw)))
}

impl Content {
    fn new(raw: Vec<u8>) -> Result<Self, Damage> {
        let mut from = Cursor::new(&raw);
        let length = from.size()?;
        let front = raw.len() - from.rest().len();
        let split = front.checked_add(length).filter(|split| *split <= raw.len());
        let split = split.ok_or(Damage::Truncated)?;
        let raw = Bytes::from(raw);
        Ok(Self { properties: raw.slice(front..split), payload: raw.slice(split..) })
    }
}

/// No packet is that large, so no message is.
pub(crate) fn too_large(error: std::io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

/// How many bytes what stands alone takes, of the messages from `first` to `last`.
pub(crate) fn lengths(
    database: &Connection,
    first: i64,
    last: i64,
) -> rusqlite::Result<Vec<(i64, u64)>> {
    const SQL: &str =
        "SELECT id, length(content) FROM alone WHERE id BETWEEN ?1 AND ?2 ORDER BY id";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()));
    database.prepare_cached(SQL)?.query_map((first, last), read)?.collect()
}

/// Removes what stands alone of the messages from `first` to `last`.
pub(crate) fn remove(database: &Connection, first: i64, last: i64) -> rusqlite::Result<()> {
    const SQL: &str = "DELETE FROM alone WHERE id BETWEEN ?1 AND ?2";
    database.prepare_cached(SQL)?.execute((first, last)).map(drop)
}
