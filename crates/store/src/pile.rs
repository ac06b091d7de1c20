//! Messages on their way from rows to blocks to segments, within the transactions of whoever writes.
//!
//! The newest messages wait in a [`Packer`] until there are enough for a block, and the blocks until
//! there are enough for a segment with its index. Promises: what the file has is always consistent,
//! since rows leave the tail in the transaction that writes their block; a transaction that fails is
//! undone with [`Pile::go_back`]. Absent: which rows go to the tail, which is the caller's.

mod pruned;

use rusqlite::Connection;
use wiretree_model::Message;

use crate::block::{Packer, Row, Sealer};
use crate::index::{self, Entry, Span};
use crate::past;
use crate::record;
use crate::tables::blocks::Raw;
use crate::tables::{alone, blocks, segments, snapshots, tail};

/// The sizes that a test may want smaller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Bytes of a block before compression.
    pub(crate) block_bytes: usize,
    /// Properties and payload of more bytes than that stand alone.
    pub(crate) alone_bytes: usize,
    /// Messages of a segment, at least.
    pub(crate) segment_messages: usize,
    /// Messages from one snapshot of all topics to the next, at least; four for each topic is more.
    pub(crate) snapshot_messages: u64,
    /// Bytes that are removed in one go, where not as many as usual.
    pub(crate) slice_bytes: Option<u64>,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            block_bytes: 64 * 1024,
            alone_bytes: 16 * 1024,
            segment_messages: 65_536,
            snapshot_messages: 1 << 20,
            slice_bytes: None,
        }
    }
}

/// What is written, and not yet a segment.
pub(crate) struct Pile {
    sizes: Sizes,
    sealer: Sealer,
    packer: Packer,
    /// Of the messages in the packer.
    loose: Vec<Entry>,
    /// Of the messages in blocks that are no segment yet.
    entries: Vec<Entry>,
    spans: Vec<Span>,
    /// How many of these a segment has been made of in the transaction that goes on.
    sealed: (usize, usize),
    /// The last message that is in a block.
    packed_to: i64,
    /// Some messages of the packer stand in the tail.
    has_tail: bool,
    properties: Vec<u8>,
}

/// How it was before a transaction.
pub(crate) struct Mark {
    packer: Packer,
    loose: Vec<Entry>,
    entries: usize,
    spans: usize,
    packed_to: i64,
    has_tail: bool,
}

impl Pile {
    /// For a file whose blocks end with the message `packed_to`.
    ///
    /// # Errors
    /// No memory for it.
    pub(crate) fn new(sizes: Sizes, packed_to: i64) -> std::io::Result<Self> {
        Ok(Self {
            sizes,
            sealer: Sealer::new()?,
            packer: Packer::default(),
            loose: Vec::new(),
            entries: Vec::new(),
            spans: Vec::new(),
            sealed: (0, 0),
            packed_to,
            has_tail: false,
            properties: Vec::new(),
        })
    }

    /// Takes a block in that is in the file and in no segment.
    pub(crate) fn know_block(&mut self, span: Span, entries: impl IntoIterator<Item = Entry>) {
        self.spans.push(span);
        self.entries.extend(entries);
    }

    /// Takes a message in that is in the tail.
    pub(crate) fn know_row(&mut self, row: &Row<'_>) {
        self.packer.push(row);
        self.loose.push(entry(row));
        self.has_tail = true;
    }

    /// The last message that is in a block. Those behind it belong into the tail when the
    /// transaction ends.
    pub(crate) fn packed_to(&self) -> i64 {
        self.packed_to
    }

    /// To go back to, if the transaction that begins now fails.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            packer: self.packer.clone(),
            loose: self.loose.clone(),
            entries: self.entries.len(),
            spans: self.spans.len(),
            packed_to: self.packed_to,
            has_tail: self.has_tail,
        }
    }

    /// The transaction was not committed.
    pub(crate) fn go_back(&mut self, mark: Mark) {
        self.packer = mark.packer;
        self.loose = mark.loose;
        self.entries.truncate(mark.entries);
        self.spans.truncate(mark.spans);
        self.packed_to = mark.packed_to;
        self.has_tail = mark.has_tail;
        self.sealed = (0, 0);
    }

    /// The transaction was committed.
    pub(crate) fn go_on(&mut self) {
        let (entries, spans) = std::mem::take(&mut self.sealed);
        self.entries.drain(..entries);
        self.spans.drain(..spans);
    }

    /// Adds a message, with what is large in it; makes a block and a segment of those that are there
    /// when it is time.
    pub(crate) fn add(
        &mut self,
        database: &Connection,
        (id, topic, connection): (i64, i64, i64),
        message: &Message,
    ) -> rusqlite::Result<()> {
        let mut properties = std::mem::take(&mut self.properties);
        record::encode_properties(message, &mut properties);
        let row = self.row((id, topic, connection), message, &properties);
        if row.content.is_none() {
            let payload = &message.publish.payload;
            alone::insert(database, &mut self.sealer, id, &properties, payload)?;
        }
        let added = self.push(database, &row);
        self.properties = properties;
        added
    }

    /// The row of a message; `properties` are its own, as on the wire.
    pub(crate) fn row<'a>(
        &self,
        (id, topic, connection): (i64, i64, i64),
        message: &'a Message,
        properties: &'a [u8],
    ) -> Row<'a> {
        let publish = &message.publish;
        let is_large = properties.len() + publish.payload.len() > self.sizes.alone_bytes;
        Row {
            id,
            topic,
            connection,
            received_at: message.received_at.0,
            sequence: message.sequence,
            flags: record::flags(message),
            packet_id: publish.packet_id,
            size: publish.payload.len() as u64,
            content: (!is_large).then_some((properties, &*publish.payload)),
        }
    }

    /// Adds a row whose large content, if any, is written already.
    pub(crate) fn push(&mut self, database: &Connection, row: &Row<'_>) -> rusqlite::Result<()> {
        self.packer.push(row);
        self.loose.push(entry(row));
        if self.packer.is_full(self.sizes.block_bytes) {
            self.pack(database)?;
        }
        Ok(())
    }

    /// Adds a block as it stands in another file, in which it was found to be intact.
    pub(crate) fn take_block(
        &mut self,
        database: &Connection,
        block: &Raw,
        entries: Vec<Entry>,
    ) -> rusqlite::Result<()> {
        blocks::insert_raw(database, block)?;
        self.packed_to = block.span.last;
        self.know_block(block.span, entries);
        self.seal_when_due(database)?;
        // Whoever takes blocks over does not go back.
        self.go_on();
        Ok(())
    }

    /// Makes a block of what waits, and a segment when there are enough of them.
    pub(crate) fn pack(&mut self, database: &Connection) -> rusqlite::Result<()> {
        if self.packer.count() == 0 {
            return Ok(());
        }
        let packed = self.packer.pack(&mut self.sealer).map_err(alone::too_large)?;
        blocks::insert(database, &packed)?;
        if self.has_tail {
            tail::remove_to(database, packed.last)?;
            self.has_tail = false;
        }
        self.packed_to = packed.last;
        self.spans.push(Span {
            first: packed.first,
            last: packed.last,
            min_at: packed.min_at,
            max_at: packed.max_at,
            count: u64::from(packed.count),
        });
        self.entries.append(&mut self.loose);
        self.packer.clear();
        self.seal_when_due(database)
    }

    fn seal_when_due(&mut self, database: &Connection) -> rusqlite::Result<()> {
        if self.entries.len().saturating_sub(self.sealed.0) >= self.sizes.segment_messages {
            self.seal(database)?;
        }
        Ok(())
    }

    /// Makes a segment of the blocks that are in none.
    fn seal(&mut self, database: &Connection) -> rusqlite::Result<()> {
        let (entries, spans) = self.sealed;
        let mut entries = self.entries.get(entries..).unwrap_or_default().to_vec();
        let spans = self.spans.get(spans..).unwrap_or_default();
        if let Some(segment) = segment_of(spans) {
            let parts = index::build(segment.first, spans, &mut entries);
            segments::insert(database, segment)?;
            segments::insert_index(database, &mut self.sealer, segment, &parts)?;
            self.sealed = (self.entries.len(), self.spans.len());
            if snapshots::is_due(database, self.sizes.snapshot_messages)? {
                let known = past::at_segment(database, segment.last)?;
                snapshots::insert(database, &mut self.sealer, segment.last, &known)?;
            }
        }
        Ok(())
    }

    /// What the caller has put into the tail are messages of the packer.
    pub(crate) fn note_tail(&mut self) {
        self.has_tail = self.packer.count() > 0;
    }
}

/// The span of blocks that follow each other; `None`: there is none.
pub(crate) fn segment_of(spans: &[Span]) -> Option<Span> {
    let (first, last) = (spans.first()?, spans.last()?);
    let times = spans.iter();
    Some(Span {
        first: first.first,
        last: last.last,
        min_at: times.clone().map(|span| span.min_at).min()?,
        max_at: times.clone().map(|span| span.max_at).max()?,
        count: times.map(|span| span.count).sum(),
    })
}

fn entry(row: &Row<'_>) -> Entry {
    Entry::new(row.topic, row.id, row.flags, row.size)
}
