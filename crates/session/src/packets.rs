//! The packets of a connection as a window shows them: rows that match a filter, one packet in every
//! detail, and the handshake it is part of.
//!
//! Works on the connection's trace beside everything else, never in the actor, and blocks: call it
//! where blocking is allowed. Promises: what it keeps is bounded by what the trace keeps; a filter is
//! applied to each packet once; credentials were masked before anything came here.

mod export;
mod fact;
mod filter;
mod handshake;
mod index;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use wiretree_model::{Direction, MqttString, Timestamp, escaped};
use wiretree_mqtt::{Trace, TraceEntry, Traced};
use wiretree_wire::{FieldValue, Problem, inspect};

pub use export::{PacketExportOrder, PacketWriter};
pub use fact::PacketKind;
pub use filter::PacketFilter;
pub use handshake::{Handshake, HandshakeStep};

use fact::Fact;
use index::Index;

/// The most rows a window may ask for.
const MOST_ROWS: usize = 500;
/// The most bytes of a packet that are shown.
const MOST_BYTES: usize = 64 * 1024;
/// The longest summary of a row, in characters.
const LONGEST_SUMMARY: usize = 400;

/// A packet, or something that happened below MQTT, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketRow {
    /// Its number in the trace.
    pub number: u64,
    /// When it was read or written.
    pub at: Timestamp,
    /// Which attempt to connect it belongs to, from 1.
    pub connection: u32,
    /// Which way it went; none: something that happened below MQTT.
    pub direction: Option<Direction>,
    /// What it is.
    pub kind: PacketKind,
    /// The packet identifier.
    pub packet_id: Option<u16>,
    /// What it says, on one line; a topic behind an alias is named where the trace knows it.
    pub summary: String,
    /// Its size in bytes.
    pub size: usize,
    /// The time since the packet that it answers.
    pub round_trip: Option<Duration>,
    /// How many deviations from the specification it has; a hundred at most.
    pub problems: usize,
}

/// The rows that a window shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PacketWindow {
    /// The rows.
    pub rows: Vec<PacketRow>,
    /// The index of the first one among those that match.
    pub first: usize,
    /// How many match.
    pub total: usize,
    /// How many entries the trace keeps.
    pub kept: u64,
    /// How many have been recorded since it was last cleared.
    pub recorded: u64,
    /// How many of these had to go because the trace is full.
    pub discarded: u64,
    /// Whether packets are being recorded.
    pub is_recording: bool,
}

/// A packet with every field and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketDetail {
    /// Its row.
    pub row: PacketRow,
    /// Its fields in order, each with its bytes.
    pub fields: Vec<FieldValue>,
    /// Its first 64 KiB.
    pub bytes: Bytes,
    /// Its deviations from the specification.
    pub problems: Vec<Problem>,
}

/// The packets of one connection. Clones share what was found out about them.
#[derive(Clone)]
pub struct Packets {
    trace: Trace,
    index: Arc<Mutex<Index>>,
}

impl Packets {
    /// Looks at this trace.
    pub fn new(trace: Trace) -> Self {
        Self { trace, index: Arc::default() }
    }

    /// The trace: to switch it on and off, and to clear it.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Up to `count` rows of those that match, from the index `first` on; `None`: the last ones.
    pub fn window(
        &self,
        filter: &PacketFilter,
        first: Option<usize>,
        count: usize,
    ) -> PacketWindow {
        let count = count.min(MOST_ROWS);
        let mut index = self.index();
        let total = index.matches(filter).len();
        let first = first.unwrap_or(total.saturating_sub(count)).min(total);
        let numbers: Vec<u64> =
            index.matches(filter).iter().skip(first).take(count).copied().collect();
        // What the trace has given up in between is not shown.
        let rows = numbers.into_iter().filter_map(|number| self.row(&index, number)).collect();
        let extent = self.trace.extent();
        let kept = extent.next.saturating_sub(extent.first);
        PacketWindow {
            rows,
            first,
            total,
            kept,
            recorded: kept + extent.discarded,
            discarded: extent.discarded,
            is_recording: self.trace.is_recording(),
        }
    }

    /// A packet in every detail; `None`: it is not kept any more.
    pub fn detail(&self, number: u64) -> Option<PacketDetail> {
        let entry = self.entry(number)?;
        let index = self.index();
        let fact = index.fact(number)?;
        let row = row(&entry, fact);
        let Traced::Packet { version, bytes, .. } = entry.content else {
            return Some(PacketDetail {
                row,
                fields: Vec::new(),
                bytes: Bytes::new(),
                problems: Vec::new(),
            });
        };
        let mut inspection = inspect(&bytes, version);
        if let Some(topic) = fact.topic_behind_alias() {
            name_topic(&mut inspection.fields, &escaped(topic.as_bytes()));
        }
        name_filters(&mut inspection.fields, &handshake::filters_answered(&index, number));
        let bytes = bytes.slice(..bytes.len().min(MOST_BYTES));
        Some(PacketDetail { row, fields: inspection.fields, bytes, problems: inspection.problems })
    }

    /// The handshake that a packet is part of, over reconnects where it was resumed; `None`: there is
    /// none, or the packet is not kept any more.
    pub fn handshake(&self, number: u64) -> Option<Handshake> {
        handshake::find(&self.index(), number)
    }

    /// The index, brought up to date.
    fn index(&self) -> MutexGuard<'_, Index> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        index.catch_up(&self.trace);
        index
    }

    fn entry(&self, number: u64) -> Option<TraceEntry> {
        self.trace.read(number, 1).pop().filter(|entry| entry.number == number)
    }

    fn row(&self, index: &Index, number: u64) -> Option<PacketRow> {
        Some(row(&self.entry(number)?, index.fact(number)?))
    }
}

/// Says what an empty topic name stands for.
fn name_topic(fields: &mut [FieldValue], topic: &str) {
    let is_topic = |field: &&mut FieldValue| field.name == "topic name" && field.depth == 0;
    if let Some(field) = fields.iter_mut().find(is_topic) {
        field.value = format!("{topic} (by its alias)");
    }
}

/// Says which filter each result of a SUBACK or UNSUBACK is about (MQTT 5 §3.9.3).
fn name_filters(fields: &mut [FieldValue], filters: &[MqttString]) {
    let is_result = |field: &&mut FieldValue| field.depth == 0 && field.name == "reason code";
    for (field, filter) in fields.iter_mut().filter(is_result).zip(filters) {
        field.value = format!("{} · {}", field.value, escaped(filter.as_bytes()));
    }
}

/// An entry of the trace on one line.
fn row(entry: &TraceEntry, fact: &Fact) -> PacketRow {
    let summary = match &entry.content {
        Traced::Event(words) => escaped(words.as_bytes()),
        Traced::Packet { version, bytes, .. } => fact.summary(bytes, *version),
    };
    PacketRow {
        number: entry.number,
        at: entry.at,
        connection: entry.connection,
        direction: fact.direction,
        kind: fact.kind,
        packet_id: fact.packet_id,
        summary: cut(summary),
        size: fact.size,
        round_trip: fact.round_trip,
        problems: fact.problems,
    }
}

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST_SUMMARY) {
        text.truncate(end);
        text.push('…');
    }
    text
}
