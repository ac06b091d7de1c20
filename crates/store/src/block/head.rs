//! Reads what a [`super::Packer`] has packed.

use std::ops::Range;

use super::columns::Read;
use super::varint::Cursor;
use super::{Damage, MOST_MESSAGES, flag};

/// All of a message but its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) id: i64,
    pub(crate) topic: i64,
    pub(crate) connection: i64,
    pub(crate) received_at: i64,
    pub(crate) sequence: u64,
    pub(crate) flags: u8,
    pub(crate) packet_id: Option<u16>,
    /// Bytes of payload.
    pub(crate) size: u64,
    /// Where the payload stands among the payloads of the body; empty when it stands alone.
    pub(crate) payload: Range<usize>,
    /// Where the properties stand among those of the body.
    pub(crate) properties: Range<usize>,
}

impl Meta {
    /// Whether properties and payload stand alone.
    pub(crate) fn is_alone(&self) -> bool {
        self.flags & flag::ALONE != 0
    }
}

/// The messages of a block without their content, in order.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) metas: Vec<Meta>,
}

impl Head {
    /// Reads an opened head.
    pub(crate) fn read(raw: &[u8]) -> Result<Self, Damage> {
        let mut from = Cursor::new(raw);
        let count = bounded(from.size()?)?;
        let first = from.signed()?;
        let mut lanes = Lanes::read(&mut from)?;
        let mut columns = Read::new(&mut from)?;
        let mut metas = Vec::with_capacity(count);
        let (mut id, mut at) = (first.wrapping_sub(1), 0_i64);
        let (has_ids, mut payload_end, mut property_end) = (!columns.ids.is_empty(), 0, 0);
        for _ in 0..count {
            let step = if has_ids { columns.ids.number()? } else { 1 };
            // They ascend.
            id = id.checked_add_unsigned(step).filter(|_| step > 0).ok_or(Damage::Number)?;
            at = at.wrapping_add(columns.times.signed()?);
            let (connection, sequence) = lanes.next(&mut columns)?;
            let flags = columns.flags.byte()?;
            let size = columns.sizes.number()?;
            let payload = match flags & flag::ALONE {
                0 => next_range(&mut payload_end, size)?,
                _ => payload_end..payload_end,
            };
            let properties = match flags & flag::PROPERTIES {
                0 => property_end..property_end,
                _ => next_range(&mut property_end, columns.property_sizes.number()?)?,
            };
            metas.push(Meta {
                id,
                topic: columns.topics.number()?.cast_signed(),
                connection,
                received_at: at,
                sequence,
                flags,
                packet_id: match flags & flag::PACKET_ID {
                    0 => None,
                    _ => Some(u16::from_le_bytes([
                        columns.packet_ids.byte()?,
                        columns.packet_ids.byte()?,
                    ])),
                },
                size,
                payload,
                properties,
            });
        }
        Ok(Self { metas })
    }
}

/// A number of messages that a block may have.
fn bounded(count: usize) -> Result<usize, Damage> {
    if count > MOST_MESSAGES as usize { Err(Damage::Number) } else { Ok(count) }
}

fn next_range(end: &mut usize, size: u64) -> Result<Range<usize>, Damage> {
    let start = *end;
    let size = usize::try_from(size).map_err(|_| Damage::Number)?;
    *end = start.checked_add(size).ok_or(Damage::Number)?;
    Ok(start..*end)
}

/// The connections of a block and how far their sequence numbers have come.
struct Lanes {
    list: Vec<(i64, u64)>,
    has_lanes: Option<bool>,
    has_steps: bool,
}

impl Lanes {
    fn read(from: &mut Cursor<'_>) -> Result<Self, Damage> {
        // Each has a message.
        let count = bounded(from.size()?)?;
        let mut list = Vec::new();
        for _ in 0..count {
            list.push((from.signed()?, from.number()?.wrapping_sub(1)));
        }
        Ok(Self { list, has_lanes: None, has_steps: false })
    }

    /// The connection and the sequence number of the next message.
    fn next(&mut self, columns: &mut Read<'_>) -> Result<(i64, u64), Damage> {
        let has_lanes = *self.has_lanes.get_or_insert_with(|| {
            self.has_steps = !columns.sequences.is_empty();
            !columns.lanes.is_empty()
        });
        let at = if has_lanes { columns.lanes.size()? } else { 0 };
        let (connection, newest) = self.list.get_mut(at).ok_or(Damage::Number)?;
        let step = if self.has_steps { columns.sequences.signed()? } else { 0 };
        *newest = newest.wrapping_add(1).wrapping_add_signed(step);
        Ok((*connection, *newest))
    }
}

/// Payloads and properties of a block, opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body<'a> {
    /// All payloads behind each other.
    pub(crate) payloads: &'a [u8],
    properties: &'a [u8],
    /// Whether some messages of the block stand alone, and so are not in it.
    pub(crate) has_alone: bool,
}

impl<'a> Body<'a> {
    pub(crate) fn read(raw: &'a [u8]) -> Result<Self, Damage> {
        let mut from = Cursor::new(raw);
        let front = from.number()?;
        let size = usize::try_from(front >> 1).map_err(|_| Damage::Number)?;
        let payloads = from.bytes(size)?;
        let properties = from.rest();
        Ok(Self { payloads, properties, has_alone: front & 1 != 0 })
    }

    /// The payload of a message that is in the body.
    pub(crate) fn payload(&self, meta: &Meta) -> Result<&'a [u8], Damage> {
        self.payloads.get(meta.payload.clone()).ok_or(Damage::Truncated)
    }

    /// The properties of a message that is in the body.
    pub(crate) fn properties(&self, meta: &Meta) -> Result<&'a [u8], Damage> {
        self.properties.get(meta.properties.clone()).ok_or(Damage::Truncated)
    }
}
