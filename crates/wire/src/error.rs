//! What can be wrong with bytes, and with packets that are to become bytes.

use wiretree_model::PropertyError;

use crate::{Field, PacketType};

/// Why bytes are not a packet. Whoever sent them has broken the protocol: the specification wants
/// the connection closed (MQTT 5 §4.13).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The remaining length has more than four bytes.
    #[error("the remaining length of a packet is longer than four bytes (MQTT 5 §1.5.5)")]
    RemainingLength,
    /// The packet is larger than the caller takes.
    #[error("a packet of {length} bytes is larger than the limit of {limit} (MQTT 5 §3.1.2.11.4)")]
    TooLarge {
        /// What the fixed header announces, itself included.
        length: usize,
        /// What the caller allowed.
        limit: usize,
    },
    /// The type is reserved, or the version has no such packet.
    #[error("there is no packet of type {0} in this version (MQTT 5 §2.1.2)")]
    PacketType(u8),
    /// The low four bits of the first byte are not what this packet must have there.
    #[error("{packet} has the flags {flags:#06b} in its fixed header (MQTT 5 §2.1.3)")]
    Flags {
        /// The packet.
        packet: PacketType,
        /// The four bits.
        flags: u8,
    },
    /// The CONNECT is for a version that is neither 3.1.1 nor 5.
    #[error("protocol version {0} is neither 4 (3.1.1) nor 5 (MQTT 5 §3.1.2.2)")]
    UnsupportedVersion(u8),
    /// The packet ends inside a field.
    #[error("the packet ends inside the {0}")]
    Truncated(Field),
    /// There are bytes behind the last field.
    #[error("{packet} has {count} bytes behind its last field (MQTT 5 §2.1.4)")]
    TrailingBytes {
        /// The packet.
        packet: PacketType,
        /// How many.
        count: usize,
    },
    /// A string is not UTF-8 (§1.5.4).
    #[error("the {0} is not UTF-8 (MQTT 5 §1.5.4)")]
    Utf8(Field),
    /// A string contains U+0000 (§1.5.4).
    #[error("the {0} contains the character U+0000 (MQTT 5 §1.5.4)")]
    Null(Field),
    /// The field has a value the specification forbids.
    #[error("the {field} cannot be {value:#x}")]
    Value {
        /// The field.
        field: Field,
        /// Its value.
        value: u32,
    },
    /// The field must not be empty.
    #[error("the {0} is empty")]
    Empty(Field),
    /// A topic that is published to contains a wildcard.
    #[error("the {0} contains a wildcard")]
    Wildcard(Field),
    /// The properties cannot be read.
    #[error("{0} (MQTT 5 §2.2.2)")]
    Property(#[from] PropertyError),
    /// The property does not belong here, or stands here twice, or has a forbidden value.
    #[error("the property 0x{identifier:02x} {fault} (MQTT 5 §2.2.2.2)")]
    PropertyUse {
        /// Which property.
        identifier: u8,
        /// What is wrong with it.
        fault: &'static str,
    },
}

/// Why a packet cannot become bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A string or binary field has two length bytes.
    #[error("the {field} has {length} bytes: shorten it to 65,535")]
    TooLong {
        /// The field.
        field: Field,
        /// Its length in bytes.
        length: usize,
    },
    /// The remaining length has four bytes.
    #[error("the packet would have {0} bytes, MQTT allows 268,435,455: send less (MQTT 5 §2.1.4)")]
    TooLarge(usize),
    /// A subscription identifier is a variable byte integer.
    #[error("subscription identifier {0} is too large: choose one up to 268,435,455")]
    SubscriptionIdentifier(u32),
    /// QoS 0 has no packet identifier, QoS 1 and 2 have one.
    #[error("a packet identifier goes with QoS 1 and 2, and only with these (MQTT 5 §2.2.1)")]
    PacketIdentifier,
    /// MQTT 3.1.1 has no such packet.
    #[error("MQTT 3.1.1 has no {0}: send it on an MQTT 5 connection")]
    Version(PacketType),
}

impl DecodeError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::RemainingLength => "remaining-length",
            Self::TooLarge { .. } => "packet-too-large",
            Self::PacketType(_) => "packet-type",
            Self::Flags { .. } => "packet-flags",
            Self::UnsupportedVersion(_) => "unsupported-version",
            Self::Truncated(_) => "packet-truncated",
            Self::TrailingBytes { .. } => "trailing-bytes",
            Self::Utf8(_) => "not-utf8",
            Self::Null(_) => "null-character",
            Self::Value { .. } => "field-value",
            Self::Empty(_) => "field-empty",
            Self::Wildcard(_) => "topic-wildcard",
            Self::Property(_) => "property-malformed",
            Self::PropertyUse { .. } => "property-use",
        }
    }
}

impl EncodeError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "field-too-long",
            Self::TooLarge(_) => "packet-too-large",
            Self::SubscriptionIdentifier(_) => "subscription-identifier",
            Self::PacketIdentifier => "packet-identifier",
            Self::Version(_) => "packet-version",
        }
    }
}
