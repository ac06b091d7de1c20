//! How far the messages of a file go, over blocks and tail.

use rusqlite::Connection;
use wiretree_model::Timestamp;

use crate::Progressed;
use crate::block::{Damage, Head, Opener};
use crate::tables::alone::too_large;
use crate::tables::{blocks, tail};

/// The highest id in use; 0: none.
pub(crate) fn last_id(database: &Connection) -> rusqlite::Result<i64> {
    Ok(blocks::packed_to(database)?.max(tail::last_id(database)?))
}

/// The lowest id in use; 1: none.
fn first_id(database: &Connection) -> rusqlite::Result<i64> {
    const SQL: &str = "SELECT coalesce((SELECT first_id FROM blocks ORDER BY last_id LIMIT 1),
        (SELECT min(id) FROM tail), 1)";
    database.prepare_cached(SQL)?.query_row([], |row| row.get(0))
}

/// How many messages there are.
pub(crate) fn total(database: &Connection) -> rusqlite::Result<u64> {
    const SQL: &str = "SELECT
        (SELECT coalesce(sum(messages), 0) FROM segments)
        + (SELECT coalesce(sum(messages), 0) FROM blocks
            WHERE last_id > (SELECT coalesce(max(last_id), 0) FROM segments))";
    let packed: i64 = database.prepare_cached(SQL)?.query_row([], |row| row.get(0))?;
    Ok(packed.cast_unsigned() + tail::count(database)?)
}

/// How much of the messages up to `last` lies at or before `position`; numbers that were removed
/// from the middle count as messages here.
pub(crate) fn progressed(
    database: &Connection,
    position: i64,
    last: i64,
) -> rusqlite::Result<Progressed> {
    let first = first_id(database)?;
    let count = |to: i64| to.saturating_add(1).saturating_sub(first).max(0).cast_unsigned();
    Ok(Progressed { scanned: count(position.min(last)), total: count(last) })
}

/// When the first message at or behind `id` was received; of a block that is damaged, its earliest.
pub(crate) fn received_at(database: &Connection, id: i64) -> rusqlite::Result<Option<Timestamp>> {
    const SQL: &str = "SELECT received_at FROM tail WHERE id >= ?1 ORDER BY id LIMIT 1";
    let Some(block) = blocks::holding(database, id)? else {
        let mut statement = database.prepare_cached(SQL)?;
        let mut rows = statement.query([id])?;
        return rows.next()?.map(|row| row.get(0).map(Timestamp)).transpose();
    };
    let mut opener = Opener::new().map_err(too_large)?;
    let mut raw = Vec::new();
    let opened = opener.open_head(&blocks::beside(&block.span), &block.head, &mut raw);
    let at = opened.and_then(|()| Head::read(&raw)).and_then(|head| {
        let meta = head.metas.iter().find(|meta| meta.id >= id);
        meta.map(|meta| meta.received_at).ok_or(Damage::Missing)
    });
    Ok(Some(Timestamp(at.unwrap_or(block.span.min_at))))
}
