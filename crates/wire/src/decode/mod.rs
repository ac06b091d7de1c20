//! Bytes to packets, by one decoder that is as strict as its ledger.
//!
//! Strict: what the specification calls malformed is refused, with the clause. Lenient: it is read
//! as well as it can be, and named. Reason codes are not checked strictly against the lists of
//! their packets, nor topic filters against their grammar: both can be answered, and neither can do
//! harm.

mod acknowledgement;
mod connect;
mod publish;
mod subscribe;

use bytes::{Bytes, BytesMut};
use wiretree_model::ProtocolVersion;

use crate::fields::Fields;
use crate::frame::frame_length;
use crate::ledger::{Ledger, Problems, Strict};
use crate::{DecodeError, Lenient, Packet, PacketType, field, show};

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
pub fn decode_frame(frame: Bytes, version: ProtocolVersion) -> Result<Packet, DecodeError> {
    read(frame, version, &mut Strict)
}

/// Decodes one whole packet as well as it can be read, and names what is wrong with it.
///
/// What breaks a rule is kept as it came. A field that the packet ends in, and what would stand
/// behind it, is left out where a packet makes sense without it: the last filters of a SUBSCRIBE,
/// the properties. A QoS of 3 becomes 2, so that the packet identifier is found.
///
/// # Errors
/// The packet is shorter than it says, its type is 0, or a field is missing without which it means
/// nothing.
pub fn decode_lenient(frame: Bytes, version: ProtocolVersion) -> Result<Lenient, DecodeError> {
    let mut problems = Problems::default();
    let packet = read(frame, version, &mut problems)?;
    Ok(Lenient { packet, problems: problems.0 })
}

/// Reads the packet at the beginning of `frame`.
pub(crate) fn read<L: Ledger>(
    frame: Bytes,
    version: ProtocolVersion,
    ledger: &mut L,
) -> Result<Packet, DecodeError> {
    let first = frame.first().copied().ok_or(DecodeError::Truncated(field::FIXED_HEADER))?;
    let mut fields = Fields::new(frame, ledger);
    let packet = PacketType::from_bits(first >> 4);
    fields.byte(field::PACKET_TYPE, |_| show::packet_type(packet))?;
    let Some(packet) = packet else {
        return Err(DecodeError::PacketType(first >> 4));
    };
    check_header(packet, first & 0x0f, version, &mut fields)?;
    let remaining = fields.remaining_length()?;
    if remaining > fields.left() {
        fields.cut(DecodeError::Truncated(field::FIXED_HEADER))?;
    }
    if remaining < fields.left() {
        let count = fields.left() - remaining;
        fields.drop_end(DecodeError::TrailingBytes { packet, count }, count)?;
    }
    read_body(packet, first & 0x0f, fields, version)
}

fn check_header<L: Ledger>(
    packet: PacketType,
    flags: u8,
    version: ProtocolVersion,
    fields: &mut Fields<'_, L>,
) -> Result<(), DecodeError> {
    if packet == PacketType::Auth && !version.has_properties() {
        fields.deviation(DecodeError::PacketType(packet as u8))?;
    }
    if packet == PacketType::Publish {
        fields.part(field::DUP, || show::bit(flags & 0b1000 != 0));
        fields.part(field::PUBLISH_QOS, || (flags >> 1 & 0b11).to_string());
        fields.part(field::RETAIN, || show::bit(flags & 0b0001 != 0));
        return Ok(());
    }
    fields.part(field::HEADER_FLAGS, || format!("{flags:#06b}"));
    if flags != packet.fixed_flags() {
        fields.deviation(DecodeError::Flags { packet, flags })?;
    }
    Ok(())
}

fn read_body<L: Ledger>(
    packet: PacketType,
    flags: u8,
    mut fields: Fields<'_, L>,
    version: ProtocolVersion,
) -> Result<Packet, DecodeError> {
    use PacketType as T;
    let decoded = match packet {
        T::Connect => Packet::Connect(Box::new(connect::connect(&mut fields)?)),
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
