//! SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK (MQTT 5 §3.8 to §3.11).

use wiretree_model::{Properties, ProtocolVersion, QoS};

use crate::fields::Fields;
use crate::property::Place;
use crate::{
    DecodeError, PacketType, ReasonCode, RetainHandling, SubAck, Subscribe, SubscribeFilter,
    SubscriptionOptions, UnsubAck, Unsubscribe, field,
};

pub(super) fn subscribe(
    fields: &mut Fields,
    version: ProtocolVersion,
) -> Result<Subscribe, DecodeError> {
    let (packet_id, properties) = head(PacketType::Subscribe, fields, version)?;
    let mut filters = Vec::new();
    while !fields.is_empty() {
        let filter = fields.string(field::TOPIC_FILTER)?;
        let options = options(fields.byte(field::SUBSCRIPTION_OPTIONS)?, version)?;
        filters.push(SubscribeFilter { filter, options });
    }
    if filters.is_empty() {
        return Err(DecodeError::Empty(field::SUBSCRIBE_FILTERS));
    }
    Ok(Subscribe { packet_id, properties, filters })
}

pub(super) fn suback(fields: &mut Fields, version: ProtocolVersion) -> Result<SubAck, DecodeError> {
    let (packet_id, properties) = head(PacketType::SubAck, fields, version)?;
    let reasons = reasons(fields);
    if reasons.is_empty() {
        return Err(DecodeError::Empty(field::REASON_CODES));
    }
    Ok(SubAck { packet_id, properties, reasons })
}

pub(super) fn unsubscribe(
    fields: &mut Fields,
    version: ProtocolVersion,
) -> Result<Unsubscribe, DecodeError> {
    let (packet_id, properties) = head(PacketType::Unsubscribe, fields, version)?;
    let mut filters = Vec::new();
    while !fields.is_empty() {
        filters.push(fields.string(field::TOPIC_FILTER)?);
    }
    if filters.is_empty() {
        return Err(DecodeError::Empty(field::UNSUBSCRIBE_FILTERS));
    }
    Ok(Unsubscribe { packet_id, properties, filters })
}

pub(super) fn unsuback(
    fields: &mut Fields,
    version: ProtocolVersion,
) -> Result<UnsubAck, DecodeError> {
    let (packet_id, properties) = head(PacketType::UnsubAck, fields, version)?;
    let reasons = match version {
        ProtocolVersion::V5 => reasons(fields),
        ProtocolVersion::V31 | ProtocolVersion::V311 => Vec::new(),
    };
    Ok(UnsubAck { packet_id, properties, reasons })
}

fn head(
    packet: PacketType,
    fields: &mut Fields,
    version: ProtocolVersion,
) -> Result<(u16, Properties), DecodeError> {
    let packet_id = fields.packet_id()?;
    let properties = match version {
        ProtocolVersion::V5 => fields.properties(Place::Packet(packet))?,
        ProtocolVersion::V31 | ProtocolVersion::V311 => Properties::default(),
    };
    Ok((packet_id, properties))
}

fn reasons(fields: &mut Fields) -> Vec<ReasonCode> {
    fields.rest().into_iter().map(ReasonCode).collect()
}

fn options(byte: u8, version: ProtocolVersion) -> Result<SubscriptionOptions, DecodeError> {
    let reserved = match version {
        ProtocolVersion::V5 => 0b1100_0000,
        ProtocolVersion::V31 | ProtocolVersion::V311 => 0b1111_1100,
    };
    let retain_handling = match (byte >> 4) & 0b11 {
        0 => Some(RetainHandling::Send),
        1 => Some(RetainHandling::SendIfNew),
        2 => Some(RetainHandling::DoNotSend),
        _ => None,
    };
    match (QoS::from_bits(byte & 0b11), retain_handling) {
        (Some(qos), Some(retain_handling)) if byte & reserved == 0 => Ok(SubscriptionOptions {
            qos,
            no_local: byte & 0b100 != 0,
            retain_as_published: byte & 0b1000 != 0,
            retain_handling,
        }),
        _ => {
            let value = u32::from(byte);
            Err(DecodeError::Value { field: field::SUBSCRIPTION_OPTIONS, value })
        }
    }
}
