//! The way through the messages in one direction: region by region, stretch by stretch.
//!
//! A region is a segment or the tail. In a segment, the postings of a few topics say where their
//! messages are; elsewhere the rows are gone through in short stretches. A segment of another time
//! is passed over. Promises: whatever the budget, each run gets on by at least one stretch, and
//! where it stops is where the next may start.

use std::collections::HashMap;
use std::time::Instant;

use bytes::Bytes;
use memchr::memmem::Finder;
use rusqlite::Connection;
use wiretree_model::Topic;

use super::scope::Wanted;
use crate::query::{ConnectionId, Query, StoredMessage};
use crate::tables::{messages, postings, segments, topics};

/// Rows gone through at a time.
const PIECE: i64 = 2_048;
/// Payload bytes searched between two looks at the clock.
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
}

/// A stretch of numbers, both ends included.
#[derive(Clone, Copy, Debug)]
struct Region {
    first: i64,
    last: i64,
    /// The segment it is part of, where it has postings.
    segment: Option<(i64, i64)>,
}

pub(crate) struct Walk<'a> {
    file: &'a Connection,
    wanted: &'a Wanted,
    contains: Option<Finder<'a>>,
    /// Both ends included.
    times: (i64, i64),
    order: Order,
    limit: usize,
    limit_bytes: usize,
    deadline: Option<Instant>,
    sealed: i64,
    newest: i64,
    names: HashMap<i64, (ConnectionId, Topic)>,
    found: Vec<StoredMessage>,
    found_bytes: usize,
    searched: usize,
}

/// The message with this number.
pub(crate) fn message(file: &Connection, id: i64) -> rusqlite::Result<Option<StoredMessage>> {
    let (query, wanted) = (Query::default(), Wanted::All);
    let order = Order::OldestFirst { end: id };
    let mut walk = Walk::new(file, &query, &wanted, order, 1, usize::MAX, None)?;
    walk.rows(id, id)?;
    Ok(walk.found.pop())
}

/// The earliest and the latest time that is wanted.
fn times(query: &Query) -> (i64, i64) {
    let from = query.from.map_or(i64::MIN, |from| from.0);
    match query.to.map(|to| to.0.checked_sub(1)) {
        None => (from, i64::MAX),
        Some(Some(last)) => (from, last),
        // Before the beginning of time there is nothing.
        Some(None) => (i64::MAX, i64::MIN),
    }
}

impl<'a> Walk<'a> {
    pub(crate) fn new(
        file: &'a Connection,
        query: &'a Query,
        wanted: &'a Wanted,
        order: Order,
        limit: usize,
        limit_bytes: usize,
        deadline: Option<Instant>,
    ) -> rusqlite::Result<Self> {
        let newest = messages::last_id(file)?;
        Ok(Self {
            file,
            wanted,
            contains: query.contains.as_deref().filter(|text| !text.is_empty()).map(Finder::new),
            times: times(query),
            order,
            limit,
            limit_bytes,
            deadline,
            sealed: segments::sealed_to(file)?,
            newest: match order {
                Order::NewestFirst => newest,
                Order::OldestFirst { end } => newest.min(end),
            },
            names: HashMap::new(),
            found: Vec::new(),
            found_bytes: 0,
            searched: 0,
        })
    }

    /// Goes on behind `position`, which itself is not looked at.
    pub(crate) fn run(mut self, mut position: i64) -> rusqlite::Result<Stretch> {
        while let Some(region) = self.next_region(position)? {
            position = match (self.region(region)?, self.order) {
                (Some(stopped), _) => {
                    return Ok(Stretch { items: self.found, stopped_at: Some(stopped) });
                }
                (None, Order::NewestFirst) => region.first,
                (None, Order::OldestFirst { .. }) => region.last,
            };
            if self.is_late() {
                return Ok(Stretch { items: self.found, stopped_at: Some(position) });
            }
        }
        Ok(Stretch { items: self.found, stopped_at: None })
    }

    /// What to look at next: what is left of a segment that overlaps the time, or of the tail.
    fn next_region(&self, position: i64) -> rusqlite::Result<Option<Region>> {
        let tail = |first: i64, last: i64| (first <= last).then_some((first, last, None));
        let sealed = |found: Option<segments::Segment>| {
            found.map(|found| (found.first, found.last, Some((found.first, found.last))))
        };
        let (from, to, next) = match self.order {
            Order::NewestFirst => {
                let last = position.saturating_sub(1).min(self.newest);
                let next = match tail(self.sealed.saturating_add(1), last) {
                    None => sealed(segments::before(self.file, position, self.times)?),
                    tail => tail,
                };
                (i64::MIN, last, next)
            }
            Order::OldestFirst { .. } => {
                let first = position.saturating_add(1);
                let next = match sealed(segments::after(self.file, position, self.times)?) {
                    None => tail(first.max(self.sealed.saturating_add(1)), self.newest),
                    sealed => sealed,
                };
                (first, self.newest, next)
            }
        };
        let clip = |(first, last, segment): (i64, i64, _)| Region {
            first: first.max(from),
            last: last.min(to),
            segment,
        };
        Ok(next.map(clip).filter(|region| region.first <= region.last))
    }

    /// Where it had to stop; `None`: it is through.
    fn region(&mut self, region: Region) -> rusqlite::Result<Option<i64>> {
        if let (Wanted::Few(topics), Some(segment)) = (self.wanted, region.segment) {
            let mut ids = Vec::new();
            for topic in topics {
                postings::ids(self.file, *topic, segment, &mut ids)?;
            }
            ids.retain(|id| (region.first..=region.last).contains(id));
            ids.sort_unstable();
            return self.ids(&ids);
        }
        let Region { mut first, mut last, .. } = region;
        loop {
            let (low, high) = match self.order {
                Order::NewestFirst => (first.max(last.saturating_sub(PIECE - 1)), last),
                Order::OldestFirst { .. } => (first, last.min(first.saturating_add(PIECE - 1))),
            };
            if let Some(stopped) = self.piece(low, high)? {
                return Ok(Some(stopped));
            }
            if (low, high) == (first, last) {
                return Ok(None);
            }
            let end = match self.order {
                Order::NewestFirst => {
                    last = low.saturating_sub(1);
                    low
                }
                Order::OldestFirst { .. } => {
                    first = high.saturating_add(1);
                    high
                }
            };
            if self.is_late() {
                return Ok(Some(end));
            }
        }
    }

    fn piece(&mut self, low: i64, high: i64) -> rusqlite::Result<Option<i64>> {
        if matches!(self.wanted, Wanted::All) {
            return self.rows(low, high);
        }
        let wanted = self.wanted;
        let ids = messages::ids_with_topic(self.file, low, high, |topic| wanted.has(topic))?;
        self.ids(&ids)
    }

    /// Looks at the messages with these numbers, which ascend; neighbours in one go.
    fn ids(&mut self, ids: &[i64]) -> rusqlite::Result<Option<i64>> {
        let runs = ids.chunk_by(|one, next| one.checked_add(1) == Some(*next));
        let runs = runs.filter_map(|run| Some((*run.first()?, *run.last()?)));
        let mut runs: Vec<_> = runs.collect();
        if self.order == Order::NewestFirst {
            runs.reverse();
        }
        for (low, high) in runs {
            if let Some(stopped) = self.rows(low, high)? {
                return Ok(Some(stopped));
            }
        }
        Ok(None)
    }

    /// Looks at the messages of a stretch that are wanted by their topics.
    fn rows(&mut self, low: i64, high: i64) -> rusqlite::Result<Option<i64>> {
        let mut statement = self.file.prepare_cached(match self.order {
            Order::NewestFirst => messages::NEWEST_FIRST,
            Order::OldestFirst { .. } => messages::OLDEST_FIRST,
        })?;
        let mut rows = statement.query((low, high, self.times.0, self.times.1))?;
        while let Some(row) = rows.next()? {
            let payload = messages::payload(row)?;
            self.searched += payload.len();
            let hit = self.contains.as_ref().is_none_or(|text| text.find(payload).is_some());
            let id = if hit { self.take(messages::read(row)?)? } else { row.get(0)? };
            if self.is_full() || (self.searched >= SEARCHED && self.is_late()) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    fn take(&mut self, stored: messages::Stored) -> rusqlite::Result<i64> {
        let messages::Stored { id, topic, mut message } = stored;
        let (connection, name) = match self.names.get(&topic) {
            Some(known) => known.clone(),
            None => {
                let found = topics::name(self.file, topic)?;
                let (connection, name) = found.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
                let known = (connection, Topic::from(Bytes::from(name)));
                self.names.insert(topic, known.clone());
                known
            }
        };
        message.publish.topic = name;
        self.found_bytes = self.found_bytes.saturating_add(message.publish.payload.len());
        self.found.push(StoredMessage { id, connection, message });
        Ok(id)
    }

    fn is_full(&self) -> bool {
        self.found.len() >= self.limit || self.found_bytes >= self.limit_bytes
    }

    fn is_late(&mut self) -> bool {
        self.searched = 0;
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}
