//! The table `blocks`: messages by the block, in the order of arrival.

use rusqlite::{CachedStatement, Connection, OptionalExtension, Row};

use crate::block::{Head, Packed};
use crate::index::Span;

macro_rules! columns {
    () => {
        "first_id, last_id, min_at, max_at, messages, head, body"
    };
}

/// Blocks that end from `?1` to `?2` and overlap the time from `?3` to `?4`, `?5` at the most.
const OLDEST_FIRST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM blocks WHERE last_id BETWEEN ?1 AND ?2 AND max_at >= ?3 AND min_at <= ?4
        ORDER BY last_id LIMIT ?5"
);
const NEWEST_FIRST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM blocks WHERE last_id BETWEEN ?1 AND ?2 AND max_at >= ?3 AND min_at <= ?4
        ORDER BY last_id DESC LIMIT ?5"
);

const INSERT: &str =
    concat!("INSERT INTO blocks (", columns!(), ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
/// A block as it stands on the disk.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) span: Span,
    pub(crate) head: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

impl Raw {
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { span: span(row)?, head: row.get(5)?, body: row.get(6)? })
    }
}

/// The numbers that the checksums of a block's parts cover.
pub(crate) fn beside(span: &Span) -> [i64; 5] {
    [span.first, span.last, span.min_at, span.max_at, span.count.cast_signed()]
}

/// Whether a head is that of the block with this span.
pub(crate) fn is_head_of(span: &Span, head: &Head) -> bool {
    let ends = head.metas.first().zip(head.metas.last());
    let ends = ends.map(|(first, last)| (first.id, last.id));
    ends == Some((span.first, span.last)) && head.metas.len() as u64 == span.count
}

fn span(row: &Row<'_>) -> rusqlite::Result<Span> {
    Ok(Span {
        first: row.get(0)?,
        last: row.get(1)?,
        min_at: row.get(2)?,
        max_at: row.get(3)?,
        count: row.get::<_, i64>(4)?.cast_unsigned(),
    })
}

/// Adds a block.
pub(crate) fn insert(database: &Connection, packed: &Packed) -> rusqlite::Result<()> {
    let Packed { first, last, min_at, max_at, count, head, body } = packed;
    database.prepare_cached(INSERT)?.execute((first, last, min_at, max_at, count, head, body))?;
    Ok(())
}

/// Adds a block as it stood in another file.
pub(crate) fn insert_raw(database: &Connection, block: &Raw) -> rusqlite::Result<()> {
    let Raw { span, head, body } = block;
    let Span { first, last, min_at, max_at, count } = span;
    let values = (first, last, min_at, max_at, count.cast_signed(), head, body);
    database.prepare_cached(INSERT)?.execute(values).map(drop)
}

/// The last number in a block; 0: there is no block.
pub(crate) fn packed_to(database: &Connection) -> rusqlite::Result<i64> {
    database
        .prepare_cached("SELECT coalesce(max(last_id), 0) FROM blocks")?
        .query_row([], |row| row.get(0))
}

/// The last number of the block that the message `id` is in, or that stands behind it.
pub(crate) fn end_of(database: &Connection, id: i64) -> rusqlite::Result<Option<i64>> {
    const SQL: &str = "SELECT last_id FROM blocks WHERE last_id >= ?1 ORDER BY last_id LIMIT 1";
    database.prepare_cached(SQL)?.query_row([id], |row| row.get(0)).optional()
}

/// The block that the message `id` is in, or that stands behind it.
pub(crate) fn holding(database: &Connection, id: i64) -> rusqlite::Result<Option<Raw>> {
    const SQL: &str =
        concat!("SELECT ", columns!(), " FROM blocks WHERE last_id >= ?1 ORDER BY last_id LIMIT 1");
    database.prepare_cached(SQL)?.query_row([id], Raw::read).optional()
}

/// In which direction blocks are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Up,
    Down,
}

/// Up to `limit` blocks that end from `low` to `high` and overlap the time.
pub(crate) fn read(
    database: &Connection,
    way: Way,
    (low, high): (i64, i64),
    (from, to): (i64, i64),
    limit: usize,
) -> rusqlite::Result<Vec<Raw>> {
    let mut statement = statement(database, way)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    statement.query_map((low, high, from, to, limit), Raw::read)?.collect()
}

fn statement(database: &Connection, way: Way) -> rusqlite::Result<CachedStatement<'_>> {
    database.prepare_cached(match way {
        Way::Up => OLDEST_FIRST,
        Way::Down => NEWEST_FIRST,
    })
}

/// The spans of the blocks that end from `low` to `high`, ascending.
pub(crate) fn spans(database: &Connection, low: i64, high: i64) -> rusqlite::Result<Vec<Span>> {
    const SQL: &str = "SELECT first_id, last_id, min_at, max_at, messages FROM blocks
        WHERE last_id BETWEEN ?1 AND ?2 ORDER BY last_id";
    database.prepare_cached(SQL)?.query_map((low, high), span)?.collect()
}

/// The first block behind `id`.
pub(crate) fn after(database: &Connection, id: i64) -> rusqlite::Result<Option<Span>> {
    const SQL: &str = "SELECT first_id, last_id, min_at, max_at, messages FROM blocks
        WHERE last_id > ?1 ORDER BY last_id LIMIT 1";
    database.prepare_cached(SQL)?.query_row([id], span).optional()
}

/// The bytes of the blocks that end from `low` to `high`.
pub(crate) fn bytes(database: &Connection, low: i64, high: i64) -> rusqlite::Result<u64> {
    const SQL: &str = "SELECT coalesce(sum(length(head) + length(body)), 0) FROM blocks
        WHERE last_id BETWEEN ?1 AND ?2";
    let bytes = database.prepare_cached(SQL)?.query_row((low, high), |row| row.get::<_, i64>(0));
    bytes.map(i64::cast_unsigned)
}

/// Removes a block. Says whether it was there.
pub(crate) fn remove(database: &Connection, span: &Span) -> rusqlite::Result<bool> {
    const SQL: &str = "DELETE FROM blocks WHERE last_id = ?1 AND first_id = ?2 AND messages = ?3";
    let values = (span.last, span.first, span.count.cast_signed());
    database.prepare_cached(SQL)?.execute(values).map(|removed| removed == 1)
}
