//! The tables `segments` and `indexes`: stretches of blocks, the times they span, and their index.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::block::{Damage, Opener, Sealer};
use crate::index::{self, Parts, Span};
use crate::tables::alone::too_large;

pub(crate) fn insert(database: &Connection, segment: Span) -> rusqlite::Result<()> {
    const SQL: &str = "INSERT INTO segments (last_id, first_id, min_at, max_at, messages)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    let Span { first, last, min_at, max_at, count } = segment;
    database.prepare_cached(SQL)?.execute((last, first, min_at, max_at, count.cast_signed()))?;
    Ok(())
}

/// Writes the index of a segment down.
pub(crate) fn insert_index(
    database: &Connection,
    sealer: &mut Sealer,
    segment: Span,
    parts: &Parts,
) -> rusqlite::Result<()> {
    const SQL: &str =
        "INSERT INTO indexes (segment, spans, directory, places) VALUES (?1, ?2, ?3, ?4)";
    let mut seal = |part, raw: &[u8]| sealer.seal(&beside(segment, part), raw).map_err(too_large);
    let spans = seal(Part::Spans, &parts.spans)?;
    let directory = seal(Part::Directory, &parts.directory)?;
    let places = seal(Part::Places, &parts.places)?;
    database.prepare_cached(SQL)?.execute((segment.last, spans, directory, places)).map(drop)
}

/// A part of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Spans,
    Directory,
    Places,
}

/// A part of the index of a segment, opened into `out`.
///
/// # Errors
/// It cannot be read; the inner one: it is damaged, or missing.
pub(crate) fn open(
    database: &Connection,
    opener: &mut Opener,
    segment: Span,
    part: Part,
    out: &mut Vec<u8>,
) -> rusqlite::Result<Result<(), Damage>> {
    let sql = match part {
        Part::Spans => "SELECT spans FROM indexes WHERE segment = ?1",
        Part::Directory => "SELECT directory FROM indexes WHERE segment = ?1",
        Part::Places => "SELECT places FROM indexes WHERE segment = ?1",
    };
    let opened = database
        .prepare_cached(sql)?
        .query_row([segment.last], |row| {
            let sealed = row.get_ref(0)?.as_blob()?;
            Ok(opener.open_up_to(index::MOST_BYTES, &beside(segment, part), sealed, out))
        })
        .optional()?;
    Ok(opened.unwrap_or(Err(Damage::Missing)))
}

fn beside(segment: Span, part: Part) -> [i64; 3] {
    [segment.first, segment.last, part as i64]
}

/// The last id that has an index; 0: none has.
pub(crate) fn sealed_to(database: &Connection) -> rusqlite::Result<i64> {
    database
        .prepare_cached("SELECT coalesce(max(last_id), 0) FROM segments")?
        .query_row([], |row| row.get(0))
}

/// Messages in all segments.
pub(crate) fn total(database: &Connection) -> rusqlite::Result<u64> {
    database
        .prepare_cached("SELECT coalesce(sum(messages), 0) FROM segments")?
        .query_row([], |row| row.get::<_, i64>(0))
        .map(i64::cast_unsigned)
}

/// The newest segment that begins before `id` and overlaps the time from `from` to `to`.
pub(crate) fn before(
    database: &Connection,
    id: i64,
    (from, to): (i64, i64),
) -> rusqlite::Result<Option<Span>> {
    const SQL: &str = "SELECT first_id, last_id, min_at, max_at, messages FROM segments
        WHERE first_id < ?1 AND max_at >= ?2 AND min_at <= ?3 ORDER BY first_id DESC LIMIT 1";
    database.prepare_cached(SQL)?.query_row((id, from, to), read).optional()
}

/// The oldest segment that ends behind `id` and overlaps the time from `from` to `to`.
pub(crate) fn after(
    database: &Connection,
    id: i64,
    (from, to): (i64, i64),
) -> rusqlite::Result<Option<Span>> {
    const SQL: &str = "SELECT first_id, last_id, min_at, max_at, messages FROM segments
        WHERE last_id > ?1 AND max_at >= ?2 AND min_at <= ?3 ORDER BY last_id LIMIT 1";
    database.prepare_cached(SQL)?.query_row((id, from, to), read).optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Span> {
    Ok(Span {
        first: row.get(0)?,
        last: row.get(1)?,
        min_at: row.get(2)?,
        max_at: row.get(3)?,
        count: row.get::<_, i64>(4)?.cast_unsigned(),
    })
}

/// Removes a segment and its index; its blocks stay. Says whether it was there, just like this.
pub(crate) fn remove(database: &Connection, segment: Span) -> rusqlite::Result<bool> {
    const SQL: &str = "DELETE FROM segments WHERE last_id = ?1 AND first_id = ?2 AND messages = ?3";
    let values = (segment.last, segment.first, segment.count.cast_signed());
    let removed = database.prepare_cached(SQL)?.execute(values)? == 1;
    if removed {
        let index = "DELETE FROM indexes WHERE segment = ?1";
        database.prepare_cached(index)?.execute([segment.last])?;
    }
    Ok(removed)
}
