//! PUBLISH (MQTT 5 §3.3).

use wiretree_model::{Properties, Property, ProtocolVersion, Publish, QoS, Topic};

use crate::fields::Fields;
use crate::property::Place;
use crate::{DecodeError, Field, PacketType, field};

pub(super) fn publish(
    flags: u8,
    fields: &mut Fields,
    version: ProtocolVersion,
) -> Result<Publish, DecodeError> {
    let (qos, dup, retain) = check_flags(flags)?;
    let topic = Topic::received(fields.string(field::TOPIC_NAME)?);
    let packet_id = match qos {
        QoS::AtMostOnce => None,
        _ => Some(fields.packet_id()?),
    };
    let properties = match version {
        ProtocolVersion::V5 => fields.properties(Place::Packet(PacketType::Publish))?,
        ProtocolVersion::V31 | ProtocolVersion::V311 => Properties::default(),
    };
    let has_alias = properties.iter().any(|one| matches!(one, Property::TopicAlias(_)));
    if !(has_alias && topic.as_bytes().is_empty()) {
        check_topic(&topic, field::TOPIC_NAME)?;
    }
    Ok(Publish { topic, payload: fields.rest(), qos, retain, dup, packet_id, properties })
}

fn check_flags(flags: u8) -> Result<(QoS, bool, bool), DecodeError> {
    let refused = |field| DecodeError::Value { field, value: u32::from(flags) };
    let qos = QoS::from_bits((flags >> 1) & 0b11).ok_or(refused(field::PUBLISH_QOS))?;
    let dup = flags & 0b1000 != 0;
    if dup && qos == QoS::AtMostOnce {
        return Err(refused(field::DUP));
    }
    Ok((qos, dup, flags & 1 != 0))
}

/// A topic to publish to has a character and no wildcards (MQTT 5 §3.3.2.1, §4.7.3).
pub(super) fn check_topic(topic: &Topic, field: Field) -> Result<(), DecodeError> {
    let bytes = topic.as_bytes();
    if bytes.is_empty() {
        return Err(DecodeError::Empty(field));
    }
    if bytes.iter().any(|byte| matches!(byte, b'+' | b'#')) {
        return Err(DecodeError::Wildcard(field));
    }
    Ok(())
}
