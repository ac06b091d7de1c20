//! CONNECT and CONNACK (MQTT 5 §3.1, §3.2).

use wiretree_model::{Properties, ProtocolVersion, QoS, Secret, Topic};

use super::publish::check_topic;
use crate::fields::Fields;
use crate::ledger::Ledger;
use crate::property::Place;
use crate::{ConnAck, Connect, DecodeError, PacketType, Will, field, show};

const CLEAN_START: u8 = 0b0000_0010;
const WILL: u8 = 0b0000_0100;
const WILL_RETAIN: u8 = 0b0010_0000;
const PASSWORD: u8 = 0b0100_0000;
const USER_NAME: u8 = 0b1000_0000;

pub(super) fn connect<L: Ledger>(fields: &mut Fields<'_, L>) -> Result<Connect, DecodeError> {
    let version = protocol_version(fields)?;
    let flags = fields.byte(field::CONNECT_FLAGS, show::bits)?;
    let will_qos = check_flags(flags, version, fields)?;
    let keep_alive = fields.two(field::KEEP_ALIVE, |seconds| format!("{seconds} s"))?;
    let properties = fields.properties(Place::Packet(PacketType::Connect), version)?;
    let client_id = fields.string(field::CLIENT_IDENTIFIER)?;
    let will = match flags & WILL {
        0 => None,
        _ => Some(will(fields, version, will_qos, flags & WILL_RETAIN != 0)?),
    };
    // MQTT 3.1 §3.1: a flag may be set for what is not there.
    let is_there = |fields: &Fields<'_, L>, flag| {
        flags & flag != 0 && !(version == ProtocolVersion::V31 && fields.is_empty())
    };
    let mut user_name = None;
    if is_there(fields, USER_NAME) {
        user_name = Some(fields.string(field::USER_NAME)?);
    }
    let mut password = None;
    if is_there(fields, PASSWORD) {
        password = Some(Secret::new(fields.binary(field::PASSWORD, show::masked)?));
    }
    let clean_start = flags & CLEAN_START != 0;
    Ok(Connect {
        version,
        clean_start,
        keep_alive,
        properties,
        client_id,
        will,
        user_name,
        password,
    })
}

/// MQTT 3.1 has another name, so the name is judged by the version that comes with it.
fn protocol_version<L: Ledger>(fields: &mut Fields<'_, L>) -> Result<ProtocolVersion, DecodeError> {
    let name = fields.string(field::PROTOCOL_NAME)?;
    let name_range = fields.last();
    let level = fields.byte(field::PROTOCOL_VERSION, show::protocol_level)?;
    match (name.as_bytes(), level) {
        (b"MQIsdp", 3) => return Ok(ProtocolVersion::V31),
        (b"MQTT", 4) => return Ok(ProtocolVersion::V311),
        (b"MQTT", 5) => return Ok(ProtocolVersion::V5),
        (b"MQTT" | b"MQIsdp", level) => {
            fields.deviation(DecodeError::UnsupportedVersion(level))?;
        }
        (name, _) => {
            let value = u32::try_from(name.len()).unwrap_or(u32::MAX);
            let error = DecodeError::Value { field: field::PROTOCOL_NAME, value };
            fields.deviation_at(error, name_range)?;
        }
    }
    // Bridges set the highest bit of the level.
    Ok(match level & 0x7f {
        0..=3 => ProtocolVersion::V31,
        4 => ProtocolVersion::V311,
        _ => ProtocolVersion::V5,
    })
}

/// Gives the will QoS.
fn check_flags<L: Ledger>(
    flags: u8,
    version: ProtocolVersion,
    fields: &mut Fields<'_, L>,
) -> Result<QoS, DecodeError> {
    let will_qos = (flags >> 3) & 0b11;
    for (part, flag) in [(field::USER_NAME_FLAG, USER_NAME), (field::PASSWORD_FLAG, PASSWORD)] {
        fields.part(part, || show::bit(flags & flag != 0));
    }
    fields.part(field::WILL_RETAIN, || show::bit(flags & WILL_RETAIN != 0));
    fields.part(field::WILL_QOS, || will_qos.to_string());
    fields.part(field::WILL_FLAG, || show::bit(flags & WILL != 0));
    fields.part(field::CLEAN_START, || show::bit(flags & CLEAN_START != 0));

    let value = u32::from(flags);
    let qos = QoS::from_bits(will_qos);
    if qos.is_none() {
        fields.deviation(DecodeError::Value { field: field::WILL_QOS, value })?;
    }
    let reserved = flags & 1 != 0;
    let will_without_flag = flags & WILL == 0 && flags & (WILL_RETAIN | 0b0001_1000) != 0;
    let password_alone = !version.has_properties() && flags & (USER_NAME | PASSWORD) == PASSWORD;
    if reserved || will_without_flag || password_alone {
        fields.deviation(DecodeError::Value { field: field::CONNECT_FLAGS, value })?;
    }
    Ok(qos.unwrap_or(QoS::ExactlyOnce))
}

fn will<L: Ledger>(
    fields: &mut Fields<'_, L>,
    version: ProtocolVersion,
    qos: QoS,
    retain: bool,
) -> Result<Will, DecodeError> {
    let properties = fields.properties(Place::Will, version)?;
    let topic = Topic::received(fields.string(field::WILL_TOPIC)?);
    if let Some(error) = check_topic(&topic, field::WILL_TOPIC) {
        fields.deviation(error)?;
    }
    let payload = fields.binary(field::WILL_PAYLOAD, show::payload)?;
    Ok(Will { topic, payload, qos, retain, properties })
}

pub(super) fn connack<L: Ledger>(
    fields: &mut Fields<'_, L>,
    version: ProtocolVersion,
) -> Result<ConnAck, DecodeError> {
    let flags = fields.byte(field::ACKNOWLEDGE_FLAGS, show::bits)?;
    let session_present = flags & 1 != 0;
    fields.part(field::SESSION_PRESENT, || show::bit(session_present));
    if flags > 1 {
        let value = u32::from(flags);
        fields.deviation(DecodeError::Value { field: field::ACKNOWLEDGE_FLAGS, value })?;
    }
    // A server that does not speak MQTT 5 refuses in its own form, without properties.
    let is_older_form = version.has_properties() && fields.left() == 1;
    let is_return_code = is_older_form && fields.next_byte().is_some_and(|code| code <= 5);
    let table = if is_return_code { ProtocolVersion::V311 } else { version };
    let reason = fields.reason(PacketType::ConnAck, table)?;
    let properties = if is_older_form {
        let message = "CONNACK has no properties, as if it came from an MQTT 3.1.1 server";
        fields.remark(|| ("MQTT 5 §3.2.2.3", message.to_owned()));
        Properties::default()
    } else {
        fields.properties(Place::Packet(PacketType::ConnAck), version)?
    };
    Ok(ConnAck { session_present, reason, properties })
}
