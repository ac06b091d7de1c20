//! The way through the messages in one direction: region by region, some blocks at a time.
//!
//! A region is a segment, the blocks behind the last one, or the tail. In a segment, the index says
//! where the messages of a few topics are; elsewhere the blocks are gone through. Regions and blocks
//! of another time are passed over. Promises: whatever the budget, each run gets on, and where it
//! stops is where the next may start; what is damaged is passed over and told.

use std::collections::HashMap;
use std::time::Instant;

use bytes::Bytes;
use rusqlite::Connection;
use wiretree_model::Topic;

use super::matching::{Matcher, times};
use super::noting::{note, single};
use super::places;
use super::region::{Extent, Place, Region};
use super::scan::{self, Ask, Hit, Hits};
use super::scope::Wanted;
use crate::block::{Damage, Opener};
use crate::error::is_no_value;
use crate::index::Span;
use crate::query::{ConnectionId, Damaged, Query, StoredMessage};
use crate::record::{Marks, Stored};
use crate::tables::alone::{self, too_large};
use crate::tables::blocks::{self, Raw, Way};
use crate::tables::{tail, topics};

/// Blocks read at a time, at first and at the most: a page is often in the first, while a search
/// should keep all cores at work.
const FIRST_CHUNK: usize = 2;
const LARGEST_CHUNK: usize = 64;
/// Bytes of the tail searched between two looks at the clock.
const SEARCHED: usize = 256 * 1024;

/// In which direction, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    NewestFirst,
    /// Up to the message with the number `end`.
    OldestFirst {
        end: i64,
    },
}

/// What a run came by.
#[derive(Debug, Default)]
pub(crate) struct Stretch {
    pub(crate) items: Vec<StoredMessage>,
    /// The number of the last message that was looked at; `None`: there are no more.
    pub(crate) stopped_at: Option<i64>,
    pub(crate) damaged: Vec<Damaged>,
}

/// How much a run may bring and take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Messages.
    pub(crate) items: usize,
    /// Bytes of payload.
    pub(crate) bytes: usize,
    /// Until when; `None`: as long as it takes.
    pub(crate) deadline: Option<Instant>,
}

pub(crate) struct Walk<'a> {
    file: &'a Connection,
    wanted: &'a Wanted,
    matcher: Matcher<'a>,
    /// Both ends included.
    times: (i64, i64),
    way: Way,
    bounds: Bounds,
    extent: Extent,
    opener: Opener,
    names: HashMap<i64, (ConnectionId, Topic)>,
    chunk: usize,
    found_bytes: usize,
    found: Stretch,
}

/// The message with this number.
pub(crate) fn message(file: &Connection, id: i64) -> rusqlite::Result<Option<StoredMessage>> {
    let (query, wanted) = (Query::default(), Wanted::All);
    let order = Order::OldestFirst { end: id };
    let bounds = Bounds { items: 1, bytes: usize::MAX, deadline: None };
    let walk = Walk::new(file, &query, &wanted, order, bounds)?;
    let stretch = walk.run(id.saturating_sub(1))?;
    match (stretch.items.into_iter().next(), stretch.damaged.into_iter().next()) {
        (None, Some(damaged)) => Err(damaged.cause.into()),
        (found, _) => Ok(found.filter(|found| found.id == id)),
    }
}

impl<'a> Walk<'a> {
    pub(crate) fn new(
        file: &'a Connection,
        query: &'a Query,
        wanted: &'a Wanted,
        order: Order,
        bounds: Bounds,
    ) -> rusqlite::Result<Self> {
        let (way, end) = match order {
            Order::NewestFirst => (Way::Down, i64::MAX),
            Order::OldestFirst { end } => (Way::Up, end),
        };
        Ok(Self {
            file,
            wanted,
            matcher: Matcher::new(query),
            times: times(query),
            way,
            bounds,
            extent: Extent::of(file, end)?,
            opener: Opener::new().map_err(too_large)?,
            names: HashMap::new(),
            chunk: FIRST_CHUNK,
            found_bytes: 0,
            found: Stretch::default(),
        })
    }

    /// Goes on behind `position`, which itself is not looked at.
    pub(crate) fn run(mut self, mut position: i64) -> rusqlite::Result<Stretch> {
        while let Some(region) = self.extent.next(self.file, self.way, position, self.times)? {
            let stopped = match region.place {
                Place::Tail => self.tail(region)?,
                Place::Blocks => self.blocks(region)?,
                Place::Segment(segment) => self.segment(region, segment)?,
            };
            position = match self.way {
                Way::Down => region.first,
                Way::Up => region.last,
            };
            self.found.stopped_at = stopped.or_else(|| self.is_late().then_some(position));
            if self.found.stopped_at.is_some() {
                break;
            }
        }
        Ok(self.found)
    }

    /// Looks at rows of the tail. Says where it had to stop; `None`: it is through.
    fn tail(&mut self, region: Region) -> rusqlite::Result<Option<i64>> {
        let mut statement = self.file.prepare_cached(match self.way {
            Way::Down => tail::NEWEST_FIRST,
            Way::Up => tail::OLDEST_FIRST,
        })?;
        let Region { first, last, .. } = region;
        let mut rows = statement.query((first, last, self.times.0, self.times.1))?;
        let mut searched = 0;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            let hit = match tail::Kept::read(row) {
                Ok(kept) => {
                    searched += kept.content.map_or(0, |(_, payload)| payload.len());
                    self.row(&kept)
                }
                Err(error) if is_no_value(&error) => Err(Damage::Checksum),
                Err(error) => return Err(error),
            };
            match hit {
                Ok(Some(hit)) => self.take(hit)?,
                Ok(None) => {}
                Err(cause) => self.note_damage(&single(id, row.get(2)?), cause),
            }
            if self.is_full() || (searched >= SEARCHED && self.is_late()) {
                return Ok(Some(id));
            }
            searched %= SEARCHED;
        }
        Ok(None)
    }

    fn row(&self, kept: &tail::Kept<'_>) -> Result<Option<Hit>, Damage> {
        if !self.wanted.has(kept.topic) {
            return Ok(None);
        }
        match kept.content {
            None => Ok(Some(Hit::Alone { id: kept.id, topic: kept.topic, marks: kept.marks })),
            Some(content) => {
                let keep = || Bytes::copy_from_slice(content.1);
                let found =
                    self.matcher.screen((kept.id, kept.topic), kept.marks, content, keep)?;
                Ok(found.map(Hit::Whole))
            }
        }
    }

    /// Goes to the blocks that have messages of the few topics that are wanted, or through all.
    fn segment(&mut self, region: Region, segment: Span) -> rusqlite::Result<Option<i64>> {
        if matches!(self.wanted, Wanted::All) {
            return self.blocks(region);
        }
        let wanted = self.wanted;
        match places::blocks(self.file, &mut self.opener, segment, wanted, self.times)? {
            Ok(mut spans) => {
                if self.way == Way::Down {
                    spans.reverse();
                }
                spans.retain(|span| span.last >= region.first && span.first <= region.last);
                self.these(region, &spans)
            }
            // No message is lost by that: it takes longer, and a check says why.
            Err(_) => self.blocks(region),
        }
    }

    /// Looks at these blocks.
    fn these(&mut self, region: Region, mut spans: &[Span]) -> rusqlite::Result<Option<i64>> {
        while !spans.is_empty() {
            let (now, rest) = spans.split_at(self.next_chunk().min(spans.len()));
            spans = rest;
            let raws = now.iter().map(|span| blocks::holding(self.file, span.last));
            let raws = raws.filter_map(Result::transpose).collect::<rusqlite::Result<Vec<_>>>()?;
            let stopped = self.look(region, &raws)?;
            if stopped.is_some() {
                return Ok(stopped);
            }
        }
        Ok(None)
    }

    /// Looks at all blocks of a region.
    fn blocks(&mut self, region: Region) -> rusqlite::Result<Option<i64>> {
        let Some(end) = blocks::end_of(self.file, region.last)? else { return Ok(None) };
        let (mut low, mut high) = (region.first, end);
        while low <= high {
            let chunk = self.next_chunk();
            let raws = blocks::read(self.file, self.way, (low, high), self.times, chunk)?;
            let Some(last) = raws.last() else { return Ok(None) };
            match self.way {
                Way::Down => high = last.span.first.saturating_sub(1),
                Way::Up => low = last.span.last.saturating_add(1),
            }
            let stopped = self.look(region, &raws)?;
            if stopped.is_some() {
                return Ok(stopped);
            }
        }
        Ok(None)
    }

    /// Says where it had to stop, in the middle of these blocks or behind them.
    fn look(&mut self, region: Region, raws: &[Raw]) -> rusqlite::Result<Option<i64>> {
        let ask = Ask {
            wanted: self.wanted,
            matcher: &self.matcher,
            times: self.times,
            ids: (region.first, region.last),
            way: self.way,
            limit: self.bounds.items.saturating_sub(self.found.items.len()),
        };
        let found = scan::blocks(raws, ask);
        let mut edge = None;
        for (raw, hits) in raws.iter().zip(found) {
            match hits {
                Ok(Hits { list, is_cut }) => {
                    let last = list.last().map(Hit::id).filter(|_| is_cut);
                    for hit in list {
                        let id = hit.id();
                        self.take(hit)?;
                        if self.is_full() {
                            return Ok(Some(id));
                        }
                    }
                    // Some of them were damaged, and the rest of the block is still to be read.
                    if last.is_some() {
                        return Ok(last);
                    }
                }
                Err(cause) => self.note_damage(&raw.span, cause),
            }
            edge = Some(match self.way {
                Way::Down => raw.span.first,
                Way::Up => raw.span.last,
            });
        }
        Ok(edge.filter(|_| self.is_late()))
    }

    fn take(&mut self, hit: Hit) -> rusqlite::Result<()> {
        let stored = match hit {
            Hit::Whole(stored) => Some(stored),
            Hit::Alone { id, topic, marks } => match self.alone(id, topic, marks)? {
                Ok(stored) => stored,
                Err(cause) => {
                    self.note_damage(&single(id, marks.received_at), cause);
                    None
                }
            },
            Hit::Damaged { id, received_at, cause } => {
                self.note_damage(&single(id, received_at), cause);
                None
            }
        };
        let Some(Stored { id, topic, mut message }) = stored else { return Ok(()) };
        let (connection, name) = match self.name(topic)? {
            Ok(known) => known,
            Err(cause) => {
                self.note_damage(&single(id, message.received_at.0), cause);
                return Ok(());
            }
        };
        message.publish.topic = name;
        if !self.matcher.is_wanted(&message) {
            return Ok(());
        }
        self.found_bytes = self.found_bytes.saturating_add(message.publish.payload.len());
        self.found.items.push(StoredMessage { id, connection, message });
        Ok(())
    }

    fn alone(
        &mut self,
        id: i64,
        topic: i64,
        marks: Marks,
    ) -> rusqlite::Result<Result<Option<Stored>, Damage>> {
        Ok(alone::read(self.file, &mut self.opener, id)?.and_then(|content| {
            let borrowed = (&*content.properties, &*content.payload);
            self.matcher.screen((id, topic), marks, borrowed, || content.payload.clone())
        }))
    }

    fn name(&mut self, topic: i64) -> rusqlite::Result<Result<(ConnectionId, Topic), Damage>> {
        if let Some(known) = self.names.get(&topic) {
            return Ok(Ok(known.clone()));
        }
        Ok(topics::name(self.file, topic)?.map(|(connection, name)| {
            let known = (connection, Topic::from(Bytes::from(name)));
            self.names.insert(topic, known.clone());
            known
        }))
    }

    fn note_damage(&mut self, span: &Span, cause: Damage) {
        note(&mut self.found.damaged, span, cause);
    }

    fn next_chunk(&mut self) -> usize {
        let chunk = self.chunk;
        self.chunk = (chunk * 2).min(LARGEST_CHUNK);
        chunk
    }

    fn is_full(&self) -> bool {
        self.found.items.len() >= self.bounds.items || self.found_bytes >= self.bounds.bytes
    }

    fn is_late(&self) -> bool {
        self.bounds.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

impl Hit {
    fn id(&self) -> i64 {
        match self {
            Self::Whole(stored) => stored.id,
            Self::Alone { id, .. } | Self::Damaged { id, .. } => *id,
        }
    }
}
