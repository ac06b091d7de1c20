//! The fields of packets: their names in the specification and the clause that defines each.
//!
//! Decoder and encoder name the field they are at, so an error says which one is wrong; what shows
//! the bytes of a packet field by field needs the same names.

use std::fmt;

use crate::PacketType;

/// A field of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// The name, as in "topic name".
    pub name: &'static str,
    /// The clause that defines it, as in "MQTT 5 §3.3.2.1".
    pub clause: &'static str,
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.name, self.clause)
    }
}

macro_rules! fields {
    ($($constant:ident = $name:literal, $clause:literal;)*) => {
        $(pub(crate) const $constant: Field = Field { name: $name, clause: $clause };)*
    };
}

fields! {
    FIXED_HEADER = "fixed header", "MQTT 5 §2.1.1";
    PACKET_TYPE = "packet type", "MQTT 5 §2.1.2";
    HEADER_FLAGS = "flags", "MQTT 5 §2.1.3";
    REMAINING_LENGTH = "remaining length", "MQTT 5 §2.1.4";
    TRAILING_BYTES = "bytes behind the last field", "MQTT 5 §2.1.4";
    UNREAD_BYTES = "bytes that cannot be read", "MQTT 5 §4.13.1";
    FURTHER_FIELDS = "further fields", "MQTT 5 §2.1";
    PACKET_IDENTIFIER = "packet identifier", "MQTT 5 §2.2.1";
    PROPERTY_LENGTH = "property length", "MQTT 5 §2.2.2.1";
    PROPERTIES = "properties", "MQTT 5 §2.2.2";
    UNREADABLE_PROPERTY = "unreadable property", "MQTT 5 §2.2.2.2";
    PROTOCOL_NAME = "protocol name", "MQTT 5 §3.1.2.1";
    PROTOCOL_VERSION = "protocol version", "MQTT 5 §3.1.2.2";
    CONNECT_FLAGS = "connect flags", "MQTT 5 §3.1.2.3";
    USER_NAME_FLAG = "user name flag", "MQTT 5 §3.1.2.8";
    PASSWORD_FLAG = "password flag", "MQTT 5 §3.1.2.9";
    WILL_RETAIN = "will retain", "MQTT 5 §3.1.2.7";
    WILL_FLAG = "will flag", "MQTT 5 §3.1.2.5";
    CLEAN_START = "clean start", "MQTT 5 §3.1.2.4";
    WILL_QOS = "will QoS", "MQTT 5 §3.1.2.6";
    KEEP_ALIVE = "keep alive", "MQTT 5 §3.1.2.10";
    CLIENT_IDENTIFIER = "client identifier", "MQTT 5 §3.1.3.1";
    WILL_PROPERTIES = "will properties", "MQTT 5 §3.1.3.2";
    WILL_TOPIC = "will topic", "MQTT 5 §3.1.3.3";
    WILL_PAYLOAD = "will payload", "MQTT 5 §3.1.3.4";
    USER_NAME = "user name", "MQTT 5 §3.1.3.5";
    PASSWORD = "password", "MQTT 5 §3.1.3.6";
    ACKNOWLEDGE_FLAGS = "connect acknowledge flags", "MQTT 5 §3.2.2.1";
    SESSION_PRESENT = "session present", "MQTT 5 §3.2.2.1.1";
    DUP = "DUP flag", "MQTT 5 §3.3.1.1";
    PUBLISH_QOS = "QoS", "MQTT 5 §3.3.1.2";
    RETAIN = "RETAIN flag", "MQTT 5 §3.3.1.3";
    TOPIC_NAME = "topic name", "MQTT 5 §3.3.2.1";
    PAYLOAD = "payload", "MQTT 5 §3.3.3";
    SUBSCRIBE_FILTERS = "list of topic filters", "MQTT 5 §3.8.3";
    TOPIC_FILTER = "topic filter", "MQTT 5 §3.8.3";
    SUBSCRIPTION_OPTIONS = "subscription options", "MQTT 5 §3.8.3.1";
    MAXIMUM_QOS = "maximum QoS", "MQTT 5 §3.8.3.1";
    NO_LOCAL = "no local", "MQTT 5 §3.8.3.1";
    RETAIN_AS_PUBLISHED = "retain as published", "MQTT 5 §3.8.3.1";
    RETAIN_HANDLING = "retain handling", "MQTT 5 §3.8.3.1";
    REASON_CODES = "list of reason codes", "MQTT 5 §3.9.3";
    UNSUBSCRIBE_FILTERS = "list of topic filters", "MQTT 5 §3.10.3";
}

/// The reason code of this packet.
pub(crate) fn reason(packet: PacketType) -> Field {
    let clause = match packet {
        PacketType::ConnAck => "MQTT 5 §3.2.2.2",
        PacketType::PubAck => "MQTT 5 §3.4.2.1",
        PacketType::PubRec => "MQTT 5 §3.5.2.1",
        PacketType::PubRel => "MQTT 5 §3.6.2.1",
        PacketType::PubComp => "MQTT 5 §3.7.2.1",
        PacketType::SubAck => "MQTT 5 §3.9.3",
        PacketType::UnsubAck => "MQTT 5 §3.11.3",
        PacketType::Disconnect => "MQTT 5 §3.14.2.1",
        PacketType::Auth => "MQTT 5 §3.15.2.1",
        _ => "MQTT 5 §2.4",
    };
    Field { name: "reason code", clause }
}
