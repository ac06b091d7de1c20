//! Works the next slice out: which blocks go, which come in their place, and what else changes.
//! Reads only, so the writer is not held up by it.

use rusqlite::Connection;

use super::place::{self, Place};
use super::segment::Segment;
use super::selection::Selection;
use crate::block::{Body, Meta, Opener, Packed, Packer, Row, Sealer, flag};
use crate::index::{Entry, Parts, Span};
use crate::tables::alone::{self, too_large};
use crate::tables::blocks::{self, beside};
use crate::tables::{segments, tail, topics};

/// Bytes that a slice takes off the disk and puts there, about: some milliseconds of work.
pub(crate) const SLICE_BYTES: u64 = 4 * 1024 * 1024;

/// Changes that belong into one transaction.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) at: At,
    /// Blocks that go.
    pub(crate) out: Vec<Span>,
    /// Blocks that come.
    pub(crate) into: Vec<Packed>,
    /// Numbers, both ends included, of which nothing stands alone any more.
    pub(crate) alone: Vec<(i64, i64)>,
    /// Numbers of the messages that go, ascending; not given for a segment.
    pub(crate) removed: Vec<i64>,
    /// Which of them went to the broker, by connection and sequence: what became of them goes too.
    pub(crate) sent: Vec<(i64, u64)>,
}

/// Where the changes are, and how it must be there for them to make sense.
#[derive(Debug)]
pub(crate) enum At {
    /// In this segment, which then becomes another one, or none.
    Segment { before: Span, after: Option<(Span, Parts)> },
    /// In blocks behind the segments, which end here.
    Blocks { sealed_to: i64 },
    /// In the tail, which begins behind the blocks, which end here.
    Tail { packed_to: i64 },
}

impl Slice {
    /// Nothing yet.
    pub(crate) fn nothing(at: At) -> Self {
        let (out, into, alone) = (Vec::new(), Vec::new(), Vec::new());
        Self { at, out, into, alone, removed: Vec::new(), sent: Vec::new() }
    }
}

/// What comes next.
#[derive(Debug, Default)]
pub(crate) struct Next {
    /// Where to go on.
    pub(crate) reached: i64,
    /// What to change; `None`: nothing there.
    pub(crate) slice: Option<Slice>,
    /// How many messages that removes.
    pub(crate) messages: u64,
    /// How many it should remove and cannot, since they are damaged.
    pub(crate) damaged: u64,
    /// How many messages were looked at.
    pub(crate) scanned: u64,
}

/// The sizes of what is written, and where a slice ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Bytes of a block before compression.
    pub(crate) block_bytes: usize,
    pub(crate) slice_bytes: u64,
}

/// What there is to do behind `position`; `None`: nothing any more. `segment` is kept between two
/// slices of the same.
pub(crate) fn next(
    file: &Connection,
    selection: &Selection,
    segment: &mut Option<Segment>,
    position: i64,
    bounds: Bounds,
) -> rusqlite::Result<Option<Next>> {
    if segment.is_none() {
        match Place::after(file, position)? {
            Some(Place::Segment(span)) if span.first <= selection.newest => {
                match Segment::look(file, selection, span, bounds)? {
                    Ok(opened) => *segment = Some(opened),
                    Err(next) => return Ok(Some(next)),
                }
            }
            Some(Place::Block(span)) if span.first <= selection.newest => {
                return loose(file, selection, position, bounds).map(Some);
            }
            Some(Place::Tail(after)) if after < selection.newest => {
                return of_tail(file, selection, after, bounds).map(Some);
            }
            _ => return Ok(None),
        }
    }
    let Some(opened) = segment else { return Ok(None) };
    let next = opened.next(file, selection, bounds)?;
    if opened.is_through() {
        *segment = None;
    }
    Ok(Some(next))
}

/// Blocks that are in no segment.
fn loose(
    file: &Connection,
    selection: &Selection,
    position: i64,
    bounds: Bounds,
) -> rusqlite::Result<Next> {
    let sealed_to = segments::sealed_to(file)?;
    let mut rewriter = Rewriter::new(file, selection, bounds)?;
    let mut next = Next { reached: position, ..Next::default() };
    for span in blocks::spans(file, position.saturating_add(1), i64::MAX)? {
        if rewriter.is_full() {
            break;
        }
        rewriter.block(&span, None)?;
        next.reached = span.last;
        next.scanned += span.count;
    }
    next.messages = rewriter.removed.len() as u64;
    next.damaged = rewriter.damaged;
    next.slice = rewriter.finish(At::Blocks { sealed_to })?;
    Ok(next)
}

fn of_tail(
    file: &Connection,
    selection: &Selection,
    after: i64,
    bounds: Bounds,
) -> rusqlite::Result<Next> {
    let at = At::Tail { packed_to: blocks::packed_to(file)? };
    let mut slice = Slice::nothing(at);
    let mut next = Next { reached: after, ..Next::default() };
    let mut cost = 0;
    for row in tail::briefs(file, after)? {
        if cost >= bounds.slice_bytes {
            break;
        }
        next.reached = row.id;
        next.scanned += 1;
        if !selection.has(row.topic, row.id, row.received_at) {
            continue;
        }
        cost += row.bytes;
        if row.is_alone {
            let lengths = alone::lengths(file, row.id, row.id)?;
            cost += lengths.iter().map(|(_, length)| length).sum::<u64>();
            slice.alone.push((row.id, row.id));
        }
        if row.flags & flag::SENT != 0 {
            let (connection, _) = topics::name(file, row.topic)??;
            slice.sent.push((connection.0, row.sequence));
        }
        slice.removed.push(row.id);
    }
    next.messages = slice.removed.len() as u64;
    next.slice = (!slice.removed.is_empty()).then_some(slice);
    Ok(next)
}

/// Writes blocks anew without the messages that go. Neighbours become one where they fit.
pub(crate) struct Rewriter<'a> {
    file: &'a Connection,
    selection: &'a Selection,
    bounds: Bounds,
    opener: Opener,
    sealer: Sealer,
    packer: Packer,
    out: Vec<Span>,
    into: Vec<Packed>,
    alone: Vec<(i64, i64)>,
    cost: u64,
    pub(crate) removed: Vec<i64>,
    sent: Vec<(i64, u64)>,
    pub(crate) damaged: u64,
}

impl<'a> Rewriter<'a> {
    pub(crate) fn new(
        file: &'a Connection,
        selection: &'a Selection,
        bounds: Bounds,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            file,
            selection,
            bounds,
            opener: Opener::new().map_err(too_large)?,
            sealer: Sealer::new().map_err(too_large)?,
            packer: Packer::default(),
            out: Vec::new(),
            into: Vec::new(),
            alone: Vec::new(),
            cost: 0,
            removed: Vec::new(),
            sent: Vec::new(),
            damaged: 0,
        })
    }

    /// Whether there is enough for a slice.
    pub(crate) fn is_full(&self) -> bool {
        self.cost >= self.bounds.slice_bytes
    }

    /// Takes a block. `entries`, where they are known, save opening it.
    pub(crate) fn block(&mut self, span: &Span, entries: Option<&[Entry]>) -> rusqlite::Result<()> {
        let selection = self.selection;
        if !selection.touches(span) {
            return self.flush();
        }
        if let Some(entries) = entries {
            if !entries.iter().any(|entry| selection.limit(entry.topic).touches(span)) {
                return self.flush();
            }
            let goes = |entry: &Entry| !entry.is_sent && selection.covers(entry.topic, span);
            if entries.iter().all(goes) {
                return self.whole(span, entries.iter().map(|entry| entry.id));
            }
        }
        let goes = |meta: &&Meta| selection.has(meta.topic, meta.id, meta.received_at);
        let Ok(opened) = place::open(self.file, &mut self.opener, span)? else {
            // Which of them go is not known.
            self.damaged += span.count;
            return self.flush();
        };
        let going = opened.metas.iter().filter(goes).count();
        if going == 0 {
            return self.flush();
        }
        if going == opened.metas.len() {
            self.sent.extend(opened.metas.iter().filter_map(sent));
            return self.whole(span, opened.metas.iter().map(|meta| meta.id));
        }
        let mut raw = Vec::new();
        let unpacked = self.opener.open(&beside(span), &opened.raw.body, &mut raw);
        let body = unpacked.and_then(|()| Body::read(&raw));
        let Ok(body) = body else {
            self.damaged += going as u64;
            return self.flush();
        };
        let staying = opened.metas.iter().filter(|meta| !goes(meta));
        let Ok(rows) = staying.map(|meta| row(meta, &body)).collect::<Result<Vec<_>, _>>() else {
            self.damaged += going as u64;
            return self.flush();
        };
        for row in &rows {
            self.packer.push(row);
            if self.packer.is_full(self.bounds.block_bytes) {
                self.flush()?;
            }
        }
        self.out.push(*span);
        self.cost += (opened.raw.head.len() + opened.raw.body.len()) as u64;
        for meta in opened.metas.iter().filter(goes) {
            self.removed.push(meta.id);
            self.sent.extend(sent(meta));
            if meta.is_alone() {
                self.no_more_alone(meta.id, meta.id)?;
            }
        }
        Ok(())
    }

    /// All of a block goes.
    fn whole(&mut self, span: &Span, ids: impl Iterator<Item = i64>) -> rusqlite::Result<()> {
        self.out.push(*span);
        self.removed.extend(ids);
        self.cost += blocks::bytes(self.file, span.last, span.last)?;
        self.no_more_alone(span.first, span.last)
    }

    fn no_more_alone(&mut self, first: i64, last: i64) -> rusqlite::Result<()> {
        let lengths = alone::lengths(self.file, first, last)?;
        if !lengths.is_empty() {
            self.cost += lengths.iter().map(|(_, length)| length).sum::<u64>();
            self.alone.push((first, last));
        }
        Ok(())
    }

    /// Makes a block of what was gathered.
    fn flush(&mut self) -> rusqlite::Result<()> {
        if self.packer.count() > 0 {
            let packed = self.packer.pack(&mut self.sealer).map_err(too_large)?;
            self.cost += (packed.head.len() + packed.body.len()) as u64;
            self.into.push(packed);
            self.packer.clear();
        }
        Ok(())
    }

    /// The blocks that go, and the spans of those that come.
    pub(crate) fn blocks(&mut self) -> rusqlite::Result<(&[Span], Vec<Span>)> {
        self.flush()?;
        Ok((&self.out, self.into.iter().map(span).collect()))
    }

    /// What was gathered; `None`: nothing.
    pub(crate) fn finish(mut self, at: At) -> rusqlite::Result<Option<Slice>> {
        self.flush()?;
        let Self { out, into, alone, removed, sent, .. } = self;
        Ok((!out.is_empty()).then_some(Slice { at, out, into, alone, removed, sent }))
    }
}

/// Which of a connection's messages this is, if it went to the broker.
fn sent(meta: &Meta) -> Option<(i64, u64)> {
    (meta.flags & flag::SENT != 0).then_some((meta.connection, meta.sequence))
}

/// The span of a block.
pub(crate) fn span(packed: &Packed) -> Span {
    Span {
        first: packed.first,
        last: packed.last,
        min_at: packed.min_at,
        max_at: packed.max_at,
        count: u64::from(packed.count),
    }
}

fn row<'a>(meta: &Meta, body: &Body<'a>) -> Result<Row<'a>, crate::block::Damage> {
    let content = match meta.is_alone() {
        true => None,
        false => Some((body.properties(meta)?, body.payload(meta)?)),
    };
    Ok(Row {
        id: meta.id,
        topic: meta.topic,
        connection: meta.connection,
        received_at: meta.received_at,
        sequence: meta.sequence,
        flags: meta.flags,
        packet_id: meta.packet_id,
        size: meta.size,
        content,
    })
}
