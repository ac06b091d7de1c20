//! Reading on where a peer deviates, every field with its bytes, and frames without credentials.

mod checks;
mod strategies;

use bytes::Bytes;
use proptest::prelude::*;
use strategies::{any_packet, encoded};
use wiretree_model::{ProtocolVersion, Secret};
use wiretree_wire::{
    Connect, Packet, ReasonCode, decode_frame, decode_lenient, inspect, masked, summary,
};

proptest! {
    #[test]
    fn valid_packets_are_read_alike_and_have_no_problems((version, packet) in any_packet()) {
        let bytes = encoded(&packet, version);
        let lenient = decode_lenient(bytes.clone(), version).expect("a valid packet");
        prop_assert_eq!(&lenient.problems, &vec![]);
        prop_assert_eq!(&lenient.packet, &packet);
        let inspection = inspect(&bytes, version);
        checks::frame::shows_all_bytes(&bytes, &inspection);
        prop_assert_eq!(inspection.packet, Some(packet));
        prop_assert_eq!(inspection.problems, vec![]);
    }

    #[test]
    fn any_bytes_can_be_looked_at(bytes in any::<Vec<u8>>()) {
        checks::frame::check(&bytes);
        checks::stream::check(&bytes);
    }

    #[test]
    fn any_body_can_be_looked_at(first in any::<u8>(), body in prop::collection::vec(any::<u8>(), 0..120)) {
        checks::frame::check(&[&[first, body.len() as u8], body.as_slice()].concat());
    }

    #[test]
    fn changed_packets_can_be_looked_at(
        (version, packet) in any_packet(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = encoded(&packet, version).to_vec();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        checks::frame::check(&bytes);
    }

    #[test]
    fn a_packet_cut_anywhere_shows_what_is_there((version, packet) in any_packet()) {
        let bytes = encoded(&packet, version);
        let whole = inspect(&bytes, version);
        for end in 0..bytes.len() {
            let cut = bytes.slice(..end);
            let inspection = inspect(&cut, version);
            checks::frame::shows_all_bytes(&cut, &inspection);
            prop_assert!(inspection.packet.is_none());
            prop_assert!(!inspection.problems.is_empty());
            prop_assert!(decode_lenient(cut, version).is_err());
            // Every whole field that is there is shown, the list of properties cut where it is.
            let seen = |field: &&wiretree_wire::FieldValue| field.depth == 0 && field.range.end <= end;
            let expected = whole.fields.iter().filter(seen).filter(|field| !field.range.is_empty());
            for field in expected.filter(|field| field.range.end < end) {
                prop_assert!(inspection.fields.contains(field), "{end}: {field:?} {inspection:?}");
            }
        }
    }

    #[test]
    fn no_password_is_left_however_the_frame_is_cut(
        (version, packet) in any_packet(),
        secret in "[A-Z]{8,20}",
    ) {
        let Packet::Connect(connect) = packet else { return Ok(()) };
        let user_name = Some("user name".into());
        let password = Some(Secret::new(secret.as_str()));
        let packet = Packet::Connect(Connect { user_name, password, ..*connect }.into());
        let bytes = encoded(&packet, version);
        for end in 0..=bytes.len() {
            let shown = masked(&bytes.slice(..end), false);
            prop_assert_eq!(shown.len(), end);
            let kept = secret.as_bytes().windows(4).find(|part| contains(&shown, part));
            prop_assert_eq!(kept, None);
        }
        let told: Vec<_> = inspect(&bytes, version).fields.into_iter().map(|field| field.value).collect();
        prop_assert!(!told.join(" ").contains(&secret));
        prop_assert!(!summary(&packet, version).contains(&secret));
        // All but the password is as it was, and the packet still says the same.
        let stars = Secret::new("*".repeat(secret.len()));
        let Packet::Connect(connect) = packet else { unreachable!("made above") };
        let expected = Packet::Connect(Connect { password: Some(stars), ..*connect }.into());
        prop_assert_eq!(decode_frame(masked(&bytes, false), version), Ok(expected));
        prop_assert!(!contains(&masked(&bytes, true), b"user name"));
    }

    #[test]
    fn other_packets_are_not_masked((version, packet) in any_packet()) {
        prop_assume!(!matches!(packet, Packet::Connect(_)));
        let bytes = encoded(&packet, version);
        prop_assert_eq!(masked(&bytes, true), bytes);
    }

    #[test]
    fn reason_codes_of_no_list_are_kept_and_named(code in any::<u8>()) {
        let version = ProtocolVersion::V5;
        let bytes = Bytes::from(vec![0x40, 3, 0, 7, code]);
        let strict = decode_frame(bytes.clone(), version).expect("strict lets codes pass");
        let lenient = decode_lenient(bytes, version).expect("so does lenient");
        prop_assert!(matches!(&strict, Packet::PubAck(ack) if ack.reason.0 == code));
        prop_assert_eq!(strict, lenient.packet);
        let is_listed = ReasonCode(code).is_listed_in(wiretree_wire::PacketType::PubAck, version);
        prop_assert_eq!(lenient.problems.is_empty(), is_listed);
    }
}

#[test]
fn of_a_malformed_connect_all_is_hidden_that_could_be_a_password() {
    let head = b"\x00\x04MQTT\x04";
    let frame = |tail: &[u8]| {
        let length = (head.len() + tail.len()) as u8;
        Bytes::from([&[0x10, length], head.as_slice(), tail].concat())
    };
    let version_5 = |tail: &[u8]| {
        let mut bytes = frame(tail).to_vec();
        bytes[8] = 5;
        Bytes::from(bytes)
    };
    for (name, bytes, rest) in [
        ("no flag for it", frame(b"\x02\x00\x3c\x00\x01c\x00\x06secret"), 8),
        ("cut", frame(b"\xc2\x00\x3c\x00\x01c\x00\x01u\x00\x09secret"), 8),
        ("no property length", version_5(b"\xc2\x00\x3c\xff\xff\xff\xff\x06secret"), 11),
        (
            "behind the packet",
            [frame(b"\x02\x00\x3c\x00\x01c"), "secret".into()].concat().into(),
            6,
        ),
    ] {
        let shown = masked(&bytes, false);
        let kept = bytes.len() - rest;
        assert_eq!(
            (&shown[..kept], &shown[kept..]),
            (&bytes[..kept], &b"***********"[..rest]),
            "{name}"
        );
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
