//! CONNECT and CONNACK (MQTT 5 §3.1, §3.2).

use wiretree_model::{Properties, ProtocolVersion, QoS, Secret, Topic};

use super::publish::check_topic;
use crate::fields::Fields;
use crate::property::Place;
use crate::{ConnAck, Connect, DecodeError, PacketType, Will, field};

const CLEAN_START: u8 = 0b0000_0010;
const WILL: u8 = 0b0000_0100;
const WILL_RETAIN: u8 = 0b0010_0000;
const PASSWORD: u8 = 0b0100_0000;
const USER_NAME: u8 = 0b1000_0000;

pub(super) fn connect(fields: &mut Fields) -> Result<Connect, DecodeError> {
    let version = protocol_version(fields)?;
    let flags = fields.byte(field::CONNECT_FLAGS)?;
    let will_qos = check_flags(flags, version)?;
    let keep_alive = fields.two(field::KEEP_ALIVE)?;
    let properties = match version {
        ProtocolVersion::V5 => fields.properties(Place::Packet(PacketType::Connect))?,
        ProtocolVersion::V31 | ProtocolVersion::V311 => Properties::default(),
    };
    let client_id = fields.string(field::CLIENT_IDENTIFIER)?;
    let will = match flags & WILL {
        0 => None,
        _ => Some(will(fields, version, will_qos, flags & WILL_RETAIN != 0)?),
    };
    let user_name = match flags & USER_NAME {
        0 => None,
        _ => Some(fields.string(field::USER_NAME)?),
    };
    let password = match flags & PASSWORD {
        0 => None,
        _ => Some(Secret::new(fields.binary(field::PASSWORD)?)),
    };
    Ok(Connect {
        version,
        clean_start: flags & CLEAN_START != 0,
        keep_alive,
        properties,
        client_id,
        will,
        user_name,
        password,
    })
}

/// MQTT 3.1 has another name, so the name is judged by the version that comes with it.
fn protocol_version(fields: &mut Fields) -> Result<ProtocolVersion, DecodeError> {
    let name = fields.string(field::PROTOCOL_NAME)?;
    let level = fields.byte(field::PROTOCOL_VERSION)?;
    match (name.as_bytes(), level) {
        (b"MQIsdp", 3) => Ok(ProtocolVersion::V31),
        (b"MQTT", 4) => Ok(ProtocolVersion::V311),
        (b"MQTT", 5) => Ok(ProtocolVersion::V5),
        (b"MQTT" | b"MQIsdp", level) => Err(DecodeError::UnsupportedVersion(level)),
        (name, _) => {
            let value = u32::try_from(name.len()).unwrap_or(u32::MAX);
            Err(DecodeError::Value { field: field::PROTOCOL_NAME, value })
        }
    }
}

/// Gives the will QoS.
fn check_flags(flags: u8, version: ProtocolVersion) -> Result<QoS, DecodeError> {
    let refused = |field| Err(DecodeError::Value { field, value: u32::from(flags) });
    let Some(will_qos) = QoS::from_bits((flags >> 3) & 0b11) else {
        return refused(field::WILL_QOS);
    };
    let reserved = flags & 1 != 0;
    let will_without_flag = flags & WILL == 0 && flags & (WILL_RETAIN | 0b0001_1000) != 0;
    let password_alone = !version.has_properties() && flags & (USER_NAME | PASSWORD) == PASSWORD;
    if reserved || will_without_flag || password_alone {
        return refused(field::CONNECT_FLAGS);
    }
    Ok(will_qos)
}

fn will(
    fields: &mut Fields,
    version: ProtocolVersion,
    qos: QoS,
    retain: bool,
) -> Result<Will, DecodeError> {
    let properties = match version {
        ProtocolVersion::V5 => fields.properties(Place::Will)?,
        ProtocolVersion::V31 | ProtocolVersion::V311 => Properties::default(),
    };
    let topic = Topic::received(fields.string(field::WILL_TOPIC)?);
    check_topic(&topic, field::WILL_TOPIC)?;
    let payload = fields.binary(field::WILL_PAYLOAD)?;
    Ok(Will { topic, payload, qos, retain, properties })
}

pub(super) fn connack(
    fields: &mut Fields,
    version: ProtocolVersion,
) -> Result<ConnAck, DecodeError> {
    let flags = fields.byte(field::ACKNOWLEDGE_FLAGS)?;
    if flags > 1 {
        let value = u32::from(flags);
        return Err(DecodeError::Value { field: field::ACKNOWLEDGE_FLAGS, value });
    }
    let reason = fields.reason()?;
    // A server that does not speak MQTT 5 refuses in its own form, without properties.
    let properties = match version {
        ProtocolVersion::V5 if !fields.is_empty() => {
            fields.properties(Place::Packet(PacketType::ConnAck))?
        }
        _ => Properties::default(),
    };
    Ok(ConnAck { session_present: flags == 1, reason, properties })
}
