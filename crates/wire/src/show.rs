//! Values of fields for people: numbers, text with escapes, reasons with their names, bytes as hex.

use wiretree_model::{Property, ProtocolVersion, escaped};

use crate::{PacketType, ReasonCode};

/// How much of a field's bytes or of a payload's text is shown.
const MOST_BYTES: usize = 64;

/// What stands where there are no bytes.
const EMPTY: &str = "(empty)";

/// Bytes as `7b 22 …`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return EMPTY.to_owned();
    }
    let mut shown: Vec<String> =
        bytes.iter().take(MOST_BYTES).map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() > MOST_BYTES {
        shown.push("…".to_owned());
    }
    shown.join(" ")
}

/// A string on one line.
pub(crate) fn text(bytes: &[u8]) -> String {
    if bytes.is_empty() { EMPTY.to_owned() } else { escaped(bytes) }
}

/// A payload: its beginning as text if it is text, otherwise as hex.
pub(crate) fn payload(bytes: &[u8]) -> String {
    let beginning = bytes.get(..MOST_BYTES).unwrap_or(bytes);
    let text = match std::str::from_utf8(beginning) {
        Ok(text) => Some(text),
        // The cut may be inside a character.
        Err(error) if error.error_len().is_none() && beginning.len() < bytes.len() => {
            beginning.get(..error.valid_up_to()).and_then(|text| std::str::from_utf8(text).ok())
        }
        Err(_) => None,
    };
    match text {
        _ if bytes.is_empty() => EMPTY.to_owned(),
        Some(text) if !text.contains('\0') => {
            let more = if text.len() < bytes.len() { "…" } else { "" };
            format!("{} · {}{more}", size(bytes.len()), escaped(text.as_bytes()))
        }
        _ => format!("{} · {}", size(bytes.len()), hex(bytes)),
    }
}

/// What is never shown.
pub(crate) fn masked(_: &[u8]) -> String {
    "•••".to_owned()
}

/// A number of bytes.
pub(crate) fn size(bytes: usize) -> String {
    format!("{bytes} B")
}

/// `PUBLISH`, or that the bits are reserved.
pub(crate) fn packet_type(packet: Option<PacketType>) -> String {
    packet.map_or("reserved", PacketType::name).to_owned()
}

/// The protocol version in CONNECT.
pub(crate) fn protocol_level(level: u8) -> String {
    let version = match level {
        3 => "3.1",
        4 => "3.1.1",
        5 => "5",
        _ => return level.to_string(),
    };
    format!("{level} (MQTT {version})")
}

/// MQTT 5 §3.8.3.1.
pub(crate) fn retain_handling(bits: u8) -> String {
    let meaning = match bits {
        0 => "send retained messages",
        1 => "send them if the subscription is new",
        2 => "do not send them",
        _ => "reserved",
    };
    format!("{bits} {meaning}")
}

/// A flag.
pub(crate) fn bit(set: bool) -> String {
    u8::from(set).to_string()
}

/// Eight flags.
pub(crate) fn bits(byte: u8) -> String {
    format!("{byte:#010b}")
}

/// `0x87 Not authorized`.
pub(crate) fn reason(reason: ReasonCode, packet: PacketType, version: ProtocolVersion) -> String {
    format!("{:#04x} {}", reason.0, reason.name_in(packet, version))
}

/// The value of a property; its name stands elsewhere.
pub(crate) fn property(property: &Property) -> String {
    use Property as P;
    match property {
        P::PayloadFormatIndicator(0) => "0 unspecified bytes".to_owned(),
        P::PayloadFormatIndicator(1) => "1 UTF-8 text".to_owned(),
        P::PayloadFormatIndicator(value)
        | P::RequestProblemInformation(value)
        | P::RequestResponseInformation(value)
        | P::MaximumQoS(value)
        | P::RetainAvailable(value)
        | P::WildcardSubscriptionAvailable(value)
        | P::SubscriptionIdentifierAvailable(value)
        | P::SharedSubscriptionAvailable(value) => value.to_string(),
        P::SessionExpiryInterval(u32::MAX) => "never".to_owned(),
        P::MessageExpiryInterval(value)
        | P::SessionExpiryInterval(value)
        | P::WillDelayInterval(value) => format!("{value} s"),
        P::ServerKeepAlive(value) => format!("{value} s"),
        P::MaximumPacketSize(value) => format!("{value} B"),
        P::SubscriptionIdentifier(value) => value.to_string(),
        P::ReceiveMaximum(value) | P::TopicAliasMaximum(value) | P::TopicAlias(value) => {
            value.to_string()
        }
        P::CorrelationData(bytes) | P::AuthenticationData(bytes) => hex(bytes),
        P::ContentType(value)
        | P::ResponseTopic(value)
        | P::AssignedClientIdentifier(value)
        | P::AuthenticationMethod(value)
        | P::ResponseInformation(value)
        | P::ServerReference(value)
        | P::ReasonString(value) => text(value.as_bytes()),
        P::UserProperty(name, value) => {
            format!("{} = {}", text(name.as_bytes()), text(value.as_bytes()))
        }
    }
}
