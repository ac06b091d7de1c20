//! Picks up a file where its last writer stopped: the tail, and the blocks that are in no segment.

use rusqlite::Connection;

use crate::block::{Damage, Head, Meta, Opener};
use crate::index::{Entry, Span};
use crate::pile::{Pile, Sizes};
use crate::tables::alone::too_large;
use crate::tables::{blocks, segments, tail, topics};

/// The pile as the last writer left it.
///
/// # Errors
/// The file cannot be read, or what it needs is damaged.
pub(super) fn resume(database: &Connection, sizes: Sizes) -> rusqlite::Result<Pile> {
    let packed_to = blocks::packed_to(database)?;
    let mut pile = Pile::new(sizes, packed_to).map_err(too_large)?;
    let mut opener = Opener::new().map_err(too_large)?;
    let mut raw = Vec::new();
    let mut position = segments::sealed_to(database)?;
    while let Some(block) = blocks::holding(database, position.saturating_add(1))? {
        opener.open_head(&blocks::beside(&block.span), &block.head, &mut raw)?;
        pile.know_block(block.span, entries(&raw, block.span)?);
        position = block.span.last;
    }
    let mut statement = database.prepare(tail::OLDEST_FIRST)?;
    let mut rows = statement.query((packed_to.saturating_add(1), i64::MAX, i64::MIN, i64::MAX))?;
    while let Some(row) = rows.next()? {
        let kept = tail::Kept::read(row)?;
        let (connection, _) = topics::name(database, kept.topic)??;
        pile.know_row(&kept.to_row(connection.0));
    }
    Ok(pile)
}

/// What an index needs of the messages of a block.
fn entries(head: &[u8], span: Span) -> Result<Vec<Entry>, Damage> {
    let head = Head::read(head)?;
    if !blocks::is_head_of(&span, &head) {
        return Err(Damage::Number);
    }
    let entry = |meta: &Meta| Entry::new(meta.topic, meta.id, meta.flags, meta.size);
    Ok(head.metas.iter().map(entry).collect())
}
