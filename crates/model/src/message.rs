//! Messages as recorded: what a PUBLISH packet carried, when it came, and in which order.

use bytes::Bytes;

use crate::{Properties, Topic};

/// Quality of service (MQTT 5 §4.3); the discriminants are the bits on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum QoS {
    /// QoS 0.
    #[default]
    AtMostOnce = 0,
    /// QoS 1.
    AtLeastOnce = 1,
    /// QoS 2.
    ExactlyOnce = 2,
}

impl QoS {
    /// The QoS with these bits; `None` for 3, which is a malformed packet (MQTT 5 §3.3.1.2).
    pub fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }

    /// 0, 1 or 2.
    pub fn bits(self) -> u8 {
        self as u8
    }
}

/// The version of MQTT a connection speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProtocolVersion {
    /// MQTT 3.1, protocol name `MQIsdp`, level 3. Its packets are those of 3.1.1.
    V31,
    /// MQTT 3.1.1, protocol level 4.
    V311,
    /// MQTT 5, protocol level 5.
    #[default]
    V5,
}

impl ProtocolVersion {
    /// Whether its packets carry properties and reason codes, which came with MQTT 5.
    pub fn has_properties(self) -> bool {
        self == Self::V5
    }
}

/// A moment in UTC, in microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

/// Whether a message came from the broker or went to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the broker to us.
    #[default]
    Received,
    /// From us to the broker.
    Sent,
}

/// The content of a PUBLISH packet (MQTT 5 §3.3), flags as they were on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publish {
    /// The topic name; where an alias was used, the name it stands for.
    pub topic: Topic,
    /// The payload, unchanged.
    pub payload: Bytes,
    /// The QoS of this packet, which may be lower than that of the original publication.
    pub qos: QoS,
    /// RETAIN (§3.3.1.3).
    pub retain: bool,
    /// DUP (§3.3.1.1): the sender may have sent it before. Recorded, never used to hide a message.
    pub dup: bool,
    /// The packet identifier; none with QoS 0.
    pub packet_id: Option<u16>,
    /// The MQTT 5 properties in their order, duplicates included; empty for 3.1.1.
    pub properties: Properties,
}

/// A message as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Order of arrival: counts from 1 without gaps for each connection, over all its sessions.
    /// 0: it is not recorded, or not yet.
    pub sequence: u64,
    /// When the packet was read from (or handed to) the connection.
    pub received_at: Timestamp,
    /// Which way it went.
    pub direction: Direction,
    /// What the packet carried.
    pub publish: Publish,
}

impl Message {
    /// One that has just come from the broker.
    pub fn received(received_at: Timestamp, publish: Publish) -> Self {
        Self { sequence: 0, received_at, direction: Direction::Received, publish }
    }

    /// What it weighs in a queue that is bounded by bytes: its content and a share of overhead.
    pub fn weight(&self) -> usize {
        const OVERHEAD: usize = 128;
        let Publish { topic, payload, properties, .. } = &self.publish;
        topic.as_bytes().len() + payload.len() + properties.weight() + OVERHEAD
    }
}
