//! A message as the history writes it: flags as bits, properties as on the wire, the topic a number.

use bytes::Bytes;
use wiretree_model::{Direction, Message, Properties, Publish, QoS, Timestamp, Topic};
use wiretree_query::Head;

use crate::block::{Damage, flag};

/// A message whose topic is still a number.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) id: i64,
    pub(crate) topic: i64,
    pub(crate) message: Message,
}

/// All of it but its numbers and its content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    pub(crate) received_at: i64,
    pub(crate) sequence: u64,
    pub(crate) flags: u8,
    pub(crate) packet_id: Option<u16>,
}

/// QoS, retain, dup and direction of a message, as bits.
pub(crate) fn flags(message: &Message) -> u8 {
    let publish = &message.publish;
    let mark = |set: bool, bit: u8| if set { bit } else { 0 };
    publish.qos.bits()
        | mark(publish.retain, flag::RETAIN)
        | mark(publish.dup, flag::DUP)
        | mark(message.direction == Direction::Sent, flag::SENT)
}

/// The properties of a message as on the wire, into `out`, which is cleared before.
pub(crate) fn encode_properties(message: &Message, out: &mut Vec<u8>) {
    out.clear();
    message.publish.properties.encode(out);
}

impl Marks {
    /// What a query can know of it before its topic and its content.
    pub(crate) fn head(&self, size: u64) -> Result<Head<'static>, Damage> {
        let sent = self.flags & flag::SENT != 0;
        Ok(Head {
            topic: None,
            size,
            qos: QoS::from_bits(self.flags & flag::QOS).ok_or(Damage::Number)?,
            retain: self.flags & flag::RETAIN != 0,
            dup: self.flags & flag::DUP != 0,
            direction: if sent { Direction::Sent } else { Direction::Received },
            received_at: Timestamp(self.received_at),
            properties: None,
        })
    }
}

impl Stored {
    /// A message of its parts; the topic is still without its name.
    pub(crate) fn new(
        (id, topic): (i64, i64),
        marks: Marks,
        properties: &[u8],
        payload: Bytes,
    ) -> Result<Self, Damage> {
        let Marks { received_at, sequence, flags, packet_id } = marks;
        let publish = Publish {
            topic: Topic::default(),
            payload,
            qos: QoS::from_bits(flags & flag::QOS).ok_or(Damage::Number)?,
            retain: flags & flag::RETAIN != 0,
            dup: flags & flag::DUP != 0,
            packet_id,
            properties: self::properties(properties)?,
        };
        let sent = flags & flag::SENT != 0;
        let message = Message {
            sequence,
            received_at: Timestamp(received_at),
            direction: if sent { Direction::Sent } else { Direction::Received },
            publish,
        };
        Ok(Self { id, topic, message })
    }
}

fn properties(bytes: &[u8]) -> Result<Properties, Damage> {
    if bytes.is_empty() {
        return Ok(Properties::default());
    }
    Properties::decode(&Bytes::copy_from_slice(bytes)).map_err(|_| Damage::Properties)
}
