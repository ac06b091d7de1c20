//! The columns of a head, in the order in which they stand there.

use super::varint::{Cursor, put};
use super::{Damage, varint};

/// The columns of a block, one value a message unless its comment says otherwise.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    /// Steps from the number of the message before; empty while they are all 1.
    pub(super) ids: Vec<u8>,
    /// Number of the topic.
    pub(super) topics: Vec<u8>,
    /// Steps of the time of receipt, with sign.
    pub(super) times: Vec<u8>,
    /// Place of the connection in the list; empty while there is one.
    pub(super) lanes: Vec<u8>,
    /// Steps of the sequence number within the connection, less 1, with sign; empty while all are 0.
    pub(super) sequences: Vec<u8>,
    /// See [`super::flag`].
    pub(super) flags: Vec<u8>,
    /// Two bytes for each message that has one.
    pub(super) packet_ids: Vec<u8>,
    /// Bytes of payload.
    pub(super) sizes: Vec<u8>,
    /// Bytes of properties, for each message that has some in the body.
    pub(super) property_sizes: Vec<u8>,
}

impl Columns {
    /// Their bytes, all together.
    pub(super) fn len(&self) -> usize {
        self.all().iter().map(|column| column.len()).sum()
    }

    /// Appends each column with its length in front.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for column in self.all() {
            put(out, column.len() as u64);
            out.extend_from_slice(column);
        }
    }

    fn all(&self) -> [&Vec<u8>; 9] {
        [
            &self.ids,
            &self.topics,
            &self.times,
            &self.lanes,
            &self.sequences,
            &self.flags,
            &self.packet_ids,
            &self.sizes,
            &self.property_sizes,
        ]
    }
}

/// The same to read.
pub(super) struct Read<'a> {
    pub(super) ids: Cursor<'a>,
    pub(super) topics: Cursor<'a>,
    pub(super) times: Cursor<'a>,
    pub(super) lanes: Cursor<'a>,
    pub(super) sequences: Cursor<'a>,
    pub(super) flags: Cursor<'a>,
    pub(super) packet_ids: Cursor<'a>,
    pub(super) sizes: Cursor<'a>,
    pub(super) property_sizes: Cursor<'a>,
}

impl<'a> Read<'a> {
    pub(super) fn new(from: &mut varint::Cursor<'a>) -> Result<Self, Damage> {
        let mut column = || {
            let length = from.size()?;
            from.bytes(length).map(Cursor::new)
        };
        Ok(Self {
            ids: column()?,
            topics: column()?,
            times: column()?,
            lanes: column()?,
            sequences: column()?,
            flags: column()?,
            packet_ids: column()?,
            sizes: column()?,
            property_sizes: column()?,
        })
    }
}
