//! The trace: the last packets of a connection, both ways, and what happened below them.
//!
//! Promises: bounded by bytes, with what was given up counted; nothing is copied when it is read,
//! and reading never waits for the connection's task; switched off it costs one look at a flag. A
//! password never gets in. It starts switched off. The bytes are only framed here; what is in them
//! is for the reader to decode.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use wiretree_model::{Direction, ProtocolVersion, Timestamp};

/// How much is kept unless somebody says otherwise, in bytes.
const DEFAULT_LIMIT: usize = 16 * 1024 * 1024;
/// What an entry weighs beside its bytes.
const OVERHEAD: usize = 112;

/// The trace of one connection. Clones share it.
#[derive(Clone, Debug)]
pub struct Trace(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    recording: AtomicBool,
    opened: Instant,
    ring: Mutex<Ring>,
}

#[derive(Debug)]
struct Ring {
    entries: VecDeque<TraceEntry>,
    /// The number of the next entry.
    next: u64,
    bytes: usize,
    limit: usize,
    discarded: u64,
}

/// One packet or one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEntry {
    /// Counts from 0 over all of the connection's life, what was discarded included.
    pub number: u64,
    /// The time of day.
    pub at: Timestamp,
    /// The time since the connection was opened; never runs backwards.
    pub elapsed: Duration,
    /// Which attempt to connect it belongs to, from 1.
    pub connection: u32,
    /// What it was.
    pub content: Traced,
}

/// What an entry is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Traced {
    /// A packet, as it was on the wire but for masked credentials.
    Packet {
        /// Which way it went.
        direction: Direction,
        /// The version to decode it with.
        version: ProtocolVersion,
        /// All of it, fixed header included.
        bytes: Bytes,
    },
    /// Something below MQTT, in words.
    Event(String),
}

/// Which entries there are: `first..next`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceExtent {
    /// The number of the oldest entry that is kept.
    pub first: u64,
    /// The number the next entry will have.
    pub next: u64,
    /// What the kept ones weigh, in bytes.
    pub bytes: usize,
    /// How many were given up to stay within the limit.
    pub discarded: u64,
}

/// When something happened, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    pub(crate) instant: Instant,
}

impl Moment {
    /// This moment.
    pub(crate) fn now() -> Self {
        Self { at: crate::state::now(), instant: Instant::now() }
    }
}

impl Default for Trace {
    fn default() -> Self {
        let (entries, limit) = (VecDeque::new(), DEFAULT_LIMIT);
        let ring = Ring { entries, next: 0, bytes: 0, limit, discarded: 0 };
        let (recording, opened) = (AtomicBool::new(false), Instant::now());
        Self(Arc::new(Shared { recording, opened, ring: Mutex::new(ring) }))
    }
}

impl Trace {
    /// Switches recording on or off. What was recorded stays.
    pub fn set_recording(&self, on: bool) {
        self.0.recording.store(on, Ordering::Relaxed);
    }

    /// Whether it is switched on.
    pub fn is_recording(&self) -> bool {
        self.0.recording.load(Ordering::Relaxed)
    }

    /// Sets how many bytes are kept at most.
    pub fn set_limit(&self, bytes: usize) {
        let mut ring = self.ring();
        ring.limit = bytes;
        ring.shrink();
    }

    /// Forgets all entries. Their numbers are not given again.
    pub fn clear(&self) {
        let mut ring = self.ring();
        ring.entries.clear();
        ring.bytes = 0;
        ring.discarded = 0;
    }

    /// Which entries there are.
    pub fn extent(&self) -> TraceExtent {
        let ring = self.ring();
        let first = ring.first();
        TraceExtent { first, next: ring.next, bytes: ring.bytes, discarded: ring.discarded }
    }

    /// At most `limit` entries from this number on, or from the oldest that is kept.
    pub fn read(&self, from: u64, limit: usize) -> Vec<TraceEntry> {
        let ring = self.ring();
        let skip = usize::try_from(from.saturating_sub(ring.first())).unwrap_or(usize::MAX);
        ring.entries.iter().skip(skip).take(limit).cloned().collect()
    }

    /// Adds an entry of this moment; does nothing while switched off.
    pub fn record(&self, connection: u32, content: Traced) {
        if self.is_recording() {
            self.add(Moment::now(), connection, content);
        }
    }

    /// Adds a packet; does nothing while switched off, and then does not ask for the bytes.
    pub(crate) fn packet(
        &self,
        moment: Moment,
        connection: u32,
        direction: Direction,
        version: ProtocolVersion,
        bytes: impl FnOnce() -> Bytes,
    ) {
        if self.is_recording() {
            let bytes = bytes();
            self.add(moment, connection, Traced::Packet { direction, version, bytes });
        }
    }

    /// Adds an event; does nothing while switched off.
    pub(crate) fn event(&self, connection: u32, words: impl FnOnce() -> String) {
        if self.is_recording() {
            self.add(Moment::now(), connection, Traced::Event(words()));
        }
    }

    fn add(&self, moment: Moment, connection: u32, content: Traced) {
        let elapsed = moment.instant.saturating_duration_since(self.0.opened);
        let mut ring = self.ring();
        let number = ring.next;
        ring.next += 1;
        ring.bytes += content.weight();
        ring.entries.push_back(TraceEntry { number, at: moment.at, elapsed, connection, content });
        ring.shrink();
    }

    /// Held for a few lines only, never across an await.
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn first(&self) -> u64 {
        self.entries.front().map_or(self.next, |entry| entry.number)
    }

    /// Gives up the oldest entries until the rest fits.
    fn shrink(&mut self) {
        while self.bytes > self.limit {
            let Some(oldest) = self.entries.pop_front() else { return };
            self.bytes -= oldest.content.weight();
            self.discarded += 1;
        }
    }
}

impl Traced {
    fn weight(&self) -> usize {
        match self {
            Self::Packet { bytes, .. } => bytes.len() + OVERHEAD,
            Self::Event(words) => words.len() + OVERHEAD,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(trace: &Trace, size: usize) {
        let bytes = Bytes::from(vec![0; size]);
        let (direction, version) = (Direction::Sent, ProtocolVersion::V5);
        trace.record(1, Traced::Packet { direction, version, bytes });
    }

    #[test]
    fn nothing_is_recorded_until_it_is_switched_on() {
        let trace = Trace::default();
        add(&trace, 10);
        trace.record(1, Traced::Event("TCP connected".to_owned()));
        assert_eq!(trace.extent(), TraceExtent::default());
        trace.set_recording(true);
        trace.record(1, Traced::Event("TCP connected".to_owned()));
        trace.set_recording(false);
        add(&trace, 10);
        assert_eq!(trace.read(0, 10).len(), 1, "what was recorded stays");
    }

    #[test]
    fn the_oldest_make_room_and_numbers_go_on() {
        let trace = Trace::default();
        trace.set_recording(true);
        trace.set_limit(3 * (10 + OVERHEAD));
        (0..5).for_each(|_| add(&trace, 10));
        let extent = trace.extent();
        assert_eq!((extent.first, extent.next, extent.discarded), (2, 5, 2));
        assert_eq!(extent.bytes, 3 * (10 + OVERHEAD));
        let numbers = |from, limit| {
            trace.read(from, limit).iter().map(|entry| entry.number).collect::<Vec<_>>()
        };
        assert_eq!(numbers(0, 10), [2, 3, 4], "from the oldest on");
        assert_eq!(numbers(3, 1), [3]);
        assert!(numbers(5, 10).is_empty());
        trace.clear();
        add(&trace, 10);
        assert_eq!(numbers(0, 10), [5], "a number is never given twice");
        assert_eq!(trace.extent().discarded, 0);
    }

    #[test]
    fn an_entry_above_the_limit_is_discarded_and_counted() {
        let trace = Trace::default();
        trace.set_recording(true);
        trace.set_limit(100);
        add(&trace, 1000);
        let extent = trace.extent();
        assert_eq!((extent.first, extent.next, extent.bytes, extent.discarded), (1, 1, 0, 1));
    }
}
