//! Where messages stand: in a segment, in a block that is in none, in the tail.

use rusqlite::Connection;

use crate::block::{Damage, Head, Meta, Opener};
use crate::index::Span;
use crate::tables::blocks::{self, Raw, beside};
use crate::tables::{segments, tail};

/// A place with messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Segment(Span),
    /// A block that is in no segment.
    Block(Span),
    /// The rows behind this number.
    Tail(i64),
}

impl Place {
    /// The next place with messages behind `position`.
    pub(crate) fn after(file: &Connection, position: i64) -> rusqlite::Result<Option<Self>> {
        let all = (i64::MIN, i64::MAX);
        if let Some(segment) = segments::after(file, position, all)? {
            return Ok(Some(Self::Segment(segment)));
        }
        if let Some(block) = blocks::after(file, position)? {
            return Ok(Some(Self::Block(block)));
        }
        let packed_to = blocks::packed_to(file)?.max(position);
        Ok((tail::last_id(file)? > packed_to).then_some(Self::Tail(packed_to)))
    }

    /// All places, oldest first.
    pub(crate) fn all(file: &Connection) -> rusqlite::Result<Vec<Self>> {
        let mut all = Vec::new();
        let mut position = i64::MIN;
        while let Some(place) = Self::after(file, position)? {
            all.push(place);
            match place {
                Self::Segment(span) | Self::Block(span) => position = span.last,
                Self::Tail(_) => break,
            }
        }
        Ok(all)
    }
}

/// A block with its opened head.
pub(crate) struct Opened {
    pub(crate) raw: Raw,
    pub(crate) metas: Vec<Meta>,
}

/// Reads the block with this span, and opens its head.
///
/// # Errors
/// It cannot be read; the inner one: it is damaged, or not there any more.
pub(crate) fn open(
    file: &Connection,
    opener: &mut Opener,
    span: &Span,
) -> rusqlite::Result<Result<Opened, Damage>> {
    let found = blocks::holding(file, span.last)?.filter(|raw| raw.span == *span);
    let Some(raw) = found else { return Ok(Err(Damage::Missing)) };
    let mut head = Vec::new();
    let opened = opener.open_head(&beside(&raw.span), &raw.head, &mut head);
    let opened = opened.and_then(|()| Head::read(&head)).and_then(|head| {
        let is_whole = blocks::is_head_of(span, &head);
        if is_whole { Ok(head.metas) } else { Err(Damage::Number) }
    });
    Ok(opened.map(|metas| Opened { raw, metas }))
}
