//! Bytes to packets. Strict: what the specification calls malformed is refused, with the clause.
//!
//! Reason codes are not checked against the lists of their packets, nor topic filters against
//! their grammar: both can be answered, and neither can do harm.

mod acknowledgement;
mod connect;
mod publish;
mod subscribe;

use bytes::{Buf, Bytes, BytesMut};
use wiretree_model::ProtocolVersion;

use crate::fields::Fields;
use crate::frame::{frame_length, header_length};
use crate::{DecodeError, Packet, PacketType, field};

/// Takes the first packet off `buffer`; `None` while it is not complete.
///
/// `version` is what the CONNECT agreed on; a CONNECT brings its own. `limit` is the largest packet
/// taken, in bytes with its fixed header: a larger one is refused before it has arrived.
///
/// # Errors
/// What is wrong with the packet, which is taken off the buffer unless its length is what is wrong.
pub fn decode(
    buffer: &mut BytesMut,
    version: ProtocolVersion,
    limit: usize,
) -> Result<Option<Packet>, DecodeError> {
    match frame_length(buffer, limit)? {
        Some(length) if length <= buffer.len() => {
            decode_frame(buffer.split_to(length).freeze(), version).map(Some)
        }
        _ => Ok(None),
    }
}

/// Decodes one whole packet, cut out by [`frame_length`]. Payloads and strings share its bytes.
///
/// # Errors
/// What is wrong with the packet; also when `frame` is longer or shorter than it says.
pub fn decode_frame(mut frame: Bytes, version: ProtocolVersion) -> Result<Packet, DecodeError> {
    let length = frame_length(&frame, usize::MAX)?;
    let first = frame.first().copied().unwrap_or_default();
    let packet = packet_type(first, version)?;
    match length {
        Some(length) if length == frame.len() => frame.advance(header_length(&frame)),
        Some(length) if length < frame.len() => {
            return Err(DecodeError::TrailingBytes { packet, count: frame.len() - length });
        }
        _ => return Err(DecodeError::Truncated(field::FIXED_HEADER)),
    }
    decode_body(packet, first & 0x0f, Fields::new(frame), version)
}

fn packet_type(first: u8, version: ProtocolVersion) -> Result<PacketType, DecodeError> {
    let flags = first & 0x0f;
    match PacketType::from_bits(first >> 4) {
        Some(PacketType::Auth) if !version.has_properties() => Err(DecodeError::PacketType(15)),
        Some(PacketType::Publish) => Ok(PacketType::Publish),
        Some(packet) if flags == packet.fixed_flags() => Ok(packet),
        Some(packet) => Err(DecodeError::Flags { packet, flags }),
        None => Err(DecodeError::PacketType(first >> 4)),
    }
}

fn decode_body(
    packet: PacketType,
    flags: u8,
    mut fields: Fields,
    version: ProtocolVersion,
) -> Result<Packet, DecodeError> {
    use PacketType as T;
    let decoded = match packet {
        T::Connect => Packet::Connect(connect::connect(&mut fields)?),
        T::ConnAck => Packet::ConnAck(connect::connack(&mut fields, version)?),
        T::Publish => Packet::Publish(publish::publish(flags, &mut fields, version)?),
        T::PubAck => Packet::PubAck(acknowledgement::ack(packet, &mut fields, version)?),
        T::PubRec => Packet::PubRec(acknowledgement::ack(packet, &mut fields, version)?),
        T::PubRel => Packet::PubRel(acknowledgement::ack(packet, &mut fields, version)?),
        T::PubComp => Packet::PubComp(acknowledgement::ack(packet, &mut fields, version)?),
        T::Subscribe => Packet::Subscribe(subscribe::subscribe(&mut fields, version)?),
        T::SubAck => Packet::SubAck(subscribe::suback(&mut fields, version)?),
        T::Unsubscribe => Packet::Unsubscribe(subscribe::unsubscribe(&mut fields, version)?),
        T::UnsubAck => Packet::UnsubAck(subscribe::unsuback(&mut fields, version)?),
        T::PingReq => Packet::PingReq,
        T::PingResp => Packet::PingResp,
        T::Disconnect => Packet::Disconnect(acknowledgement::disconnect(&mut fields, version)?),
        T::Auth => Packet::Auth(acknowledgement::auth(&mut fields)?),
    };
    fields.finish(packet)?;
    Ok(decoded)
}
