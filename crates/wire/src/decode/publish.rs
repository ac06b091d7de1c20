//! PUBLISH (MQTT 5 §3.3).

use wiretree_model::{ProtocolVersion, Publish, QoS, Topic};

use crate::fields::Fields;
use crate::ledger::Ledger;
use crate::property::Place;
use crate::{DecodeError, Field, PacketType, field, show};

const DUP: u8 = 0b1000;
const RETAIN: u8 = 0b0001;

pub(super) fn publish<L: Ledger>(
    flags: u8,
    fields: &mut Fields<'_, L>,
    version: ProtocolVersion,
) -> Result<Publish, DecodeError> {
    let qos = publish_qos(flags, fields)?;
    let topic = Topic::received(fields.string(field::TOPIC_NAME)?);
    let topic_range = fields.last();
    let packet_id = match qos {
        QoS::AtMostOnce => None,
        _ => Some(fields.packet_id()?),
    };
    let properties = fields.properties(Place::Packet(PacketType::Publish), version)?;
    let has_alias = properties.topic_alias().is_some();
    if !(has_alias && topic.as_bytes().is_empty())
        && let Some(error) = check_topic(&topic, field::TOPIC_NAME)
    {
        fields.deviation_at(error, topic_range)?;
    }
    let payload = fields.rest(field::PAYLOAD, show::payload);
    let (dup, retain) = (flags & DUP != 0, flags & RETAIN != 0);
    Ok(Publish { topic, payload, qos, retain, dup, packet_id, properties })
}

/// The flags in the fixed header (MQTT 5 §3.3.1), which lies behind already.
fn publish_qos<L: Ledger>(flags: u8, fields: &mut Fields<'_, L>) -> Result<QoS, DecodeError> {
    let value = u32::from(flags);
    let bits = (flags >> 1) & 0b11;
    let qos = QoS::from_bits(bits);
    if qos.is_none() {
        fields.deviation_at(DecodeError::Value { field: field::PUBLISH_QOS, value }, 0..1)?;
    }
    if flags & DUP != 0 && bits == 0 {
        fields.deviation_at(DecodeError::Value { field: field::DUP, value }, 0..1)?;
    }
    Ok(qos.unwrap_or(QoS::ExactlyOnce))
}

/// A topic to publish to has a character and no wildcards (MQTT 5 §3.3.2.1, §4.7.3).
pub(super) fn check_topic(topic: &Topic, field: Field) -> Option<DecodeError> {
    let bytes = topic.as_bytes();
    if bytes.is_empty() {
        return Some(DecodeError::Empty(field));
    }
    // Of each byte, whatever the others are, so that many are looked at in one step.
    let has_wildcard = bytes.iter().fold(false, |has, byte| has | matches!(byte, b'+' | b'#'));
    has_wildcard.then_some(DecodeError::Wildcard(field))
}
