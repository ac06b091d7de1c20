//! The index of a segment, some tens of thousands of messages: where the messages of a topic are,
//! and which time its blocks span. Built once, when the segment is complete.
//!
//! Three parts, sealed apart, so that a question opens only what it needs:
//!
//! | part | holds |
//! |---|---|
//! | spans | numbers, times and counts of the blocks |
//! | directory | each topic in the segment, ascending: how many messages, what they did to the retained message, how many of them we sent ourselves, bytes of places |
//! | places | for each topic, in the same order, the numbers of its messages as steps upwards |
//!
//! Pure: the disk is not known here.

use crate::block::{Cursor, Damage, flag, put, put_signed};

/// The most bytes of a part, far more than the longest numbers for as many messages as may be.
pub(crate) const MOST_BYTES: usize = 16 * 1024 * 1024;
/// More messages than that are in no segment: half of them complete it, with the block that they are in.
const MOST_MESSAGES: usize = 131_072;

/// What messages did to the retained message of their topic, as far as we were told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Retained {
    /// Nothing.
    #[default]
    Unchanged,
    /// There is one: a message came with RETAIN and a payload.
    Kept,
    /// There is none any more: a message with RETAIN came without a payload.
    Cleared,
}

impl Retained {
    /// What `later` did after this.
    pub(crate) fn then(self, later: Self) -> Self {
        if later == Self::Unchanged { self } else { later }
    }

    /// Whether there is one, if there was before.
    pub(crate) fn holds(self, before: bool) -> bool {
        match self {
            Self::Unchanged => before,
            Self::Kept => true,
            Self::Cleared => false,
        }
    }

    fn bits(self) -> u64 {
        self as u64
    }

    fn from_bits(bits: u64) -> Result<Self, Damage> {
        match bits {
            0 => Ok(Self::Unchanged),
            1 => Ok(Self::Kept),
            2 => Ok(Self::Cleared),
            _ => Err(Damage::Number),
        }
    }
}

/// A message, by what an index needs of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) topic: i64,
    pub(crate) id: i64,
    /// Nothing, where we sent it ourselves: the broker has not told.
    pub(crate) retained: Retained,
    /// It went to the broker.
    pub(crate) is_sent: bool,
}

impl Entry {
    /// Of a message with these flags and so many bytes of payload.
    pub(crate) fn new(topic: i64, id: i64, flags: u8, size: u64) -> Self {
        let is_sent = flags & flag::SENT != 0;
        let retained = match (flags & flag::RETAIN != 0 && !is_sent, size) {
            (false, _) => Retained::Unchanged,
            (true, 0) => Retained::Cleared,
            (true, _) => Retained::Kept,
        };
        Self { topic, id, retained, is_sent }
    }
}

/// The numbers and times of a block, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) min_at: i64,
    pub(crate) max_at: i64,
    pub(crate) count: u64,
}

/// The three parts, not sealed yet.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) spans: Vec<u8>,
    pub(crate) directory: Vec<u8>,
    pub(crate) places: Vec<u8>,
}

/// Builds the index of a segment that begins with the message `first`. The entries come in the order
/// of their numbers, and are left in that of their topics.
pub(crate) fn build(first: i64, spans: &[Span], entries: &mut [Entry]) -> Parts {
    let mut parts = Parts::default();
    write_spans(spans, &mut parts.spans);
    // Stable: those of one topic keep the order of their numbers.
    radsort::sort_by_key(entries, |entry| entry.topic);
    let mut before = 0;
    for of_one in entries.chunk_by(|one, next| one.topic == next.topic) {
        let Some(entry) = of_one.first() else { continue };
        let start = parts.places.len();
        let (mut previous, mut retained) = (first, Retained::Unchanged);
        for entry in of_one {
            put(&mut parts.places, entry.id.wrapping_sub(previous).cast_unsigned());
            previous = entry.id;
            retained = retained.then(entry.retained);
        }
        let directory = &mut parts.directory;
        let sent = of_one.iter().filter(|entry| entry.is_sent).count() as u64;
        put(directory, entry.topic.wrapping_sub(before).cast_unsigned());
        put(directory, (of_one.len() as u64) << 3 | u64::from(sent > 0) << 2 | retained.bits());
        if sent > 0 {
            let last = of_one.iter().rev().find(|entry| !entry.is_sent);
            let step = |entry: &Entry| entry.id.wrapping_sub(first).cast_unsigned();
            put(directory, sent);
            put(directory, last.map_or(0, |entry| step(entry).saturating_add(1)));
        }
        put(directory, (parts.places.len() - start) as u64);
        before = entry.topic;
    }
    parts
}

/// A topic of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) topic: i64,
    /// Messages, those that we sent included.
    pub(crate) count: u64,
    pub(crate) retained: Retained,
    sent: Option<Sent>,
    /// Where its places begin, and how many bytes they have.
    start: usize,
    length: usize,
}

/// What is said of a topic that we sent messages on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sent {
    count: u64,
    /// From the first message of the segment to the last that was received, and 1; 0: none was.
    last_received: u64,
}

/// The topics of an opened directory, ascending.
pub(crate) struct Directory<'a> {
    from: Cursor<'a>,
    topic: i64,
    start: usize,
    /// How many there may be.
    left: usize,
}

impl<'a> Directory<'a> {
    pub(crate) fn new(raw: &'a [u8]) -> Self {
        Self { from: Cursor::new(raw), topic: 0, start: 0, left: MOST_MESSAGES }
    }

    fn take(&mut self) -> Result<Listed, Damage> {
        self.left = self.left.checked_sub(1).ok_or(Damage::Number)?;
        self.topic = self.topic.wrapping_add_unsigned(self.from.number()?);
        let front = self.from.number()?;
        let (count, retained) = (front >> 3, Retained::from_bits(front & 3)?);
        let sent = match front & 4 {
            0 => None,
            _ => Some(Sent { count: self.from.number()?, last_received: self.from.number()? }),
        };
        let length = self.from.size()?;
        let start = self.start;
        self.start = start.checked_add(length).ok_or(Damage::Number)?;
        Ok(Listed { topic: self.topic, count, retained, sent, start, length })
    }
}

impl Iterator for Directory<'_> {
    type Item = Result<Listed, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.from.is_empty()).then(|| {
            let taken = self.take();
            if taken.is_err() {
                // Nothing behind damage can be told apart.
                self.from = Cursor::new(&[]);
            }
            taken
        })
    }
}

impl Listed {
    /// Whether we sent any of its messages.
    pub(crate) fn has_sent(&self) -> bool {
        self.sent.is_some()
    }

    /// How many of its messages were received, and the number of the last of these.
    pub(crate) fn received(&self, places: &[u8], first: i64) -> Result<(u64, Option<i64>), Damage> {
        match self.sent {
            None => {
                let mut from = Cursor::new(self.places(places)?);
                let mut id = first;
                while !from.is_empty() {
                    id = id.wrapping_add_unsigned(from.number()?);
                }
                Ok((self.count, Some(id)))
            }
            Some(Sent { count, last_received }) => {
                let last =
                    last_received.checked_sub(1).map(|step| first.wrapping_add_unsigned(step));
                Ok((self.count.saturating_sub(count), last))
            }
        }
    }

    /// Appends the numbers of its messages, ascending; `places` is opened, `first` is the first
    /// message of the segment.
    pub(crate) fn ids(&self, places: &[u8], first: i64, out: &mut Vec<i64>) -> Result<(), Damage> {
        let mut from = Cursor::new(self.places(places)?);
        let mut id = first;
        while !from.is_empty() {
            id = id.wrapping_add_unsigned(from.number()?);
            out.push(id);
        }
        Ok(())
    }
}

impl Listed {
    fn places<'a>(&self, all: &'a [u8]) -> Result<&'a [u8], Damage> {
        let end = self.start.checked_add(self.length).ok_or(Damage::Number)?;
        all.get(self.start..end).ok_or(Damage::Truncated)
    }
}

fn write_spans(spans: &[Span], out: &mut Vec<u8>) {
    put(out, spans.len() as u64);
    let mut before = Span::default();
    for span in spans {
        put(out, span.first.wrapping_sub(before.last).cast_unsigned());
        put(out, span.last.wrapping_sub(span.first).cast_unsigned());
        put_signed(out, span.min_at.wrapping_sub(before.min_at));
        put(out, span.max_at.wrapping_sub(span.min_at).cast_unsigned());
        put(out, span.count);
        before = *span;
    }
}

/// The blocks of a segment, from its opened spans.
pub(crate) fn read_spans(raw: &[u8]) -> Result<Vec<Span>, Damage> {
    let mut from = Cursor::new(raw);
    let count = from.size()?;
    if count > MOST_MESSAGES {
        return Err(Damage::Number);
    }
    let mut spans = Vec::with_capacity(count.min(raw.len()));
    let mut before = Span::default();
    for _ in 0..count {
        let first = before.last.wrapping_add_unsigned(from.number()?);
        let last = first.wrapping_add_unsigned(from.number()?);
        let min_at = before.min_at.wrapping_add(from.signed()?);
        let max_at = min_at.wrapping_add_unsigned(from.number()?);
        before = Span { first, last, min_at, max_at, count: from.number()? };
        spans.push(before);
    }
    Ok(spans)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Numbers, of these received, and whether something is retained if it was not or was before.
    type Known = (Vec<i64>, Vec<i64>, [bool; 2]);

    fn span() -> impl Strategy<Value = Span> {
        (1_i64..1_000, 0_i64..1_000, any::<(i64, u32)>(), any::<u64>()).prop_map(
            |(first, length, (at, long), count)| Span {
                first,
                last: first + length,
                min_at: at.min(i64::MAX - i64::from(u32::MAX)),
                max_at: at.min(i64::MAX - i64::from(u32::MAX)) + i64::from(long),
                count,
            },
        )
    }

    #[test]
    fn more_than_a_segment_has_is_damage() {
        let mut raw = Vec::new();
        put(&mut raw, 1 << 20);
        raw.resize(6 << 20, 0);
        assert_eq!(read_spans(&raw).unwrap_err(), Damage::Number);
        // A topic, one message, and no places, over and over.
        let raw = [1, 1 << 3, 0].repeat(1 << 20);
        let listed: Result<Vec<_>, _> = Directory::new(&raw).collect();
        assert_eq!(listed.unwrap_err(), Damage::Number);
    }

    proptest! {
        #[test]
        fn spans_come_back(given in proptest::collection::vec(span(), 0..20)) {
            let mut raw = Vec::new();
            write_spans(&given, &mut raw);
            prop_assert_eq!(read_spans(&raw).unwrap(), given);
        }

        #[test]
        fn each_topic_has_its_messages_and_what_they_did(
            given in proptest::collection::vec((1_i64..9, any::<(bool, bool)>(), 0_u64..2), 0..60),
            first in 1_i64..500,
        ) {
            let mut naive: BTreeMap<i64, Known> = BTreeMap::new();
            let mut entries = Vec::new();
            for (id, (topic, (retain, is_sent), size)) in (first..).step_by(3).zip(given) {
                let (ids, received, held) =
                    naive.entry(topic).or_insert((Vec::new(), Vec::new(), [false, true]));
                ids.push(id);
                if !is_sent {
                    received.push(id);
                    if retain {
                        *held = [size > 0; 2];
                    }
                }
                let mark = |set, bit| if set { bit } else { 0 };
                let flags = mark(retain, flag::RETAIN) | mark(is_sent, flag::SENT);
                entries.push(Entry::new(topic, id, flags, size));
            }
            let parts = build(first, &[], &mut entries);
            let mut found = BTreeMap::new();
            for listed in Directory::new(&parts.directory) {
                let listed = listed.unwrap();
                let mut ids = Vec::new();
                listed.ids(&parts.places, first, &mut ids).unwrap();
                prop_assert_eq!(ids.len() as u64, listed.count);
                let held = [false, true].map(|before| listed.retained.holds(before));
                let received = listed.received(&parts.places, first).unwrap();
                found.insert(listed.topic, (ids, received, held));
            }
            let expected: BTreeMap<_, _> = naive
                .into_iter()
                .map(|(topic, (ids, received, held))| {
                    (topic, (ids, (received.len() as u64, received.last().copied()), held))
                })
                .collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn any_bytes_are_an_index_or_an_error(raw in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = read_spans(&raw);
            for listed in Directory::new(&raw).flatten().take(50) {
                let _ = listed.ids(&raw, 0, &mut Vec::new());
                let _ = listed.received(&raw, 0);
            }
        }
    }
}
