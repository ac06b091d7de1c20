//! How the messages of some topics lie in time, from the indexes and the spans of blocks.
//!
//! A block is opened only where a boundary runs through it. Promise: the counts are exact, whatever
//! the clock did. Absent: anything that asks for content.

use rusqlite::Connection;

use super::places;
use super::scope::Wanted;
use crate::block::{Damage, Head, Opener};
use crate::index::{self, Span};
use crate::past::each_head;
use crate::tables::alone::too_large;
use crate::tables::segments::{self, Part};
use crate::tables::{blocks, tail};

/// Counts in equal parts of the time from `from` to `to`, which is not included.
pub(super) struct Tally {
    from: i64,
    to: i64,
    counts: Vec<u64>,
}

/// Where a stretch of time lies.
enum Fit {
    /// Outside of all parts.
    Outside,
    /// In one part.
    Part(usize),
    /// In several, or partly outside.
    Across,
}

impl Tally {
    pub(super) fn new(from: i64, to: i64, parts: usize) -> Self {
        Self { from, to, counts: vec![0; parts] }
    }

    pub(super) fn into_counts(self) -> Vec<u64> {
        self.counts
    }

    fn add(&mut self, at: i64) {
        if let Some(count) = self.part(at).and_then(|part| self.counts.get_mut(part)) {
            *count += 1;
        }
    }

    fn add_to(&mut self, part: usize, messages: u64) {
        if let Some(count) = self.counts.get_mut(part) {
            *count = count.saturating_add(messages);
        }
    }

    fn part(&self, at: i64) -> Option<usize> {
        let since = |moment: i64| i128::from(moment) - i128::from(self.from);
        let parts = i128::try_from(self.counts.len()).ok()?;
        let part = usize::try_from((since(at) * parts).checked_div_euclid(since(self.to))?).ok()?;
        (part < self.counts.len()).then_some(part)
    }

    fn fit(&self, span: &Span) -> Fit {
        if span.max_at < self.from || span.min_at >= self.to {
            return Fit::Outside;
        }
        match (self.part(span.min_at), self.part(span.max_at)) {
            (Some(first), Some(last)) if first == last => Fit::Part(first),
            _ => Fit::Across,
        }
    }
}

/// Counts everything that is wanted.
pub(super) fn count(file: &Connection, wanted: &Wanted, tally: &mut Tally) -> rusqlite::Result<()> {
    let mut counting = Counting { file, wanted, opener: Opener::new().map_err(too_large)?, tally };
    let times = (counting.tally.from, counting.tally.to.saturating_sub(1));
    let mut position = 0;
    while let Some(segment) = segments::after(file, position, times)? {
        position = segment.last;
        if counting.segment(segment)?.is_err() {
            counting.heads((segment.first, segment.last))?;
        }
    }
    counting.heads((segments::sealed_to(file)?.saturating_add(1), i64::MAX))?;
    counting.tail(times)
}

struct Counting<'a> {
    file: &'a Connection,
    wanted: &'a Wanted,
    opener: Opener,
    tally: &'a mut Tally,
}

impl Counting<'_> {
    fn segment(&mut self, segment: Span) -> rusqlite::Result<Result<(), Damage>> {
        match (self.wanted, self.tally.fit(&segment)) {
            (_, Fit::Outside) => Ok(Ok(())),
            (Wanted::All, Fit::Part(part)) => {
                self.tally.add_to(part, segment.count);
                Ok(Ok(()))
            }
            (Wanted::All, Fit::Across) => self.spans(segment),
            (_, fit) => self.topics(segment, fit),
        }
    }

    /// Of all topics, by the block.
    fn spans(&mut self, segment: Span) -> rusqlite::Result<Result<(), Damage>> {
        let spans = match self.read_spans(segment)? {
            Ok(spans) => spans,
            Err(damage) => return Ok(Err(damage)),
        };
        for span in spans {
            self.block(&span, span.count)?;
        }
        Ok(Ok(()))
    }

    /// Of some topics, by the index.
    fn topics(&mut self, segment: Span, fit: Fit) -> rusqlite::Result<Result<(), Damage>> {
        let (directory, places) =
            match (self.open(segment, Part::Directory)?, self.open(segment, Part::Places)?) {
                (Ok(directory), Ok(places)) => (directory, places),
                (Err(damage), _) | (_, Err(damage)) => return Ok(Err(damage)),
            };
        let listed = match places::listed(&directory, self.wanted) {
            Ok(listed) => listed,
            Err(damage) => return Ok(Err(damage)),
        };
        if let Fit::Part(part) = fit {
            self.tally.add_to(part, listed.iter().map(|listed| listed.count).sum());
            return Ok(Ok(()));
        }
        let mut ids = Vec::new();
        for listed in &listed {
            if let Err(damage) = listed.ids(&places, segment.first, &mut ids) {
                return Ok(Err(damage));
            }
        }
        ids.sort_unstable();
        let spans = match self.read_spans(segment)? {
            Ok(spans) => spans,
            Err(damage) => return Ok(Err(damage)),
        };
        let mut rest = ids.as_slice();
        for span in spans {
            let inside = rest.partition_point(|id| *id <= span.last);
            rest = rest.get(inside..).unwrap_or_default();
            self.block(&span, inside as u64)?;
        }
        Ok(Ok(()))
    }

    fn read_spans(&mut self, segment: Span) -> rusqlite::Result<Result<Vec<Span>, Damage>> {
        Ok(self.open(segment, Part::Spans)?.and_then(|raw| index::read_spans(&raw)))
    }

    fn open(&mut self, segment: Span, part: Part) -> rusqlite::Result<Result<Vec<u8>, Damage>> {
        let mut raw = Vec::new();
        let opened = segments::open(self.file, &mut self.opener, segment, part, &mut raw)?;
        Ok(opened.map(|()| raw))
    }

    /// A block with so many messages that are wanted.
    fn block(&mut self, span: &Span, messages: u64) -> rusqlite::Result<()> {
        if messages == 0 {
            return Ok(());
        }
        match self.tally.fit(span) {
            Fit::Outside => Ok(()),
            Fit::Part(part) => {
                self.tally.add_to(part, messages);
                Ok(())
            }
            Fit::Across => {
                let Some(block) = blocks::holding(self.file, span.last)? else { return Ok(()) };
                let mut raw = Vec::new();
                let beside = blocks::beside(&block.span);
                let opened = self.opener.open_head(&beside, &block.head, &mut raw);
                // What cannot be read is not shown as if it could.
                let Ok(head) = opened.and_then(|()| Head::read(&raw)) else { return Ok(()) };
                let wanted = head.metas.iter().filter(|meta| self.wanted.has(meta.topic));
                wanted.for_each(|meta| self.tally.add(meta.received_at));
                Ok(())
            }
        }
    }

    /// By each message in blocks.
    fn heads(&mut self, range: (i64, i64)) -> rusqlite::Result<()> {
        let Self { file, wanted, opener, tally } = self;
        each_head(file, opener, range, &mut |meta| {
            if wanted.has(meta.topic) {
                tally.add(meta.received_at);
            }
        })
    }

    fn tail(&mut self, times: (i64, i64)) -> rusqlite::Result<()> {
        let mut statement = self.file.prepare_cached(tail::OLDEST_FIRST)?;
        let mut rows = statement.query((0, i64::MAX, times.0, times.1))?;
        while let Some(row) = rows.next()? {
            if self.wanted.has(row.get(1)?) {
                self.tally.add(row.get(2)?);
            }
        }
        Ok(())
    }
}

/// The earliest and the latest time of what is wanted; `None`: there is nothing.
pub(super) fn span(file: &Connection, wanted: &Wanted) -> rusqlite::Result<Option<(i64, i64)>> {
    let mut opener = Opener::new().map_err(too_large)?;
    let mut found = Ends::default();
    let sealed = segments::sealed_to(file)?;
    each_head(file, &mut opener, (sealed.saturating_add(1), i64::MAX), &mut |meta| {
        if wanted.has(meta.topic) {
            found.note(meta.received_at);
        }
    })?;
    let mut statement = file.prepare_cached(tail::OLDEST_FIRST)?;
    let mut rows = statement.query((0, i64::MAX, i64::MIN, i64::MAX))?;
    while let Some(row) = rows.next()? {
        if wanted.has(row.get(1)?) {
            found.note(row.get(2)?);
        }
    }
    let mut position = i64::MAX;
    // The latest first: once it is known, the older segments have nothing to add to that end.
    while let Some(segment) = segments::before(file, position, (i64::MIN, i64::MAX))? {
        position = segment.first;
        found.look(file, &mut opener, segment, wanted)?;
    }
    Ok(found.0)
}

/// The earliest and the latest so far.
#[derive(Default)]
struct Ends(Option<(i64, i64)>);

impl Ends {
    fn note(&mut self, at: i64) {
        let (first, last) = self.0.unwrap_or((at, at));
        self.0 = Some((first.min(at), last.max(at)));
    }

    fn is_beyond(&self, span: &Span) -> bool {
        self.0.is_none_or(|(first, last)| span.min_at < first || span.max_at > last)
    }

    /// Looks at the blocks of a segment, the outermost first, as long as one may be beyond.
    fn look(
        &mut self,
        file: &Connection,
        opener: &mut Opener,
        segment: Span,
        wanted: &Wanted,
    ) -> rusqlite::Result<()> {
        if !self.is_beyond(&segment) {
            return Ok(());
        }
        if matches!(wanted, Wanted::All) {
            self.note(segment.min_at);
            self.note(segment.max_at);
            return Ok(());
        }
        let always = (i64::MIN, i64::MAX);
        let spans = match places::blocks(file, opener, segment, wanted, always)? {
            Ok(spans) => spans,
            Err(_) => vec![segment],
        };
        let edges = spans.first().into_iter().chain(spans.last());
        for span in edges.chain(&spans) {
            if self.is_beyond(span) {
                each_head(file, opener, (span.first, span.last), &mut |meta| {
                    if wanted.has(meta.topic) {
                        self.note(meta.received_at);
                    }
                })?;
            }
        }
        Ok(())
    }
}
