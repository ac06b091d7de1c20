//! How many messages of each class go, and how many bytes they take: from the directory of a
//! segment where that is enough, else from the heads of its blocks.

use std::collections::HashSet;

use rusqlite::Connection;

use super::place::{self, Place};
use super::selection::Selection;
use crate::block::Opener;
use crate::index::{Directory, Listed, Span};
use crate::tables::alone::{self, too_large};
use crate::tables::segments::{self, Part};
use crate::tables::{blocks, tail};

/// Messages, and bytes on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
}

impl Weight {
    pub(crate) fn add(&mut self, messages: u64, bytes: u64) {
        self.messages = self.messages.saturating_add(messages);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// Adds up what goes.
pub(crate) struct Scales<'a> {
    file: &'a Connection,
    opener: Opener,
    selection: &'a Selection,
    /// By class.
    pub(crate) weights: Vec<Weight>,
    /// The topics of what goes; not gathered unless asked for.
    pub(crate) topics: Option<HashSet<i64>>,
    /// The times of what goes, both ends included.
    pub(crate) times: Option<(i64, i64)>,
    /// The numbers of what goes, ascending; not gathered unless asked for.
    pub(crate) ids: Option<Vec<i64>>,
}

impl<'a> Scales<'a> {
    pub(crate) fn new(file: &'a Connection, selection: &'a Selection) -> rusqlite::Result<Self> {
        Ok(Self {
            file,
            opener: Opener::new().map_err(too_large)?,
            selection,
            weights: vec![Weight::default(); selection.limits.len()],
            topics: None,
            times: None,
            ids: None,
        })
    }

    /// Adds what goes of a place.
    pub(crate) fn add(&mut self, place: &Place) -> rusqlite::Result<()> {
        match place {
            Place::Segment(span) if !self.selection.touches(span) => Ok(()),
            Place::Segment(span) => self.segment(span),
            Place::Block(span) => self.block(span),
            Place::Tail(after) => self.tail(*after),
        }
    }

    fn segment(&mut self, segment: &Span) -> rusqlite::Result<()> {
        let alone = alone::lengths(self.file, segment.first, segment.last)?;
        let (touched, all_covered) = match self.touched(segment)? {
            Some((touched, _)) if touched.is_empty() => return Ok(()),
            Some((touched, covered)) => (touched, covered),
            None => (Vec::new(), false),
        };
        let one_class = touched.iter().map(|listed| self.selection.class(listed.topic));
        let is_simple = all_covered
            && self.ids.is_none()
            && (alone.is_empty() || one_class.collect::<HashSet<_>>().len() == 1);
        let listed: u64 = touched.iter().map(|listed| listed.count).sum();
        if !is_simple || (!alone.is_empty() && listed < segment.count) {
            for span in blocks::spans(self.file, segment.first, segment.last)? {
                self.block(&span)?;
            }
            return Ok(());
        }
        let mut bytes = blocks::bytes(self.file, segment.first, segment.last)?;
        bytes += alone.iter().map(|(_, length)| length).sum::<u64>();
        for listed in touched {
            self.note(listed.topic, listed.count, share(bytes, listed.count, segment.count));
        }
        self.note_times(segment.min_at, segment.max_at);
        Ok(())
    }

    /// The topics of a segment of which some messages go, and whether of each all do; `None`: the
    /// directory is damaged.
    fn touched(&mut self, segment: &Span) -> rusqlite::Result<Option<(Vec<Listed>, bool)>> {
        let mut raw = Vec::new();
        let part = Part::Directory;
        if segments::open(self.file, &mut self.opener, *segment, part, &mut raw)?.is_err() {
            return Ok(None);
        }
        let Ok(listed) = Directory::new(&raw).collect::<Result<Vec<_>, _>>() else {
            return Ok(None);
        };
        let mut touched = listed;
        touched.retain(|listed| {
            segment.first <= self.selection.newest
                && self.selection.limit(listed.topic).touches(segment)
        });
        let all = touched.iter().all(|listed| self.selection.covers(listed.topic, segment));
        Ok(Some((touched, all)))
    }

    fn block(&mut self, span: &Span) -> rusqlite::Result<()> {
        if !self.selection.touches(span) {
            return Ok(());
        }
        let Ok(opened) = place::open(self.file, &mut self.opener, span)? else { return Ok(()) };
        let has_alone = opened.metas.iter().any(crate::block::Meta::is_alone);
        let alone =
            if has_alone { alone::lengths(self.file, span.first, span.last)? } else { Vec::new() };
        let bytes = (opened.raw.head.len() + opened.raw.body.len()) as u64;
        for meta in opened.metas {
            if self.selection.has(meta.topic, meta.id, meta.received_at) {
                let of_alone = match alone.binary_search_by_key(&meta.id, |(id, _)| *id) {
                    Ok(at) => alone.get(at).map_or(0, |(_, length)| *length),
                    Err(_) => 0,
                };
                self.note(meta.topic, 1, share(bytes, 1, span.count) + of_alone);
                self.note_times(meta.received_at, meta.received_at);
                self.ids.as_mut().into_iter().for_each(|ids| ids.push(meta.id));
            }
        }
        Ok(())
    }

    fn tail(&mut self, after: i64) -> rusqlite::Result<()> {
        let rows = tail::briefs(self.file, after)?;
        let alone = match rows.iter().find(|row| row.is_alone) {
            Some(row) => alone::lengths(self.file, row.id, i64::MAX)?,
            None => Vec::new(),
        };
        for row in rows {
            if self.selection.has(row.topic, row.id, row.received_at) {
                let length = alone.iter().find(|(id, _)| *id == row.id).map_or(0, |found| found.1);
                self.note(row.topic, 1, row.bytes + length);
                self.note_times(row.received_at, row.received_at);
                self.ids.as_mut().into_iter().for_each(|ids| ids.push(row.id));
            }
        }
        Ok(())
    }

    fn note(&mut self, topic: i64, messages: u64, bytes: u64) {
        let class = usize::from(self.selection.class(topic));
        if let Some(weight) = self.weights.get_mut(class) {
            weight.add(messages, bytes);
        }
        if let Some(topics) = &mut self.topics {
            topics.insert(topic);
        }
    }

    fn note_times(&mut self, from: i64, to: i64) {
        let (first, last) = self.times.unwrap_or((from, to));
        self.times = Some((first.min(from), last.max(to)));
    }
}

/// The bytes of some messages among others.
fn share(bytes: u64, messages: u64, all: u64) -> u64 {
    let share = u128::from(bytes) * u128::from(messages) / u128::from(all.max(1));
    u64::try_from(share).unwrap_or(u64::MAX)
}
