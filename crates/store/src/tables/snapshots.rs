//! The table `snapshots`: what every topic was at the end of some segments.

use rusqlite::{Connection, OptionalExtension};

use crate::block::{Damage, Opener, Sealer};
use crate::past::{self, Known};
use crate::tables::alone::too_large;

/// Messages for each topic between two snapshots, at least: so they stay small beside the messages.
const FOR_EACH_TOPIC: u64 = 4;

/// Whether enough has come since the last one.
pub(crate) fn is_due(database: &Connection, messages: u64) -> rusqlite::Result<bool> {
    const SQL: &str = "SELECT coalesce(sum(messages), 0) FROM segments
        WHERE last_id > (SELECT coalesce(max(last_id), 0) FROM snapshots)";
    let since: i64 = database.prepare_cached(SQL)?.query_row([], |row| row.get(0))?;
    if since.cast_unsigned() < messages {
        return Ok(false);
    }
    let topics = super::topics::last_id(database)?.cast_unsigned();
    Ok(since.cast_unsigned() >= topics.saturating_mul(FOR_EACH_TOPIC))
}

/// Adds one for the end of a segment.
pub(crate) fn insert(
    database: &Connection,
    sealer: &mut Sealer,
    last: i64,
    known: &Known,
) -> rusqlite::Result<()> {
    const SQL: &str = "INSERT INTO snapshots (last_id, topics, content) VALUES (?1, ?2, ?3)";
    let sealed = sealer.seal(&[last], &past::encode(known)).map_err(too_large)?;
    database.prepare_cached(SQL)?.execute((last, known.len() as i64, sealed)).map(drop)
}

/// The newest one up to a position, and where it stands; the inner error: it is damaged.
pub(crate) fn before(
    database: &Connection,
    opener: &mut Opener,
    position: i64,
) -> rusqlite::Result<Option<(i64, Result<Known, Damage>)>> {
    const SQL: &str = "SELECT last_id, content FROM snapshots WHERE last_id <= ?1
        ORDER BY last_id DESC LIMIT 1";
    let mut raw = Vec::new();
    let opened = database
        .prepare_cached(SQL)?
        .query_row([position], |row| {
            let last = row.get(0)?;
            Ok((last, opener.open(&[last], row.get_ref(1)?.as_blob()?, &mut raw)))
        })
        .optional()?;
    Ok(opened.map(|(last, opened)| (last, opened.and_then(|()| past::decode(&raw)))))
}
