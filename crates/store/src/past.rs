//! What the topics were when a message had just come: from the last snapshot before it, the indexes
//! of the segments that follow, and the messages behind them.
//!
//! Promises: the rule of the live tree (a message with RETAIN and a payload sets the mark, one with
//! RETAIN and none clears it, what we sent ourselves does not count); an index that is damaged is
//! made up for by its blocks. Absent: the names of topics.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use rusqlite::Connection;

use crate::block::{Cursor, Damage, Head, Meta, Opener, flag, put, put_signed};
use crate::index::{Directory, Entry, Span};
use crate::tables::alone::too_large;
use crate::tables::blocks::{self, Way};
use crate::tables::segments::{self, Part};
use crate::tables::{snapshots, tail, topics};

const ALWAYS: (i64, i64) = (i64::MIN, i64::MAX);
/// Blocks whose heads are looked at in one go.
const CHUNK: usize = 64;
/// So many topics are believed; of more, the table of topics has as many rows.
const FEW: usize = 1 << 20;

/// A topic as it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Messages received on it.
    pub(crate) messages: u64,
    /// The number of the last of them.
    pub(crate) last: i64,
    /// Whether the broker keeps a message for it, as far as we were told.
    pub(crate) retained: bool,
}

/// Topics by number, of all connections.
pub(crate) type Known = HashMap<i64, Facts, RandomState>;

/// At the end of a segment.
pub(crate) fn at_segment(database: &Connection, last: i64) -> rusqlite::Result<Known> {
    Ok(indexed(database, &mut Opener::new().map_err(too_large)?, last)?.0)
}

/// When the message numbered `position` had just come.
pub(crate) fn at(database: &Connection, position: i64) -> rusqlite::Result<Known> {
    let mut opener = Opener::new().map_err(too_large)?;
    let (mut known, reached) = indexed(database, &mut opener, position)?;
    let rest = (reached.saturating_add(1), position);
    each_head(database, &mut opener, rest, &mut |meta| note(&mut known, meta))?;
    let from = blocks::packed_to(database)?.max(reached).saturating_add(1);
    let mut statement = database.prepare_cached(tail::OLDEST_FIRST)?;
    let mut rows = statement.query((from, position, ALWAYS.0, ALWAYS.1))?;
    while let Some(row) = rows.next()? {
        let Ok(kept) = tail::Kept::read(row) else { continue };
        take(&mut known, Entry::new(kept.topic, kept.id, kept.marks.flags, kept.size));
    }
    Ok(known)
}

/// By snapshot and indexes alone, and up to where they go.
fn indexed(
    database: &Connection,
    opener: &mut Opener,
    position: i64,
) -> rusqlite::Result<(Known, i64)> {
    let (mut known, mut reached) = match snapshots::before(database, opener, position)? {
        Some((last, Ok(known))) => (known, last),
        // Without it, it only takes longer.
        Some((_, Err(_))) | None => (Known::default(), 0),
    };
    let mut most = FEW;
    while let Some(segment) = segments::after(database, reached, ALWAYS)? {
        if segment.last > position {
            break;
        }
        if add_segment(database, opener, segment, &mut known)?.is_err() {
            let range = (segment.first, segment.last);
            each_head(database, opener, range, &mut |meta| note(&mut known, meta))?;
        }
        reached = segment.last;
        if known.len() > most {
            most = self::most(database, known.len())?;
            if known.len() > most {
                return Err(Damage::Number.into());
            }
        }
    }
    Ok((known, reached))
}

/// How many topics there may be, when it is said that there are so many.
pub(crate) fn most(database: &Connection, said: usize) -> rusqlite::Result<usize> {
    match said {
        0..=FEW => Ok(FEW),
        _ => Ok(FEW.max(topics::count(database)?)),
    }
}

fn add_segment(
    database: &Connection,
    opener: &mut Opener,
    segment: Span,
    known: &mut Known,
) -> rusqlite::Result<Result<(), Damage>> {
    let (mut directory, mut places) = (Vec::new(), Vec::new());
    for (part, out) in [(Part::Directory, &mut directory), (Part::Places, &mut places)] {
        if let Err(damage) = segments::open(database, opener, segment, part, out)? {
            return Ok(Err(damage));
        }
    }
    Ok(add_directory(&directory, &places, segment.first, known))
}

fn add_directory(
    directory: &[u8],
    places: &[u8],
    first: i64,
    known: &mut Known,
) -> Result<(), Damage> {
    for listed in Directory::new(directory) {
        let listed = listed?;
        let (count, last) = listed.received(places, first)?;
        let Some(last) = last else { continue };
        let facts = known.entry(listed.topic).or_default();
        facts.messages = facts.messages.saturating_add(count);
        facts.last = last;
        facts.retained = listed.retained.holds(facts.retained);
    }
    Ok(())
}

/// Shows the messages from `first` to `last` that are in blocks, ascending, without their content.
/// Blocks that are damaged are passed over.
pub(crate) fn each_head(
    database: &Connection,
    opener: &mut Opener,
    (first, last): (i64, i64),
    visit: &mut dyn FnMut(&Meta),
) -> rusqlite::Result<()> {
    let (mut low, mut raw) = (first, Vec::new());
    // The last of the messages may stand in the middle of a block, or behind all of them.
    let end = match blocks::end_of(database, last)? {
        Some(end) => end,
        None => blocks::packed_to(database)?,
    };
    while low <= end && first <= last {
        let list = blocks::read(database, Way::Up, (low, end), ALWAYS, CHUNK)?;
        let Some(newest) = list.last() else { break };
        low = newest.span.last.saturating_add(1);
        for block in list {
            let opened = opener.open_head(&blocks::beside(&block.span), &block.head, &mut raw);
            let Ok(head) = opened.and_then(|()| Head::read(&raw)) else { continue };
            head.metas
                .iter()
                .filter(|meta| (first..=last).contains(&meta.id))
                .for_each(&mut *visit);
        }
    }
    Ok(())
}

fn note(known: &mut Known, meta: &Meta) {
    take(known, Entry::new(meta.topic, meta.id, meta.flags & !flag::ALONE, meta.size));
}

fn take(known: &mut Known, entry: Entry) {
    if entry.is_sent {
        return;
    }
    let facts = known.entry(entry.topic).or_default();
    facts.messages = facts.messages.saturating_add(1);
    facts.last = entry.id;
    facts.retained = entry.retained.holds(facts.retained);
}

/// A snapshot: topics ascending, as steps; the last message as a step with sign; how many messages,
/// and the mark.
pub(crate) fn encode(known: &Known) -> Vec<u8> {
    let mut topics: Vec<_> = known.iter().collect();
    topics.sort_unstable_by_key(|(topic, _)| **topic);
    let mut out = Vec::with_capacity(topics.len() * 6);
    let (mut topic_before, mut last_before) = (0_i64, 0_i64);
    for (topic, facts) in topics {
        put(&mut out, topic.wrapping_sub(topic_before).cast_unsigned());
        put_signed(&mut out, facts.last.wrapping_sub(last_before));
        put(&mut out, facts.messages << 1 | u64::from(facts.retained));
        (topic_before, last_before) = (*topic, facts.last);
    }
    out
}

/// What [`encode`] wrote, of `most` topics at the most.
pub(crate) fn decode(raw: &[u8], most: usize) -> Result<Known, Damage> {
    let mut from = Cursor::new(raw);
    let mut known = Known::default();
    let (mut topic, mut last) = (0_i64, 0_i64);
    while !from.is_empty() {
        topic = topic.wrapping_add_unsigned(from.number()?);
        last = last.wrapping_add(from.signed()?);
        let messages = from.number()?;
        let facts = Facts { messages: messages >> 1, last, retained: messages & 1 != 0 };
        known.insert(topic, facts);
        if known.len() > most {
            return Err(Damage::Number);
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_snapshot_comes_back(
            given in proptest::collection::hash_map(
                any::<i64>(), (0..u64::MAX >> 1, any::<i64>(), any::<bool>()), 0..40),
        ) {
            let known: Known = given
                .into_iter()
                .map(|(topic, (messages, last, retained))| (topic, Facts { messages, last, retained }))
                .collect();
            prop_assert_eq!(decode(&encode(&known), 40).unwrap(), known);
        }

        #[test]
        fn a_snapshot_of_more_topics_than_there_are_is_damage(count in 1_usize..50, most in 0_usize..50) {
            let raw = [1, 0, 0].repeat(count);
            prop_assert_eq!(decode(&raw, most).is_ok(), count <= most);
        }

        #[test]
        fn any_bytes_are_a_snapshot_or_an_error(raw in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = decode(&raw, 40);
        }
    }
}
