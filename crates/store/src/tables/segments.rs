//! The table `segments`: stretches of messages that have postings, and the times they span.

use rusqlite::{Connection, OptionalExtension, Row};

/// Ids from `first` to `last`, both included, and the earliest and latest time of receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) min_at: i64,
    pub(crate) max_at: i64,
}

pub(crate) fn insert(database: &Connection, segment: Segment) -> rusqlite::Result<()> {
    const SQL: &str =
        "INSERT INTO segments (last_id, first_id, min_at, max_at) VALUES (?1, ?2, ?3, ?4)";
    let Segment { first, last, min_at, max_at } = segment;
    database.prepare_cached(SQL)?.execute((last, first, min_at, max_at))?;
    Ok(())
}

/// The last id that has postings; 0: none has.
pub(crate) fn sealed_to(database: &Connection) -> rusqlite::Result<i64> {
    database
        .prepare_cached("SELECT coalesce(max(last_id), 0) FROM segments")?
        .query_row([], |row| row.get(0))
}

/// The newest segment that begins before `id` and overlaps the time from `from` to `to`.
pub(crate) fn before(
    database: &Connection,
    id: i64,
    (from, to): (i64, i64),
) -> rusqlite::Result<Option<Segment>> {
    const SQL: &str = "SELECT first_id, last_id, min_at, max_at FROM segments
        WHERE first_id < ?1 AND max_at >= ?2 AND min_at <= ?3 ORDER BY first_id DESC LIMIT 1";
    database.prepare_cached(SQL)?.query_row((id, from, to), read).optional()
}

/// The oldest segment that ends behind `id` and overlaps the time from `from` to `to`.
pub(crate) fn after(
    database: &Connection,
    id: i64,
    (from, to): (i64, i64),
) -> rusqlite::Result<Option<Segment>> {
    const SQL: &str = "SELECT first_id, last_id, min_at, max_at FROM segments
        WHERE last_id > ?1 AND max_at >= ?2 AND min_at <= ?3 ORDER BY last_id LIMIT 1";
    database.prepare_cached(SQL)?.query_row((id, from, to), read).optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Segment> {
    Ok(Segment { first: row.get(0)?, last: row.get(1)?, min_at: row.get(2)?, max_at: row.get(3)? })
}
