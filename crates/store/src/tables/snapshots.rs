//! The table `snapshots`: what every topic was at the end of some segments.

use rusqlite::{Connection, OptionalExtension};

use crate::block::{Damage, Opener, Sealer};
use crate::past::{self, Known};
use crate::tables::alone::too_large;

/// Messages for each topic between two snapshots, at least: so they stay small beside the messages.
const FOR_EACH_TOPIC: u64 = 4;

/// Whether enough has come since the last one, and not so much that to make it would hold up the
/// writer, as when some were removed: these are made beside it.
pub(crate) fn is_due(database: &Connection, messages: u64) -> rusqlite::Result<bool> {
    const SQL: &str = "SELECT coalesce(sum(messages), 0) FROM segments
        WHERE last_id > (SELECT coalesce(max(last_id), 0) FROM snapshots)";
    let since: i64 = database.prepare_cached(SQL)?.query_row([], |row| row.get(0))?;
    let since = since.cast_unsigned();
    if since < messages {
        return Ok(false);
    }
    let enough = enough(database, messages)?;
    Ok((enough..enough.saturating_mul(2)).contains(&since))
}

fn enough(database: &Connection, messages: u64) -> rusqlite::Result<u64> {
    let topics = super::topics::last_id(database)?.cast_unsigned();
    Ok(messages.max(topics.saturating_mul(FOR_EACH_TOPIC)))
}

/// Where the first one is missing: the end of a segment.
pub(crate) fn missing(database: &Connection, messages: u64) -> rusqlite::Result<Option<i64>> {
    const SQL: &str = "SELECT last_id, messages FROM segments
        WHERE last_id > (SELECT coalesce(max(last_id), 0) FROM snapshots) ORDER BY last_id";
    let enough = enough(database, messages)?;
    let mut since = 0_u64;
    let mut statement = database.prepare_cached(SQL)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        since = since.saturating_add(row.get::<_, i64>(1)?.cast_unsigned());
        if since >= enough {
            return row.get(0).map(Some);
        }
    }
    Ok(None)
}

/// Removes those that have seen the message `first`.
pub(crate) fn remove_from(database: &Connection, first: i64) -> rusqlite::Result<()> {
    database.prepare_cached("DELETE FROM snapshots WHERE last_id >= ?1")?.execute([first]).map(drop)
}

/// Adds one for the end of a segment.
pub(crate) fn insert(
    database: &Connection,
    sealer: &mut Sealer,
    last: i64,
    known: &Known,
) -> rusqlite::Result<()> {
    const SQL: &str =
        "INSERT OR IGNORE INTO snapshots (last_id, topics, content) VALUES (?1, ?2, ?3)";
    let sealed = sealer.seal(&[last], &past::encode(known)).map_err(too_large)?;
    database.prepare_cached(SQL)?.execute((last, known.len() as i64, sealed)).map(drop)
}

/// The newest one up to a position, and where it stands; the inner error: it is damaged.
pub(crate) fn before(
    database: &Connection,
    opener: &mut Opener,
    position: i64,
) -> rusqlite::Result<Option<(i64, Result<Known, Damage>)>> {
    const SQL: &str = "SELECT last_id, content, topics FROM snapshots WHERE last_id <= ?1
        ORDER BY last_id DESC LIMIT 1";
    let mut raw = Vec::new();
    let opened = database
        .prepare_cached(SQL)?
        .query_row([position], |row| {
            let last = row.get(0)?;
            let opened = opener.open(&[last], row.get_ref(1)?.as_blob()?, &mut raw);
            Ok((last, row.get::<_, i64>(2)?, opened))
        })
        .optional()?;
    let Some((last, topics, opened)) = opened else { return Ok(None) };
    let most = past::most(database, usize::try_from(topics).unwrap_or(0))?;
    Ok(Some((last, opened.and_then(|()| past::decode(&raw, most)))))
}
