//! Packets to bytes, in the shortest form the specification allows.
//!
//! Refuses only what bytes cannot express; whether a packet is allowed is not looked at, so that a
//! test can send what no decoder accepts. What only MQTT 5 has is left out of 3.1.1.

use wiretree_model::{Properties, ProtocolVersion, Publish, QoS};

use crate::body::{Body, put_integer};
use crate::frame::LARGEST_REMAINING;
use crate::{
    Ack, ConnAck, Connect, EncodeError, Packet, PacketType, ReasonCode, Subscribe,
    SubscriptionOptions, Will, field,
};

/// Appends the packet to `out`, which is left as it was in case of an error.
///
/// A CONNECT is written in the version it names itself.
///
/// # Errors
/// What bytes cannot express: strings, identifiers and packets that are too long, a packet
/// identifier that does not go with the QoS, and AUTH in MQTT 3.1.1.
pub fn encode(
    packet: &Packet,
    version: ProtocolVersion,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let body = encode_body(packet, version)?;
    // The payload goes its own way, so that it is copied once.
    let (flags, payload) = match packet {
        Packet::Publish(publish) => (publish_flags(publish), publish.payload.as_ref()),
        other => (other.packet_type().fixed_flags(), [].as_slice()),
    };
    let remaining = body.len() + payload.len();
    if remaining > LARGEST_REMAINING {
        return Err(EncodeError::TooLarge(remaining));
    }
    out.reserve(remaining + 5);
    out.push((packet.packet_type() as u8) << 4 | flags);
    put_integer(out, remaining);
    out.extend_from_slice(&body);
    out.extend_from_slice(payload);
    Ok(())
}

fn encode_body(packet: &Packet, version: ProtocolVersion) -> Result<Vec<u8>, EncodeError> {
    let mut body = Body::new(version);
    match packet {
        Packet::Connect(connect) => return encode_connect(connect),
        Packet::ConnAck(connack) => encode_connack(connack, &mut body)?,
        Packet::Publish(publish) => return publish_head(publish, version),
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            encode_ack(ack, &mut body)?;
        }
        Packet::Subscribe(subscribe) => encode_subscribe(subscribe, &mut body)?,
        Packet::SubAck(suback) => {
            body.two(suback.packet_id);
            body.properties(&suback.properties)?;
            body.reasons(&suback.reasons);
        }
        Packet::Unsubscribe(unsubscribe) => {
            body.two(unsubscribe.packet_id);
            body.properties(&unsubscribe.properties)?;
            for filter in &unsubscribe.filters {
                body.binary(filter.as_bytes(), field::TOPIC_FILTER)?;
            }
        }
        Packet::UnsubAck(unsuback) => {
            body.two(unsuback.packet_id);
            body.properties(&unsuback.properties)?;
            if version == ProtocolVersion::V5 {
                body.reasons(&unsuback.reasons);
            }
        }
        Packet::PingReq | Packet::PingResp => {}
        Packet::Disconnect(disconnect) => {
            outcome(disconnect.reason, &disconnect.properties, &mut body)?;
        }
        Packet::Auth(_) if !version.has_properties() => {
            return Err(EncodeError::Version(PacketType::Auth));
        }
        Packet::Auth(auth) => outcome(auth.reason, &auth.properties, &mut body)?,
    }
    Ok(body.into_bytes())
}

fn publish_flags(publish: &Publish) -> u8 {
    u8::from(publish.dup) << 3 | publish.qos.bits() << 1 | u8::from(publish.retain)
}

fn publish_head(publish: &Publish, version: ProtocolVersion) -> Result<Vec<u8>, EncodeError> {
    let mut body = Body::new(version);
    body.binary(publish.topic.as_bytes(), field::TOPIC_NAME)?;
    match (publish.qos, publish.packet_id) {
        (QoS::AtMostOnce, None) => {}
        (QoS::AtLeastOnce | QoS::ExactlyOnce, Some(packet_id)) => body.two(packet_id),
        _ => return Err(EncodeError::PacketIdentifier),
    }
    body.properties(&publish.properties)?;
    Ok(body.into_bytes())
}

fn encode_connect(connect: &Connect) -> Result<Vec<u8>, EncodeError> {
    let mut body = Body::new(connect.version);
    let (name, level): (&[u8], u8) = match connect.version {
        ProtocolVersion::V31 => (b"MQIsdp", 3),
        ProtocolVersion::V311 => (b"MQTT", 4),
        ProtocolVersion::V5 => (b"MQTT", 5),
    };
    body.binary(name, field::PROTOCOL_NAME)?;
    body.byte(level);
    body.byte(connect_flags(connect));
    body.two(connect.keep_alive);
    body.properties(&connect.properties)?;
    body.binary(connect.client_id.as_bytes(), field::CLIENT_IDENTIFIER)?;
    if let Some(will) = &connect.will {
        body.properties(&will.properties)?;
        body.binary(will.topic.as_bytes(), field::WILL_TOPIC)?;
        body.binary(&will.payload, field::WILL_PAYLOAD)?;
    }
    if let Some(user_name) = &connect.user_name {
        body.binary(user_name.as_bytes(), field::USER_NAME)?;
    }
    if let Some(password) = &connect.password {
        body.binary(password.expose_bytes(), field::PASSWORD)?;
    }
    Ok(body.into_bytes())
}

/// MQTT 5 §3.1.2.3.
fn connect_flags(connect: &Connect) -> u8 {
    let will_flags = |will: &Will| 0b100 | will.qos.bits() << 3 | u8::from(will.retain) << 5;
    u8::from(connect.clean_start) << 1
        | connect.will.as_ref().map(will_flags).unwrap_or_default()
        | u8::from(connect.password.is_some()) << 6
        | u8::from(connect.user_name.is_some()) << 7
}

fn encode_connack(connack: &ConnAck, body: &mut Body) -> Result<(), EncodeError> {
    body.byte(u8::from(connack.session_present));
    body.byte(connack.reason.0);
    body.properties(&connack.properties)
}

fn encode_ack(ack: &Ack, body: &mut Body) -> Result<(), EncodeError> {
    body.two(ack.packet_id);
    outcome(ack.reason, &ack.properties, body)
}

/// The reason and the properties, each left out where the specification allows it.
fn outcome(
    reason: ReasonCode,
    properties: &Properties,
    body: &mut Body,
) -> Result<(), EncodeError> {
    let is_plain = reason == ReasonCode::SUCCESS && properties.is_empty();
    if is_plain || !body.version().has_properties() {
        return Ok(());
    }
    body.byte(reason.0);
    if properties.is_empty() { Ok(()) } else { body.properties(properties) }
}

fn encode_subscribe(subscribe: &Subscribe, body: &mut Body) -> Result<(), EncodeError> {
    body.two(subscribe.packet_id);
    body.properties(&subscribe.properties)?;
    for entry in &subscribe.filters {
        body.binary(entry.filter.as_bytes(), field::TOPIC_FILTER)?;
        body.byte(options_byte(entry.options, body.version()));
    }
    Ok(())
}

/// MQTT 5 §3.8.3.1; MQTT 3.1.1 has the QoS only.
fn options_byte(options: SubscriptionOptions, version: ProtocolVersion) -> u8 {
    match version {
        ProtocolVersion::V31 | ProtocolVersion::V311 => options.qos.bits(),
        ProtocolVersion::V5 => {
            options.qos.bits()
                | u8::from(options.no_local) << 2
                | u8::from(options.retain_as_published) << 3
                | (options.retain_handling as u8) << 4
        }
    }
}
