//! A door for `benches/blocks.rs`: the steps of packing and unpacking one block, each by itself.
//!
//! Nothing else uses it; the form of a block stays private.

use std::io;

use wiretree_model::Message;

use crate::block::{Body, Head, Opener, Packed, Packer, Row, Sealer};

/// Messages, and the block that they make.
#[doc(hidden)]
pub struct BlockBench {
    messages: Vec<Message>,
    packer: Packer,
    sealer: Sealer,
    opener: Opener,
    packed: Packed,
    raw: Vec<u8>,
}

impl BlockBench {
    /// # Errors
    /// The messages are more than a block can hold, or there is no memory.
    pub fn new(messages: Vec<Message>) -> io::Result<Self> {
        let (mut packer, mut sealer) = (Packer::default(), Sealer::new()?);
        let packed = pack(&messages, &mut packer, &mut sealer)?;
        Ok(Self { messages, packer, sealer, opener: Opener::new()?, packed, raw: Vec::new() })
    }

    /// Bytes of the block.
    pub fn bytes(&self) -> usize {
        self.packed.head.len() + self.packed.body.len()
    }

    /// Packs all messages, and says how many bytes it made.
    ///
    /// # Errors
    /// As for [`Self::new`].
    pub fn pack(&mut self) -> io::Result<usize> {
        self.packed = pack(&self.messages, &mut self.packer, &mut self.sealer)?;
        Ok(self.bytes())
    }

    /// Reads what stands beside the payloads, and says of how many messages; none: it is damaged.
    pub fn read_head(&mut self) -> Option<usize> {
        self.opener.open_head(&beside(&self.packed), &self.packed.head, &mut self.raw).ok()?;
        Some(Head::read(&self.raw).ok()?.metas.len())
    }

    /// Looks for a text, as a search does.
    pub fn find(&mut self, text: &[u8]) -> bool {
        let opened = self.opener.open(&beside(&self.packed), &self.packed.body, &mut self.raw);
        opened.is_ok() && memchr::memmem::find(&self.raw, text).is_some()
    }

    /// Reads every payload, as an export does, and says of how many bytes; none: it is damaged.
    pub fn read_all(&mut self) -> Option<usize> {
        self.opener.open_head(&beside(&self.packed), &self.packed.head, &mut self.raw).ok()?;
        let head = Head::read(&self.raw).ok()?;
        self.opener.open(&beside(&self.packed), &self.packed.body, &mut self.raw).ok()?;
        let body = Body::read(&self.raw).ok()?;
        head.metas.iter().try_fold(0, |size, meta| Some(size + body.payload(meta).ok()?.len()))
    }
}

fn pack(messages: &[Message], packer: &mut Packer, sealer: &mut Sealer) -> io::Result<Packed> {
    packer.clear();
    for (message, id) in messages.iter().zip(1..) {
        let payload = &message.publish.payload;
        packer.push(&Row {
            id,
            topic: id,
            connection: 1,
            received_at: message.received_at.0,
            sequence: message.sequence,
            flags: 0,
            packet_id: None,
            size: payload.len() as u64,
            content: Some((&[], payload)),
        });
    }
    packer.pack(sealer)
}

fn beside(packed: &Packed) -> [i64; 5] {
    [packed.first, packed.last, packed.min_at, packed.max_at, i64::from(packed.count)]
}
