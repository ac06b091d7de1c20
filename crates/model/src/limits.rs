//! What a PUBLISH can carry at most: for what did not come from a broker, a file or a form, and is
//! to be written down in the form of the wire all the same.

use crate::{Property, Publish};

/// The longest text or binary value, in bytes (MQTT 5 §1.5.4, §1.5.6).
const LONGEST_VALUE: usize = 65_535;
/// The largest variable byte integer (§1.5.5), which bounds a packet too (§2.1.4).
const LARGEST_INTEGER: u32 = 268_435_455;

/// Why no PUBLISH can carry a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishLimit {
    /// §1.5.4.
    #[error("a topic has more than the 65,535 bytes that MQTT can carry")]
    Topic,
    /// §1.5.4, §1.5.6.
    #[error("a property has more than the 65,535 bytes that MQTT can carry")]
    Property,
    /// §3.3.2.3.8.
    #[error("a subscription identifier is larger than 268,435,455, which MQTT cannot carry")]
    SubscriptionIdentifier,
    /// §2.1.4.
    #[error(
        "a payload and its properties have more than the 268,435,455 bytes that MQTT can carry"
    )]
    Content,
}

impl Publish {
    /// Whether a packet can carry it. Whatever came in one can be carried.
    ///
    /// # Errors
    /// The first limit that is passed.
    pub fn check_limits(&self) -> Result<(), PublishLimit> {
        if self.topic.as_bytes().len() > LONGEST_VALUE {
            return Err(PublishLimit::Topic);
        }
        let mut content = self.payload.len();
        for property in self.properties.iter() {
            if longest_value(property) > LONGEST_VALUE {
                return Err(PublishLimit::Property);
            }
            if matches!(property, Property::SubscriptionIdentifier(it) if *it > LARGEST_INTEGER) {
                return Err(PublishLimit::SubscriptionIdentifier);
            }
            content = content.saturating_add(encoded_length(property));
        }
        // An alias can stand for the topic (§3.3.2.3.4), so that does not count.
        if content > LARGEST_INTEGER as usize { Err(PublishLimit::Content) } else { Ok(()) }
    }
}

fn longest_value(property: &Property) -> usize {
    match property {
        Property::UserProperty(name, value) => name.as_bytes().len().max(value.as_bytes().len()),
        other => other.text_length(),
    }
}

/// Bytes on the wire, the identifier included (§2.2.2.2).
fn encoded_length(property: &Property) -> usize {
    use Property as P;
    1 + match property {
        P::PayloadFormatIndicator(_)
        | P::RequestProblemInformation(_)
        | P::RequestResponseInformation(_)
        | P::MaximumQoS(_)
        | P::RetainAvailable(_)
        | P::WildcardSubscriptionAvailable(_)
        | P::SubscriptionIdentifierAvailable(_)
        | P::SharedSubscriptionAvailable(_) => 1,
        P::ServerKeepAlive(_)
        | P::ReceiveMaximum(_)
        | P::TopicAliasMaximum(_)
        | P::TopicAlias(_) => 2,
        P::MessageExpiryInterval(_)
        | P::SessionExpiryInterval(_)
        | P::WillDelayInterval(_)
        | P::MaximumPacketSize(_) => 4,
        P::SubscriptionIdentifier(value) => match value {
            0..0x80 => 1,
            0x80..0x4000 => 2,
            0x4000..0x20_0000 => 3,
            _ => 4,
        },
        P::UserProperty(..) => 4 + property.text_length(),
        P::ContentType(_)
        | P::ResponseTopic(_)
        | P::CorrelationData(_)
        | P::AssignedClientIdentifier(_)
        | P::AuthenticationMethod(_)
        | P::AuthenticationData(_)
        | P::ResponseInformation(_)
        | P::ServerReference(_)
        | P::ReasonString(_) => 2 + property.text_length(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{MqttString, Properties, Topic};

    fn text(length: usize) -> MqttString {
        "x".repeat(length).into()
    }

    fn with(list: Vec<Property>) -> Publish {
        Publish { properties: Properties(list), ..Publish::default() }
    }

    #[test]
    fn lengths_are_those_of_the_encoding() {
        use Property as P;
        let mut list = vec![
            P::PayloadFormatIndicator(1),
            P::MessageExpiryInterval(1),
            P::ContentType(text(5)),
            P::ResponseTopic(text(0)),
            P::CorrelationData(Bytes::from_static(b"123")),
            P::SessionExpiryInterval(1),
            P::AssignedClientIdentifier(text(1)),
            P::ServerKeepAlive(1),
            P::AuthenticationMethod(text(2)),
            P::AuthenticationData(Bytes::from_static(b"1")),
            P::RequestProblemInformation(1),
            P::WillDelayInterval(1),
            P::RequestResponseInformation(1),
            P::ResponseInformation(text(3)),
            P::ServerReference(text(4)),
            P::ReasonString(text(200)),
            P::ReceiveMaximum(1),
            P::TopicAliasMaximum(1),
            P::TopicAlias(1),
            P::MaximumQoS(1),
            P::RetainAvailable(1),
            P::UserProperty(text(3), text(65_535)),
            P::MaximumPacketSize(1),
            P::WildcardSubscriptionAvailable(1),
            P::SubscriptionIdentifierAvailable(1),
            P::SharedSubscriptionAvailable(1),
        ];
        let steps = [0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, LARGEST_INTEGER];
        list.extend(steps.map(P::SubscriptionIdentifier));
        for property in list {
            let mut bytes = Vec::new();
            Properties(vec![property.clone()]).encode(&mut bytes);
            assert_eq!(encoded_length(&property), bytes.len(), "{property:?}");
            assert_eq!(with(vec![property]).check_limits(), Ok(()));
        }
    }

    #[test]
    fn what_is_larger_than_a_packet_can_be_is_named() {
        use Property as P;
        let topic = Publish { topic: Topic::received("x".repeat(65_536)), ..Publish::default() };
        assert_eq!(topic.check_limits(), Err(PublishLimit::Topic));
        let long = [
            P::ContentType(text(65_536)),
            P::CorrelationData(Bytes::from(vec![0; 65_536])),
            P::UserProperty(text(65_536), text(0)),
            P::UserProperty(text(0), text(65_536)),
        ];
        for property in long {
            assert_eq!(with(vec![property]).check_limits(), Err(PublishLimit::Property));
        }
        let identifier = P::SubscriptionIdentifier(LARGEST_INTEGER + 1);
        let limit = PublishLimit::SubscriptionIdentifier;
        assert_eq!(with(vec![identifier]).check_limits(), Err(limit));
        let pair = P::UserProperty(text(65_000), text(65_000));
        assert_eq!(with(vec![pair.clone(); 2_064]).check_limits(), Ok(()));
        assert_eq!(with(vec![pair; 2_065]).check_limits(), Err(PublishLimit::Content));
    }
}
