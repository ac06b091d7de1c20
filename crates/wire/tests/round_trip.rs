//! What is encoded is decoded again, in every version, however the bytes arrive; and no bytes panic.

mod strategies;

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use strategies::{VERSIONS, any_packet, encoded};
use wiretree_model::{ProtocolVersion, Publish, QoS, Topic};
use wiretree_wire::{
    EncodeError, LARGEST_PACKET, Packet, PacketType, decode, decode_frame, encode, frame_length,
};

proptest! {
    #[test]
    fn a_packet_comes_back_as_it_was((version, packet) in any_packet()) {
        let bytes = encoded(&packet, version);
        prop_assert_eq!(frame_length(&bytes, LARGEST_PACKET), Ok(Some(bytes.len())));
        prop_assert_eq!(decode_frame(bytes, version), Ok(packet));
    }

    #[test]
    fn a_stream_cut_anywhere_gives_the_same_packets(
        first in strategies::packet(ProtocolVersion::V5),
        second in strategies::packet(ProtocolVersion::V5),
        cut in any::<prop::sample::Index>(),
    ) {
        let version = ProtocolVersion::V5;
        let stream = [encoded(&first, version), encoded(&second, version)].concat();
        let (early, late) = stream.split_at(cut.index(stream.len()));
        let mut buffer = BytesMut::new();
        let mut packets = Vec::new();
        for part in [early, late] {
            buffer.extend_from_slice(part);
            while let Some(packet) = decode(&mut buffer, version, LARGEST_PACKET).expect("valid") {
                packets.push(packet);
            }
        }
        prop_assert!(buffer.is_empty());
        prop_assert_eq!(packets, vec![first, second]);
    }

    #[test]
    fn a_packet_without_its_last_byte_is_not_complete((version, packet) in any_packet()) {
        let bytes = encoded(&packet, version);
        let mut buffer = BytesMut::from(&bytes[..bytes.len() - 1]);
        prop_assert_eq!(decode(&mut buffer, version, LARGEST_PACKET), Ok(None));
        prop_assert_eq!(buffer.len(), bytes.len() - 1, "nothing is taken off");
    }

    #[test]
    fn no_bytes_panic(bytes in any::<Vec<u8>>()) {
        for version in VERSIONS {
            let _ = decode(&mut BytesMut::from(bytes.as_slice()), version, 1_000);
            let _ = decode_frame(Bytes::from(bytes.clone()), version);
        }
    }

    #[test]
    fn no_changed_packet_panics(
        (version, packet) in any_packet(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encoded(&packet, version).to_vec();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(packet) = decode_frame(Bytes::from(bytes), version) {
            // What is accepted means something, so it can be said again.
            let bytes = encoded(&packet, version);
            prop_assert_eq!(decode_frame(bytes, version), Ok(packet));
        }
    }
}

#[test]
fn every_type_has_its_bits_and_its_name() {
    let names: Vec<_> = (0..16).filter_map(PacketType::from_bits).map(PacketType::name).collect();
    assert_eq!(names.len(), 15);
    assert_eq!((names[0], names[14]), ("CONNECT", "AUTH"));
}

#[test]
fn what_bytes_cannot_express_is_refused_and_leaves_the_buffer_alone() {
    let long = Publish { topic: Topic::received("a".repeat(65_536)), ..Publish::default() };
    let without_id = Publish { qos: QoS::AtLeastOnce, ..Publish::default() };
    let with_id = Publish { packet_id: Some(1), ..Publish::default() };
    for (publish, code) in [
        (long, "field-too-long"),
        (without_id, "packet-identifier"),
        (with_id, "packet-identifier"),
    ] {
        let mut out = vec![7];
        let error = encode(&Packet::Publish(publish), ProtocolVersion::V5, &mut out);
        assert_eq!(error.map_err(|error| error.code()), Err(code));
        assert_eq!(out, [7]);
    }
    let auth = Packet::Auth(wiretree_wire::Auth::default());
    let refused = encode(&auth, ProtocolVersion::V311, &mut Vec::new());
    assert_eq!(refused, Err(EncodeError::Version(PacketType::Auth)));
}
