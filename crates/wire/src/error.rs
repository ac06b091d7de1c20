//! What can be wrong with bytes, and with packets that are to become bytes.

use std::fmt;

use wiretree_model::PropertyError;

use crate::{Field, PacketType, property};

/// Why bytes are not a packet. Whoever sent them has broken the protocol: the specification wants
/// the connection closed (MQTT 5 §4.13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The remaining length has more than four bytes.
    RemainingLength,
    /// The packet is larger than the caller takes.
    TooLarge {
        /// What the fixed header announces, itself included.
        length: usize,
        /// What the caller allowed.
        limit: usize,
    },
    /// The type is reserved, or the version has no such packet.
    PacketType(u8),
    /// The low four bits of the first byte are not what this packet must have there.
    Flags {
        /// The packet.
        packet: PacketType,
        /// The four bits.
        flags: u8,
    },
    /// The CONNECT is for a version that is none of 3.1, 3.1.1 and 5.
    UnsupportedVersion(u8),
    /// The packet ends inside a field.
    Truncated(Field),
    /// There are bytes behind the last field.
    TrailingBytes {
        /// The packet.
        packet: PacketType,
        /// How many.
        count: usize,
    },
    /// A string is not UTF-8 (§1.5.4).
    Utf8(Field),
    /// A string contains U+0000 (§1.5.4).
    Null(Field),
    /// The field has a value the specification forbids.
    Value {
        /// The field.
        field: Field,
        /// Its value.
        value: u32,
    },
    /// The field must not be empty.
    Empty(Field),
    /// A topic that is published to contains a wildcard.
    Wildcard(Field),
    /// The properties cannot be read.
    Property(PropertyError),
    /// The property does not belong here, or stands here twice, or has a forbidden value.
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
    /// What is wrong, without the clause.
    pub fn sentence(&self) -> String {
        match self {
            Self::RemainingLength => {
                "the remaining length of a packet is longer than four bytes".to_owned()
            }
            Self::TooLarge { length, limit } => {
                format!("a packet of {length} bytes is larger than the limit of {limit}")
            }
            Self::PacketType(bits) => {
                format!("there is no packet of type {bits} in this version")
            }
            Self::Flags { packet, flags } => {
                format!("{packet} has the flags {flags:#06b} in its fixed header")
            }
            Self::UnsupportedVersion(level) => {
                format!("protocol version {level} is none of 3 (3.1), 4 (3.1.1) and 5")
            }
            Self::Truncated(field) => format!("the packet ends inside the {}", field.name),
            Self::TrailingBytes { packet, count } => {
                format!("{packet} has {count} bytes behind its last field")
            }
            Self::Utf8(field) => format!("the {} is not UTF-8", field.name),
            Self::Null(field) => format!("the {} contains the character U+0000", field.name),
            Self::Value { field, value } => format!("the {} cannot be {value:#x}", field.name),
            Self::Empty(field) => format!("the {} is empty", field.name),
            Self::Wildcard(field) => format!("the {} contains a wildcard", field.name),
            Self::Property(error) => error.to_string(),
            Self::PropertyUse { identifier, fault } => {
                let name = property::name(*identifier).unwrap_or("unknown");
                format!("the property {name} (0x{identifier:02x}) {fault}")
            }
        }
    }

    /// The clause that is broken, as in "MQTT 5 §2.1.3".
    pub fn clause(&self) -> &'static str {
        match self {
            Self::RemainingLength => "MQTT 5 §1.5.5",
            Self::TooLarge { .. } => "MQTT 5 §3.1.2.11.4",
            Self::PacketType(_) => "MQTT 5 §2.1.2",
            Self::Flags { .. } => "MQTT 5 §2.1.3",
            Self::UnsupportedVersion(_) => "MQTT 5 §3.1.2.2",
            Self::TrailingBytes { .. } => "MQTT 5 §2.1.4",
            Self::Utf8(_) | Self::Null(_) => "MQTT 5 §1.5.4",
            Self::Truncated(field)
            | Self::Value { field, .. }
            | Self::Empty(field)
            | Self::Wildcard(field) => field.clause,
            Self::Property(_) => "MQTT 5 §2.2.2",
            Self::PropertyUse { .. } => "MQTT 5 §2.2.2.2",
        }
    }

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

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.sentence(), self.clause())
    }
}

impl std::error::Error for DecodeError {}

impl From<PropertyError> for DecodeError {
    fn from(error: PropertyError) -> Self {
        Self::Property(error)
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
