//! The regions of a file, one behind the other: its segments, the blocks behind the last of them, and
//! the tail. Absent: what is in them.

use rusqlite::Connection;

use crate::index::Span;
use crate::tables::blocks::{self, Way};
use crate::tables::{segments, tail};

/// A stretch of numbers, both ends included, of one region.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) place: Place,
}

/// In which form messages stand there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// Rows of the tail.
    Tail,
    /// Blocks without an index.
    Blocks,
    /// Blocks of a segment.
    Segment(Span),
}

/// Where the regions of a file end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// The last message with an index.
    sealed: i64,
    /// The last message in a block.
    packed: i64,
    /// The last message to look at.
    newest: i64,
}

impl Extent {
    /// Of the messages up to `end`.
    pub(super) fn of(file: &Connection, end: i64) -> rusqlite::Result<Self> {
        let packed = blocks::packed_to(file)?;
        let newest = tail::last_id(file)?.max(packed).min(end);
        Ok(Self { sealed: segments::sealed_to(file)?, packed, newest })
    }

    /// What to look at behind `position`: what is left of the region there, or the next one. Segments
    /// of another time are passed over.
    pub(super) fn next(
        &self,
        file: &Connection,
        way: Way,
        position: i64,
        times: (i64, i64),
    ) -> rusqlite::Result<Option<Region>> {
        let tail = (self.packed.saturating_add(1), i64::MAX, Place::Tail);
        let loose = (self.sealed.saturating_add(1), self.packed, Place::Blocks);
        let sealed =
            |found: Option<Span>| found.map(|span| (span.first, span.last, Place::Segment(span)));
        let (from, to) = match way {
            Way::Down => (i64::MIN, position.saturating_sub(1).min(self.newest)),
            Way::Up => (position.saturating_add(1), self.newest),
        };
        let next = match way {
            Way::Down if to > self.packed => Some(tail),
            Way::Down if to > self.sealed => Some(loose),
            Way::Down => sealed(segments::before(file, position, times)?),
            Way::Up if from <= self.sealed => {
                let sealed = sealed(segments::after(file, position, times)?);
                Some(sealed.unwrap_or(if self.packed > self.sealed { loose } else { tail }))
            }
            Way::Up if from <= self.packed => Some(loose),
            Way::Up => Some(tail),
        };
        let clip = |(first, last, place): (i64, i64, _)| Region {
            first: first.max(from),
            last: last.min(to),
            place,
        };
        Ok(next.map(clip).filter(|region| region.first <= region.last))
    }
}
