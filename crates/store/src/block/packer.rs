//! Gathers messages into a block.

use super::columns::Columns;
use super::varint::{put, put_signed};
use super::{Sealer, flag};

/// More messages than that are in no block, however small they are.
pub(crate) const MOST_MESSAGES: u32 = 8_192;

/// A message on its way into a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) id: i64,
    pub(crate) topic: i64,
    pub(crate) connection: i64,
    pub(crate) received_at: i64,
    pub(crate) sequence: u64,
    /// QoS, retain, dup, direction, see [`flag`]; the other bits are the packer's.
    pub(crate) flags: u8,
    pub(crate) packet_id: Option<u16>,
    /// Bytes of payload.
    pub(crate) size: u64,
    /// Properties as on the wire, and the payload; `None`: they stand alone.
    pub(crate) content: Option<(&'a [u8], &'a [u8])>,
}

/// A block that is not full yet. Cloning copies it, so that a transaction that fails can go back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packer {
    first: i64,
    last: i64,
    min_at: i64,
    max_at: i64,
    count: u32,
    previous_at: i64,
    has_alone: bool,
    lanes: Vec<Lane>,
    columns: Columns,
    payloads: Vec<u8>,
    properties: Vec<u8>,
}

/// A connection with messages in the block.
#[derive(Clone, Copy, Debug)]
struct Lane {
    connection: i64,
    first_sequence: u64,
    newest_sequence: u64,
}

/// A block for the disk.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) min_at: i64,
    pub(crate) max_at: i64,
    pub(crate) count: u32,
    pub(crate) head: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

impl Packer {
    /// How many messages it has.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Whether it has that many bytes, before compression, or as many messages as may be.
    pub(crate) fn is_full(&self, bytes: usize) -> bool {
        self.count >= MOST_MESSAGES
            || self.payloads.len() + self.properties.len() + self.columns.len() >= bytes
    }

    /// Takes a message in; the numbers of messages ascend.
    pub(crate) fn push(&mut self, row: &Row<'_>) {
        let Row { id, received_at, .. } = *row;
        if self.count == 0 {
            (self.first, self.last) = (id, id.wrapping_sub(1));
            (self.min_at, self.max_at) = (received_at, received_at);
        }
        self.push_id(id);
        self.min_at = self.min_at.min(received_at);
        self.max_at = self.max_at.max(received_at);
        put_signed(&mut self.columns.times, received_at.wrapping_sub(self.previous_at));
        self.previous_at = received_at;
        put(&mut self.columns.topics, row.topic.cast_unsigned());
        self.push_sequence(row.connection, row.sequence);
        self.push_content(row);
        self.count += 1;
    }

    fn push_id(&mut self, id: i64) {
        let step = id.wrapping_sub(self.last).cast_unsigned();
        self.last = id;
        let ids = &mut self.columns.ids;
        if ids.is_empty() && step != 1 {
            // So far there was no need to write them down. None of the steps before needs two bytes.
            ids.resize(self.count as usize, 1);
        }
        if step != 1 || !ids.is_empty() {
            put(ids, step);
        }
    }

    fn push_sequence(&mut self, connection: i64, sequence: u64) {
        let known = self.lanes.iter().position(|lane| lane.connection == connection);
        let at = known.unwrap_or_else(|| {
            let newest_sequence = sequence.wrapping_sub(1);
            self.lanes.push(Lane { connection, first_sequence: sequence, newest_sequence });
            self.lanes.len() - 1
        });
        if self.columns.lanes.is_empty() && at > 0 {
            self.columns.lanes.resize(self.count as usize, 0);
        }
        if at > 0 || !self.columns.lanes.is_empty() {
            put(&mut self.columns.lanes, at as u64);
        }
        let Some(lane) = self.lanes.get_mut(at) else { return };
        let step = sequence.wrapping_sub(lane.newest_sequence).wrapping_sub(1).cast_signed();
        lane.newest_sequence = sequence;
        let sequences = &mut self.columns.sequences;
        if sequences.is_empty() && step != 0 {
            sequences.resize(self.count as usize, 0);
        }
        if step != 0 || !sequences.is_empty() {
            put_signed(sequences, step);
        }
    }

    fn push_content(&mut self, row: &Row<'_>) {
        let mut flags = row.flags & (flag::QOS | flag::RETAIN | flag::DUP | flag::SENT);
        if let Some(packet_id) = row.packet_id {
            flags |= flag::PACKET_ID;
            self.columns.packet_ids.extend_from_slice(&packet_id.to_le_bytes());
        }
        put(&mut self.columns.sizes, row.size);
        match row.content {
            Some((properties, payload)) => {
                self.payloads.extend_from_slice(payload);
                if !properties.is_empty() {
                    flags |= flag::PROPERTIES;
                    put(&mut self.columns.property_sizes, properties.len() as u64);
                    self.properties.extend_from_slice(properties);
                }
            }
            None => {
                flags |= flag::ALONE;
                self.has_alone = true;
            }
        }
        self.columns.flags.push(flags);
    }

    /// The block, sealed.
    ///
    /// # Errors
    /// It is larger than a block can be, which the limits of the writer prevent.
    pub(crate) fn pack(&self, sealer: &mut Sealer) -> std::io::Result<Packed> {
        let Self { first, last, min_at, max_at, count, .. } = *self;
        let beside = [first, last, min_at, max_at, i64::from(count)];
        let mut head = Vec::with_capacity(self.columns.len() + 64);
        put(&mut head, u64::from(count));
        put_signed(&mut head, first);
        put(&mut head, self.lanes.len() as u64);
        for lane in &self.lanes {
            put_signed(&mut head, lane.connection);
            put(&mut head, lane.first_sequence);
        }
        self.columns.write(&mut head);
        let mut body = Vec::with_capacity(self.payloads.len() + self.properties.len() + 8);
        put(&mut body, (self.payloads.len() as u64) << 1 | u64::from(self.has_alone));
        body.extend_from_slice(&self.payloads);
        body.extend_from_slice(&self.properties);
        let (head, body) = (sealer.seal(&beside, &head)?, sealer.seal(&beside, &body)?);
        Ok(Packed { first, last, min_at, max_at, count, head, body })
    }

    /// Forgets what it has, and keeps its memory.
    pub(crate) fn clear(&mut self) {
        let Self { columns, payloads, properties, lanes, .. } = self;
        let Columns { ids, topics, times, lanes: of, sequences, flags, .. } = columns;
        for column in [ids, topics, times, of, sequences, flags] {
            column.clear();
        }
        columns.packet_ids.clear();
        columns.sizes.clear();
        columns.property_sizes.clear();
        payloads.clear();
        properties.clear();
        lanes.clear();
        (self.count, self.previous_at, self.has_alone) = (0, 0, false);
    }
}
