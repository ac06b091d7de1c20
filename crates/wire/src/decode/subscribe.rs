//! SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK (MQTT 5 §3.8 to §3.11).

use wiretree_model::{Properties, ProtocolVersion, QoS};

use crate::fields::Fields;
use crate::ledger::Ledger;
use crate::property::Place;
use crate::{
    DecodeError, PacketType, ReasonCode, RetainHandling, SubAck, Subscribe, SubscribeFilter,
    SubscriptionOptions, UnsubAck, Unsubscribe, field, show,
};

pub(super) fn subscribe<L: Ledger>(
    fields: &mut Fields<'_, L>,
    version: ProtocolVersion,
) -> Result<Subscribe, DecodeError> {
    let (packet_id, properties) = head(PacketType::Subscribe, fields, version)?;
    let mut filters = Vec::new();
    while !fields.is_empty() {
        match entry(fields, version) {
            Ok(entry) => filters.push(entry),
            Err(error) => fields.give_up(error)?,
        }
    }
    if filters.is_empty() {
        fields.deviation(DecodeError::Empty(field::SUBSCRIBE_FILTERS))?;
    }
    Ok(Subscribe { packet_id, properties, filters })
}

pub(super) fn suback<L: Ledger>(
    fields: &mut Fields<'_, L>,
    version: ProtocolVersion,
) -> Result<SubAck, DecodeError> {
    let (packet_id, properties) = head(PacketType::SubAck, fields, version)?;
    let reasons = reasons(PacketType::SubAck, fields, version)?;
    if reasons.is_empty() {
        fields.deviation(DecodeError::Empty(field::REASON_CODES))?;
    }
    Ok(SubAck { packet_id, properties, reasons })
}

pub(super) fn unsubscribe<L: Ledger>(
    fields: &mut Fields<'_, L>,
    version: ProtocolVersion,
) -> Result<Unsubscribe, DecodeError> {
    let (packet_id, properties) = head(PacketType::Unsubscribe, fields, version)?;
    let mut filters = Vec::new();
    while !fields.is_empty() {
        match fields.string(field::TOPIC_FILTER) {
            Ok(filter) => filters.push(filter),
            Err(error) => fields.give_up(error)?,
        }
    }
    if filters.is_empty() {
        fields.deviation(DecodeError::Empty(field::UNSUBSCRIBE_FILTERS))?;
    }
    Ok(Unsubscribe { packet_id, properties, filters })
}

pub(super) fn unsuback<L: Ledger>(
    fields: &mut Fields<'_, L>,
    version: ProtocolVersion,
) -> Result<UnsubAck, DecodeError> {
    let (packet_id, properties) = head(PacketType::UnsubAck, fields, version)?;
    let reasons = match version {
        ProtocolVersion::V5 => reasons(PacketType::UnsubAck, fields, version)?,
        ProtocolVersion::V31 | ProtocolVersion::V311 => Vec::new(),
    };
    Ok(UnsubAck { packet_id, properties, reasons })
}

fn head<L: Ledger>(
    packet: PacketType,
    fields: &mut Fields<'_, L>,
    version: ProtocolVersion,
) -> Result<(u16, Properties), DecodeError> {
    let packet_id = fields.packet_id()?;
    let properties = fields.properties(Place::Packet(packet), version)?;
    Ok((packet_id, properties))
}

fn reasons<L: Ledger>(
    packet: PacketType,
    fields: &mut Fields<'_, L>,
    version: ProtocolVersion,
) -> Result<Vec<ReasonCode>, DecodeError> {
    let mut reasons = Vec::with_capacity(fields.left());
    while !fields.is_empty() {
        reasons.push(fields.reason(packet, version)?);
    }
    Ok(reasons)
}

fn entry<L: Ledger>(
    fields: &mut Fields<'_, L>,
    version: ProtocolVersion,
) -> Result<SubscribeFilter, DecodeError> {
    let filter = fields.string(field::TOPIC_FILTER)?;
    let byte = fields.byte(field::SUBSCRIPTION_OPTIONS, show::bits)?;
    Ok(SubscribeFilter { filter, options: options(byte, fields, version)? })
}

/// MQTT 5 §3.8.3.1; MQTT 3.1.1 has the QoS only.
fn options<L: Ledger>(
    byte: u8,
    fields: &mut Fields<'_, L>,
    version: ProtocolVersion,
) -> Result<SubscriptionOptions, DecodeError> {
    let qos = QoS::from_bits(byte & 0b11);
    let handling = RetainHandling::from_bits((byte >> 4) & 0b11);
    let options = SubscriptionOptions {
        qos: qos.unwrap_or(QoS::ExactlyOnce),
        no_local: byte & 0b100 != 0,
        retain_as_published: byte & 0b1000 != 0,
        retain_handling: handling.unwrap_or(RetainHandling::DoNotSend),
    };
    fields.part(field::MAXIMUM_QOS, || (byte & 0b11).to_string());
    let reserved = if version.has_properties() {
        fields.part(field::NO_LOCAL, || show::bit(options.no_local));
        fields.part(field::RETAIN_AS_PUBLISHED, || show::bit(options.retain_as_published));
        fields.part(field::RETAIN_HANDLING, || show::retain_handling(byte >> 4 & 0b11));
        0b1100_0000
    } else {
        0b1111_1100
    };
    if qos.is_none() || handling.is_none() || byte & reserved != 0 {
        let value = u32::from(byte);
        fields.deviation(DecodeError::Value { field: field::SUBSCRIPTION_OPTIONS, value })?;
    }
    Ok(options)
}
