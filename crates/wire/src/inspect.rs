//! A packet field by field, each with its bytes, for those who want to see what went over the wire.
//!
//! Total: any bytes have an inspection. It never says what a password is. Deliberately absent:
//! what needs more than one packet to say, as the topic behind an alias.

use std::ops::Range;

use bytes::Bytes;
use wiretree_model::ProtocolVersion;

use crate::decode::read;
use crate::ledger::{Ledger, Problems};
use crate::{DecodeError, Field, Packet, PacketType, field, show};

/// How many fields are told apart: a packet of a gigabyte has no use for more.
const MOST_FIELDS: usize = 10_000;

/// A packet that was read leniently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lenient {
    /// The packet, as well as it can be read.
    pub packet: Packet,
    /// What is wrong with it; the first hundred.
    pub problems: Vec<Problem>,
}

/// What is to be seen in the bytes of one packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Which packet it is; none if the bits are reserved or there are no bytes.
    pub packet_type: Option<PacketType>,
    /// The packet, if all of it is there and makes sense.
    pub packet: Option<Packet>,
    /// The fields in their order. Those of depth 0 cover all bytes without gap or overlap.
    pub fields: Vec<FieldValue>,
    /// What is wrong; the first hundred.
    pub problems: Vec<Problem>,
}

/// One field of one packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldValue {
    /// The name in the specification, as in "topic name" or "Session Expiry Interval".
    pub name: &'static str,
    /// The clause that defines it, as in "MQTT 5 §3.3.2.1".
    pub clause: &'static str,
    /// Its bytes in the frame, the length in front of it included.
    pub range: Range<usize>,
    /// 0 for a field of the packet, 1 for what lies inside the last of these: a flag, a property.
    pub depth: u8,
    /// For people: numbers, text with escapes, the beginning of bytes as hex.
    pub value: String,
}

/// One deviation from the specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The clause, as in "MQTT 5 §3.3.1.2".
    pub clause: &'static str,
    /// The bytes in the frame that deviate.
    pub range: Range<usize>,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
}

/// Every field of the packet in `frame`, with its bytes, and every deviation.
///
/// Of bytes that end too early it gives the fields up to there, and a problem.
pub fn inspect(frame: &Bytes, version: ProtocolVersion) -> Inspection {
    let mut inspector = Inspector::default();
    let packet_type = frame.first().and_then(|first| PacketType::from_bits(first >> 4));
    let result = read(frame.clone(), version, &mut inspector);
    let unread = inspector.covered..frame.len();
    let packet = match result {
        Ok(packet) => (!inspector.is_cut).then_some(packet),
        Err(error) => {
            inspector.problems.push(error.clause(), unread.clone(), error.sentence());
            None
        }
    };
    if !unread.is_empty() {
        let field = if inspector.is_full { field::FURTHER_FIELDS } else { field::UNREAD_BYTES };
        let value = frame.get(unread.clone()).map(show::hex).unwrap_or_default();
        inspector.keep(field, unread, 0, value);
    }
    Inspection { packet_type, packet, fields: inspector.fields, problems: inspector.problems.0 }
}

/// Keeps all it hears.
#[derive(Default)]
struct Inspector {
    fields: Vec<FieldValue>,
    problems: Problems,
    /// Where the last field of depth 0 ends.
    covered: usize,
    is_cut: bool,
    is_full: bool,
}

impl Inspector {
    fn keep(&mut self, field: Field, range: Range<usize>, depth: u8, value: String) {
        let Field { name, clause } = field;
        self.fields.push(FieldValue { name, clause, range, depth, value });
    }
}

impl Ledger for Inspector {
    fn deviation(&mut self, error: DecodeError, range: Range<usize>) -> Result<(), DecodeError> {
        self.problems.deviation(error, range)
    }

    fn cut(&mut self, error: DecodeError, range: Range<usize>) -> Result<(), DecodeError> {
        self.is_cut = true;
        self.problems.deviation(error, range)
    }

    fn remark(&mut self, range: Range<usize>, problem: impl FnOnce() -> (&'static str, String)) {
        self.problems.remark(range, problem);
    }

    fn field(
        &mut self,
        field: Field,
        range: Range<usize>,
        depth: u8,
        value: impl FnOnce() -> String,
    ) {
        if self.fields.len() >= MOST_FIELDS {
            self.is_full = true;
            return;
        }
        if depth == 0 {
            self.covered = range.end;
        }
        self.keep(field, range, depth, value());
    }
}
