//! In which blocks of a segment the topics that are wanted have messages.

use rusqlite::Connection;

use super::scope::Wanted;
use crate::block::{Damage, Opener};
use crate::index::{self, Directory, Listed, Span};
use crate::tables::segments::{self, Part};

/// The blocks of a segment that have messages of the topics that are wanted, ascending, without
/// those of another time; all of them, where that is most of them.
///
/// # Errors
/// It cannot be read; the inner one: the index is damaged.
pub(super) fn blocks(
    file: &Connection,
    opener: &mut Opener,
    segment: Span,
    wanted: &Wanted,
    (from, to): (i64, i64),
) -> rusqlite::Result<Result<Vec<Span>, Damage>> {
    let mut raw = Vec::new();
    if let Err(damage) = segments::open(file, opener, segment, Part::Directory, &mut raw)? {
        return Ok(Err(damage));
    }
    let listed = match listed(&raw, wanted) {
        Ok(listed) => listed,
        Err(damage) => return Ok(Err(damage)),
    };
    if listed.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    if let Err(damage) = segments::open(file, opener, segment, Part::Spans, &mut raw)? {
        return Ok(Err(damage));
    }
    let mut spans = match index::read_spans(&raw) {
        Ok(spans) => spans,
        Err(damage) => return Ok(Err(damage)),
    };
    spans.retain(|span| span.max_at >= from && span.min_at <= to);
    // Where most blocks have some, going through all of them is as fast.
    let messages: u64 = listed.iter().map(|listed| listed.count).sum();
    if messages > spans.len() as u64 * 2 {
        return Ok(Ok(spans));
    }
    if let Err(damage) = segments::open(file, opener, segment, Part::Places, &mut raw)? {
        return Ok(Err(damage));
    }
    Ok(holding(&listed, &raw, segment.first, spans))
}

/// The topics of a directory that are wanted.
pub(super) fn listed(raw: &[u8], wanted: &Wanted) -> Result<Vec<Listed>, Damage> {
    let is_wanted = |listed: &Result<Listed, Damage>| {
        listed.as_ref().is_ok_and(|listed| wanted.has(listed.topic)) || listed.is_err()
    };
    Directory::new(raw).filter(is_wanted).collect()
}

/// The spans that have a message of one of the topics.
fn holding(
    listed: &[Listed],
    places: &[u8],
    first: i64,
    spans: Vec<Span>,
) -> Result<Vec<Span>, Damage> {
    let mut ids = Vec::new();
    for listed in listed {
        listed.ids(places, first, &mut ids)?;
    }
    ids.sort_unstable();
    let mut ids = ids.into_iter().peekable();
    let mut found = Vec::new();
    for span in spans {
        while ids.next_if(|id| *id < span.first).is_some() {}
        if ids.next_if(|id| *id <= span.last).is_some() {
            found.push(span);
        }
    }
    Ok(found)
}
