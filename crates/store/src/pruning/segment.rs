//! A segment that loses messages: its index is built anew with each slice, so that it is right in
//! every state that the file is ever in.

use rusqlite::Connection;

use super::place;
use super::prepare::{At, Bounds, Next, Rewriter, Slice};
use super::selection::Selection;
use crate::block::Opener;
use crate::index::{self, Directory, Entry, Listed, Span};
use crate::pile::segment_of;
use crate::tables::alone::{self, too_large};
use crate::tables::blocks;
use crate::tables::segments::{self, Part};

/// A segment as it stands in the file.
pub(crate) struct Segment {
    span: Span,
    blocks: Vec<Span>,
    /// Of all its messages, in the order of their numbers.
    entries: Vec<Entry>,
    /// Blocks up to this message have been looked at.
    reached: i64,
    is_through: bool,
}

impl Segment {
    /// Looks at the index of a segment. Gives what to do with it at once, which is mostly nothing,
    /// and sometimes to remove all of it; or else the segment, to go through.
    pub(crate) fn look(
        file: &Connection,
        selection: &Selection,
        segment: Span,
        bounds: Bounds,
    ) -> rusqlite::Result<Result<Self, Next>> {
        let at_once = Next { reached: segment.last, scanned: segment.count, ..Next::default() };
        if !selection.touches(&segment) {
            return Ok(Err(at_once));
        }
        let mut opener = Opener::new().map_err(too_large)?;
        let listed = listed(file, &mut opener, segment)?;
        if let Some(listed) = &listed {
            let touched = |listed: &Listed| selection.limit(listed.topic).touches(&segment);
            if !listed.iter().any(touched) {
                return Ok(Err(at_once));
            }
            let goes =
                |listed: &Listed| !listed.has_sent() && selection.covers(listed.topic, &segment);
            if listed.iter().all(goes) {
                let slice = whole(file, segment, bounds)?;
                if let Some(slice) = slice {
                    let messages = segment.count;
                    return Ok(Err(Next { slice: Some(slice), messages, ..at_once }));
                }
            }
        }
        let blocks = blocks::spans(file, segment.first, segment.last)?;
        let entries = entries(file, &mut opener, segment, &blocks, listed.as_deref())?;
        let reached = segment.first.saturating_sub(1);
        Ok(Ok(Self { span: segment, blocks, entries, reached, is_through: false }))
    }

    /// Whether all its blocks have been looked at.
    pub(crate) fn is_through(&self) -> bool {
        self.is_through
    }

    /// What there is to do with its next blocks. What it gives must be done before it is asked again.
    pub(crate) fn next(
        &mut self,
        file: &Connection,
        selection: &Selection,
        bounds: Bounds,
    ) -> rusqlite::Result<Next> {
        let mut rewriter = Rewriter::new(file, selection, bounds)?;
        let mut next = Next { reached: self.reached, ..Next::default() };
        let from = self.blocks.partition_point(|block| block.last <= self.reached);
        let ahead = self.blocks.get(from..).unwrap_or_default();
        let mut left = ahead.len();
        for block in ahead {
            if rewriter.is_full() {
                break;
            }
            rewriter.block(block, Some(of_block(&self.entries, block)))?;
            next.reached = block.last;
            next.scanned += block.count;
            left -= 1;
        }
        self.is_through = left == 0;
        self.reached = next.reached;
        if self.is_through {
            // Behind it there may be others that begin before its last block ended.
            next.reached = next.reached.max(self.span.last);
        }
        next.messages = rewriter.removed.len() as u64;
        next.damaged = rewriter.damaged;
        let (out, into) = rewriter.blocks()?;
        let out: Vec<i64> = out.iter().map(|span| span.last).collect();
        self.blocks.retain(|block| out.binary_search(&block.last).is_err());
        self.blocks.extend(into);
        self.blocks.sort_unstable_by_key(|block| block.first);
        let removed = &rewriter.removed;
        self.entries.retain(|entry| removed.binary_search(&entry.id).is_err());
        let before = self.span;
        let after = segment_of(&self.blocks).map(|segment| {
            let parts = index::build(segment.first, &self.blocks, &mut self.entries.clone());
            self.span = segment;
            (segment, parts)
        });
        next.slice = rewriter.finish(At::Segment { before, after })?;
        Ok(next)
    }
}

/// All of a segment goes, if that is not too much for one slice.
fn whole(file: &Connection, segment: Span, bounds: Bounds) -> rusqlite::Result<Option<Slice>> {
    let alone = alone::lengths(file, segment.first, segment.last)?;
    let bytes = blocks::bytes(file, segment.first, segment.last)?
        + alone.iter().map(|(_, length)| length).sum::<u64>();
    if bytes > bounds.slice_bytes {
        return Ok(None);
    }
    Ok(Some(Slice {
        out: blocks::spans(file, segment.first, segment.last)?,
        alone: vec![(segment.first, segment.last)],
        ..Slice::nothing(At::Segment { before: segment, after: None })
    }))
}

/// The topics of a segment; `None`: its directory is damaged.
fn listed(
    file: &Connection,
    opener: &mut Opener,
    segment: Span,
) -> rusqlite::Result<Option<Vec<Listed>>> {
    let mut raw = Vec::new();
    let opened = segments::open(file, opener, segment, Part::Directory, &mut raw)?;
    Ok(opened.and_then(|()| Directory::new(&raw).collect()).ok())
}

/// The entries of a segment, from the heads of its blocks. Of a block that is damaged, its messages
/// are known from the index as far as that is whole.
fn entries(
    file: &Connection,
    opener: &mut Opener,
    segment: Span,
    blocks: &[Span],
    listed: Option<&[Listed]>,
) -> rusqlite::Result<Vec<Entry>> {
    let mut entries = Vec::with_capacity(usize::try_from(segment.count).unwrap_or(0).min(1 << 20));
    let mut by_index = None;
    for block in blocks {
        match place::open(file, opener, block)? {
            Ok(opened) => entries.extend(
                opened
                    .metas
                    .iter()
                    .map(|meta| Entry::new(meta.topic, meta.id, meta.flags, meta.size)),
            ),
            Err(_) => {
                let known = match by_index.take() {
                    Some(known) => known,
                    None => indexed(file, opener, segment, listed.unwrap_or_default())?,
                };
                entries.extend_from_slice(of_block(&known, block));
                by_index = Some(known);
            }
        }
    }
    Ok(entries)
}

/// The entries of a segment as far as its index knows them, in the order of their numbers.
fn indexed(
    file: &Connection,
    opener: &mut Opener,
    segment: Span,
    listed: &[Listed],
) -> rusqlite::Result<Vec<Entry>> {
    let (mut places, mut entries, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    if segments::open(file, opener, segment, Part::Places, &mut places)?.is_err() {
        return Ok(entries);
    }
    for listed in listed {
        ids.clear();
        if listed.ids(&places, segment.first, &mut ids).is_ok() {
            // Whether it was retained or sent is in the block alone.
            entries.extend(ids.iter().map(|id| Entry::new(listed.topic, *id, 0, 0)));
        }
    }
    entries.sort_unstable_by_key(|entry| entry.id);
    Ok(entries)
}

/// The entries of a block.
fn of_block<'a>(entries: &'a [Entry], block: &Span) -> &'a [Entry] {
    let from = entries.partition_point(|entry| entry.id < block.first);
    let to = entries.partition_point(|entry| entry.id <= block.last);
    entries.get(from..to).unwrap_or_default()
}
