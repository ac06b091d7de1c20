//! Which property may stand where, how often, and with which values (MQTT 5 §2.2.2.2, table 2-4).

use wiretree_model::{MqttString, Property};

use crate::fields::check_text;
use crate::{DecodeError, Field, PacketType, field};

/// Where properties stand: those of a will are apart from those of its CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Packet(PacketType),
    Will,
}

impl Place {
    /// All of the properties that stand here.
    pub(crate) fn field(self) -> Field {
        match self {
            Self::Packet(_) => field::PROPERTIES,
            Self::Will => field::WILL_PROPERTIES,
        }
    }
}

/// Checks the use of a property; `seen` are those before it in the same place, a bit for each.
///
/// # Errors
/// What `deviates` makes of a property that is not allowed here, stands here twice or has a
/// forbidden value.
pub(crate) fn check(
    property: &Property,
    place: Place,
    seen: &mut u64,
    mut deviates: impl FnMut(DecodeError) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let identifier = identifier(property);
    let fault = |fault| DecodeError::PropertyUse { identifier, fault };
    if clause(identifier, place).is_none() {
        deviates(fault("does not belong into this packet"))?;
    }
    if *seen & (1 << identifier) != 0 && !may_repeat(property, place) {
        deviates(fault("stands in this packet twice"))?;
    }
    *seen |= 1 << identifier;
    if !has_valid_value(property) {
        deviates(fault("has a value that is not allowed"))?;
    }
    for text in texts(property).into_iter().flatten() {
        if let Some(error) = check_text(text, field(property, place)) {
            deviates(error)?;
        }
    }
    Ok(())
}

/// Its name, and the clause that defines it where it stands.
pub(crate) fn field(property: &Property, place: Place) -> Field {
    let identifier = identifier(property);
    let clause = clause(identifier, place).unwrap_or("MQTT 5 §2.2.2.2");
    Field { name: name(identifier).unwrap_or("unknown property"), clause }
}

fn may_repeat(property: &Property, place: Place) -> bool {
    match property {
        Property::UserProperty(..) => true,
        Property::SubscriptionIdentifier(_) => place == Place::Packet(PacketType::Publish),
        _ => false,
    }
}

/// The clause that defines the property in this place; none where it may not stand.
fn clause(identifier: u8, place: Place) -> Option<&'static str> {
    use PacketType as T;
    let clauses: &[(u8, &'static str)] = match place {
        Place::Will => &WILL,
        Place::Packet(T::Connect) => &CONNECT,
        Place::Packet(T::ConnAck) => &CONNACK,
        Place::Packet(T::Publish) => &PUBLISH,
        Place::Packet(T::PubAck) => &[(0x1f, "MQTT 5 §3.4.2.2.2"), (0x26, "MQTT 5 §3.4.2.2.3")],
        Place::Packet(T::PubRec) => &[(0x1f, "MQTT 5 §3.5.2.2.2"), (0x26, "MQTT 5 §3.5.2.2.3")],
        Place::Packet(T::PubRel) => &[(0x1f, "MQTT 5 §3.6.2.2.2"), (0x26, "MQTT 5 §3.6.2.2.3")],
        Place::Packet(T::PubComp) => &[(0x1f, "MQTT 5 §3.7.2.2.2"), (0x26, "MQTT 5 §3.7.2.2.3")],
        Place::Packet(T::Subscribe) => &[(0x0b, "MQTT 5 §3.8.2.1.2"), (0x26, "MQTT 5 §3.8.2.1.3")],
        Place::Packet(T::SubAck) => &[(0x1f, "MQTT 5 §3.9.2.1.2"), (0x26, "MQTT 5 §3.9.2.1.3")],
        Place::Packet(T::Unsubscribe) => &[(0x26, "MQTT 5 §3.10.2.1.2")],
        Place::Packet(T::UnsubAck) => &[(0x1f, "MQTT 5 §3.11.2.1.2"), (0x26, "MQTT 5 §3.11.2.1.3")],
        Place::Packet(T::PingReq | T::PingResp) => &[],
        Place::Packet(T::Disconnect) => &DISCONNECT,
        Place::Packet(T::Auth) => &AUTH,
    };
    clauses.iter().find(|(one, _)| *one == identifier).map(|(_, clause)| *clause)
}

const CONNECT: [(u8, &str); 9] = [
    (0x11, "MQTT 5 §3.1.2.11.2"),
    (0x21, "MQTT 5 §3.1.2.11.3"),
    (0x27, "MQTT 5 §3.1.2.11.4"),
    (0x22, "MQTT 5 §3.1.2.11.5"),
    (0x19, "MQTT 5 §3.1.2.11.6"),
    (0x17, "MQTT 5 §3.1.2.11.7"),
    (0x26, "MQTT 5 §3.1.2.11.8"),
    (0x15, "MQTT 5 §3.1.2.11.9"),
    (0x16, "MQTT 5 §3.1.2.11.10"),
];

const WILL: [(u8, &str); 7] = [
    (0x18, "MQTT 5 §3.1.3.2.2"),
    (0x01, "MQTT 5 §3.1.3.2.3"),
    (0x02, "MQTT 5 §3.1.3.2.4"),
    (0x03, "MQTT 5 §3.1.3.2.5"),
    (0x08, "MQTT 5 §3.1.3.2.6"),
    (0x09, "MQTT 5 §3.1.3.2.7"),
    (0x26, "MQTT 5 §3.1.3.2.8"),
];

const CONNACK: [(u8, &str); 17] = [
    (0x11, "MQTT 5 §3.2.2.3.2"),
    (0x21, "MQTT 5 §3.2.2.3.3"),
    (0x24, "MQTT 5 §3.2.2.3.4"),
    (0x25, "MQTT 5 §3.2.2.3.5"),
    (0x27, "MQTT 5 §3.2.2.3.6"),
    (0x12, "MQTT 5 §3.2.2.3.7"),
    (0x22, "MQTT 5 §3.2.2.3.8"),
    (0x1f, "MQTT 5 §3.2.2.3.9"),
    (0x26, "MQTT 5 §3.2.2.3.10"),
    (0x28, "MQTT 5 §3.2.2.3.11"),
    (0x29, "MQTT 5 §3.2.2.3.12"),
    (0x2a, "MQTT 5 §3.2.2.3.13"),
    (0x13, "MQTT 5 §3.2.2.3.14"),
    (0x1a, "MQTT 5 §3.2.2.3.15"),
    (0x1c, "MQTT 5 §3.2.2.3.16"),
    (0x15, "MQTT 5 §3.2.2.3.17"),
    (0x16, "MQTT 5 §3.2.2.3.18"),
];

const PUBLISH: [(u8, &str); 8] = [
    (0x01, "MQTT 5 §3.3.2.3.2"),
    (0x02, "MQTT 5 §3.3.2.3.3"),
    (0x23, "MQTT 5 §3.3.2.3.4"),
    (0x08, "MQTT 5 §3.3.2.3.5"),
    (0x09, "MQTT 5 §3.3.2.3.6"),
    (0x26, "MQTT 5 §3.3.2.3.7"),
    (0x0b, "MQTT 5 §3.3.2.3.8"),
    (0x03, "MQTT 5 §3.3.2.3.9"),
];

const DISCONNECT: [(u8, &str); 4] = [
    (0x11, "MQTT 5 §3.14.2.2.2"),
    (0x1f, "MQTT 5 §3.14.2.2.3"),
    (0x26, "MQTT 5 §3.14.2.2.4"),
    (0x1c, "MQTT 5 §3.14.2.2.5"),
];

const AUTH: [(u8, &str); 4] = [
    (0x15, "MQTT 5 §3.15.2.2.2"),
    (0x16, "MQTT 5 §3.15.2.2.3"),
    (0x1f, "MQTT 5 §3.15.2.2.4"),
    (0x26, "MQTT 5 §3.15.2.2.5"),
];

fn has_valid_value(property: &Property) -> bool {
    use Property as P;
    match property {
        P::PayloadFormatIndicator(value)
        | P::RequestProblemInformation(value)
        | P::RequestResponseInformation(value)
        | P::MaximumQoS(value)
        | P::RetainAvailable(value)
        | P::WildcardSubscriptionAvailable(value)
        | P::SubscriptionIdentifierAvailable(value)
        | P::SharedSubscriptionAvailable(value) => *value <= 1,
        P::ReceiveMaximum(value) | P::TopicAlias(value) => *value != 0,
        P::MaximumPacketSize(value) | P::SubscriptionIdentifier(value) => *value != 0,
        // MQTT 5 §3.3.2.3.5: it names a topic to publish to.
        P::ResponseTopic(topic) => !topic.as_bytes().iter().any(|byte| matches!(byte, b'+' | b'#')),
        _ => true,
    }
}

/// The strings in a property.
fn texts(property: &Property) -> [Option<&MqttString>; 2] {
    use Property as P;
    match property {
        P::ContentType(text)
        | P::ResponseTopic(text)
        | P::AssignedClientIdentifier(text)
        | P::AuthenticationMethod(text)
        | P::ResponseInformation(text)
        | P::ServerReference(text)
        | P::ReasonString(text) => [Some(text), None],
        P::UserProperty(name, value) => [Some(name), Some(value)],
        _ => [None, None],
    }
}

/// The identifier on the wire.
fn identifier(property: &Property) -> u8 {
    use Property as P;
    match property {
        P::PayloadFormatIndicator(_) => 0x01,
        P::MessageExpiryInterval(_) => 0x02,
        P::ContentType(_) => 0x03,
        P::ResponseTopic(_) => 0x08,
        P::CorrelationData(_) => 0x09,
        P::SubscriptionIdentifier(_) => 0x0b,
        P::SessionExpiryInterval(_) => 0x11,
        P::AssignedClientIdentifier(_) => 0x12,
        P::ServerKeepAlive(_) => 0x13,
        P::AuthenticationMethod(_) => 0x15,
        P::AuthenticationData(_) => 0x16,
        P::RequestProblemInformation(_) => 0x17,
        P::WillDelayInterval(_) => 0x18,
        P::RequestResponseInformation(_) => 0x19,
        P::ResponseInformation(_) => 0x1a,
        P::ServerReference(_) => 0x1c,
        P::ReasonString(_) => 0x1f,
        P::ReceiveMaximum(_) => 0x21,
        P::TopicAliasMaximum(_) => 0x22,
        P::TopicAlias(_) => 0x23,
        P::MaximumQoS(_) => 0x24,
        P::RetainAvailable(_) => 0x25,
        P::UserProperty(..) => 0x26,
        P::MaximumPacketSize(_) => 0x27,
        P::WildcardSubscriptionAvailable(_) => 0x28,
        P::SubscriptionIdentifierAvailable(_) => 0x29,
        P::SharedSubscriptionAvailable(_) => 0x2a,
    }
}

/// The name in MQTT 5 §2.2.2.2.
pub(crate) fn name(identifier: u8) -> Option<&'static str> {
    Some(match identifier {
        0x01 => "Payload Format Indicator",
        0x02 => "Message Expiry Interval",
        0x03 => "Content Type",
        0x08 => "Response Topic",
        0x09 => "Correlation Data",
        0x0b => "Subscription Identifier",
        0x11 => "Session Expiry Interval",
        0x12 => "Assigned Client Identifier",
        0x13 => "Server Keep Alive",
        0x15 => "Authentication Method",
        0x16 => "Authentication Data",
        0x17 => "Request Problem Information",
        0x18 => "Will Delay Interval",
        0x19 => "Request Response Information",
        0x1a => "Response Information",
        0x1c => "Server Reference",
        0x1f => "Reason String",
        0x21 => "Receive Maximum",
        0x22 => "Topic Alias Maximum",
        0x23 => "Topic Alias",
        0x24 => "Maximum QoS",
        0x25 => "Retain Available",
        0x26 => "User Property",
        0x27 => "Maximum Packet Size",
        0x28 => "Wildcard Subscription Available",
        0x29 => "Subscription Identifier Available",
        0x2a => "Shared Subscription Available",
        _ => return None,
    })
}
