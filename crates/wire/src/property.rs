//! Which property may stand where, how often, and with which values (MQTT 5 §2.2.2.2, table 2-4).

use wiretree_model::{MqttString, Properties, Property};

use crate::fields::check_text;
use crate::{DecodeError, PacketType, field};

/// Where properties stand: those of a will are apart from those of its CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Packet(PacketType),
    Will,
}

/// Checks the use of properties.
///
/// # Errors
/// The first one that is not allowed here, stands here twice or has a forbidden value.
pub(crate) fn check(properties: &Properties, place: Place) -> Result<(), DecodeError> {
    let mut seen = 0_u64;
    for property in properties.iter() {
        let identifier = identifier(property);
        let fault = |fault| Err(DecodeError::PropertyUse { identifier, fault });
        if !is_allowed(property, place) {
            return fault("does not belong into this packet");
        }
        if seen & (1 << identifier) != 0 && !may_repeat(property, place) {
            return fault("stands in this packet twice");
        }
        seen |= 1 << identifier;
        if !has_valid_value(property) {
            return fault("has a value that is not allowed");
        }
        for text in texts(property).into_iter().flatten() {
            check_text(text, field::PROPERTIES)?;
        }
    }
    Ok(())
}

fn may_repeat(property: &Property, place: Place) -> bool {
    match property {
        Property::UserProperty(..) => true,
        Property::SubscriptionIdentifier(_) => place == Place::Packet(PacketType::Publish),
        _ => false,
    }
}

fn is_allowed(property: &Property, place: Place) -> bool {
    use PacketType as T;
    use Property as P;
    let packet = match place {
        Place::Packet(packet) => Some(packet),
        Place::Will => None,
    };
    match property {
        P::UserProperty(..) => true,
        P::PayloadFormatIndicator(_)
        | P::MessageExpiryInterval(_)
        | P::ContentType(_)
        | P::ResponseTopic(_)
        | P::CorrelationData(_) => matches!(packet, Some(T::Publish) | None),
        P::WillDelayInterval(_) => packet.is_none(),
        P::TopicAlias(_) => packet == Some(T::Publish),
        P::SubscriptionIdentifier(_) => matches!(packet, Some(T::Publish | T::Subscribe)),
        P::SessionExpiryInterval(_) => {
            matches!(packet, Some(T::Connect | T::ConnAck | T::Disconnect))
        }
        P::ReceiveMaximum(_) | P::TopicAliasMaximum(_) | P::MaximumPacketSize(_) => {
            matches!(packet, Some(T::Connect | T::ConnAck))
        }
        P::RequestProblemInformation(_) | P::RequestResponseInformation(_) => {
            packet == Some(T::Connect)
        }
        P::AuthenticationMethod(_) | P::AuthenticationData(_) => {
            matches!(packet, Some(T::Connect | T::ConnAck | T::Auth))
        }
        P::ServerReference(_) => matches!(packet, Some(T::ConnAck | T::Disconnect)),
        P::ReasonString(_) => {
            !matches!(packet, None | Some(T::Connect | T::Publish | T::Subscribe | T::Unsubscribe))
        }
        P::AssignedClientIdentifier(_)
        | P::ServerKeepAlive(_)
        | P::ResponseInformation(_)
        | P::MaximumQoS(_)
        | P::RetainAvailable(_)
        | P::WildcardSubscriptionAvailable(_)
        | P::SubscriptionIdentifierAvailable(_)
        | P::SharedSubscriptionAvailable(_) => packet == Some(T::ConnAck),
    }
}

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
pub(crate) fn identifier(property: &Property) -> u8 {
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
