//! Malformed packets, each with the error it must give and the clause that the error names; and a
//! few packets of the specification, byte by byte.

use bytes::Bytes;
use wiretree_model::{ProtocolVersion, Publish, QoS, Topic};
use wiretree_wire::{Packet, decode_frame};

use ProtocolVersion::{V5, V311};

/// A packet from its first byte and its body, the remaining length put between.
fn frame(first: u8, body: &[u8]) -> Bytes {
    assert!(body.len() < 128, "the tests need one length byte");
    [&[first, body.len() as u8], body].concat().into()
}

/// CONNECT of MQTT 5 with these flags and this tail behind the (empty) properties.
fn connect(flags: u8, tail: &[u8]) -> Bytes {
    frame(0x10, &[b"\x00\x04MQTT\x05".as_slice(), &[flags, 0, 60, 0], tail].concat())
}

#[test]
fn malformed_packets_are_refused_with_the_clause() {
    let cases: Vec<(&str, ProtocolVersion, Bytes, &str, &str)> = vec![
        ("reserved type", V5, frame(0x00, &[]), "packet-type", "§2.1.2"),
        ("AUTH in 3.1.1", V311, frame(0xf0, &[]), "packet-type", "§2.1.2"),
        ("PUBREL flags", V5, frame(0x60, &[0, 1]), "packet-flags", "§2.1.3"),
        ("PINGREQ with a body", V5, frame(0xc0, &[1]), "trailing-bytes", "§2.1.4"),
        (
            "PUBACK in 3.1.1 with a reason",
            V311,
            frame(0x40, &[0, 1, 0]),
            "trailing-bytes",
            "§2.1.4",
        ),
        ("packet identifier 0", V5, frame(0x40, &[0, 0]), "field-value", "§2.2.1"),
        ("half a packet identifier", V5, frame(0x40, &[0]), "packet-truncated", "§2.2.1"),
        ("protocol name", V5, frame(0x10, b"\x00\x04MQXX\x05\x02"), "field-value", "§3.1.2.1"),
        (
            "the name of 3.1 with another level",
            V5,
            frame(0x10, b"\x00\x06MQIsdp\x06\x02"),
            "unsupported-version",
            "§3.1.2.2",
        ),
        ("protocol 6", V5, frame(0x10, b"\x00\x04MQTT\x06\x02"), "unsupported-version", "§3.1.2.2"),
        ("reserved connect flag", V5, connect(0b01, &[0, 0]), "field-value", "§3.1.2.3"),
        ("will QoS without will", V5, connect(0b1000, &[0, 0]), "field-value", "§3.1.2.3"),
        ("will QoS 3", V5, connect(0b1_1100, &[0, 0]), "field-value", "§3.1.2.6"),
        ("will topic missing", V5, connect(0b100, &[0, 0, 0]), "packet-truncated", "§3.1.3.3"),
        ("will topic empty", V5, connect(0b100, &[0, 0, 0, 0, 0, 0, 0]), "field-empty", "§3.1.3.3"),
        ("user name missing", V5, connect(0x80, &[0, 0]), "packet-truncated", "§3.1.3.5"),
        ("client identifier not UTF-8", V5, connect(0, &[0, 1, 0xff]), "not-utf8", "§1.5.4"),
        (
            "password without user name in 3.1.1",
            V311,
            frame(0x10, b"\x00\x04MQTT\x04\x42\x00\x3c\x00\x00\x00\x01p"),
            "field-value",
            "§3.1.2.3",
        ),
        ("CONNACK flags", V5, frame(0x20, &[2, 0, 0]), "field-value", "§3.2.2.1"),
        ("QoS 3", V5, frame(0x36, &[0, 1, b'a', 0, 1, 0]), "field-value", "§3.3.1.2"),
        ("DUP with QoS 0", V5, frame(0x38, &[0, 1, b'a', 0]), "field-value", "§3.3.1.1"),
        ("topic truncated", V5, frame(0x30, &[0, 9, b'a']), "packet-truncated", "§3.3.2.1"),
        ("topic empty", V5, frame(0x30, &[0, 0, 0]), "field-empty", "§3.3.2.1"),
        ("topic with wildcard", V5, frame(0x30, &[0, 1, b'#', 0]), "topic-wildcard", "§3.3.2.1"),
        ("topic with U+0000", V5, frame(0x30, &[0, 1, 0, 0]), "null-character", "§1.5.4"),
        ("topic not UTF-8", V311, frame(0x30, &[0, 1, 0xc0]), "not-utf8", "§1.5.4"),
        ("surrogate in UTF-8", V311, frame(0x30, &[0, 3, 0xed, 0xa0, 0x80]), "not-utf8", "§1.5.4"),
        (
            "property length too long",
            V5,
            frame(0x30, &[0, 1, b'a', 9]),
            "packet-truncated",
            "§2.2.2",
        ),
        (
            "unknown property",
            V5,
            frame(0x30, &[0, 1, b'a', 2, 0x7f, 0]),
            "property-malformed",
            "§2.2.2",
        ),
        (
            "property elsewhere",
            V5,
            frame(0x30, &[0, 1, b'a', 3, 0x21, 0, 1]),
            "property-use",
            "§2.2.2.2",
        ),
        (
            "property twice",
            V5,
            frame(0x30, &[0, 1, b'a', 4, 1, 0, 1, 0]),
            "property-use",
            "§2.2.2.2",
        ),
        (
            "topic alias 0",
            V5,
            frame(0x30, &[0, 1, b'a', 3, 0x23, 0, 0]),
            "property-use",
            "§2.2.2.2",
        ),
        ("no filters", V5, frame(0x82, &[0, 1, 0]), "field-empty", "§3.8.3"),
        ("subscribe QoS 3", V5, frame(0x82, &[0, 1, 0, 0, 1, b'a', 3]), "field-value", "§3.8.3.1"),
        (
            "retain handling 3",
            V5,
            frame(0x82, &[0, 1, 0, 0, 1, b'a', 0x30]),
            "field-value",
            "§3.8.3.1",
        ),
        ("options in 3.1.1", V311, frame(0x82, &[0, 1, 0, 1, b'a', 4]), "field-value", "§3.8.3.1"),
        ("no reason codes", V5, frame(0x90, &[0, 1, 0]), "field-empty", "§3.9.3"),
        ("nothing to unsubscribe", V5, frame(0xa2, &[0, 1, 0]), "field-empty", "§3.10.3"),
    ];
    for (name, version, bytes, code, clause) in cases {
        let error = decode_frame(bytes, version).expect_err(name);
        assert_eq!(error.code(), code, "{name}: {error}");
        assert!(error.to_string().contains(clause), "{name}: {error}");
    }
}

#[test]
fn an_alias_may_stand_for_the_topic() {
    let packet = decode_frame(frame(0x30, &[0, 0, 3, 0x23, 0, 1]), V5).expect("a valid packet");
    assert!(matches!(packet, Packet::Publish(publish) if publish.topic == Topic::default()));
}

#[test]
fn a_publish_byte_by_byte() {
    let bytes = frame(0x3d, b"\x00\x03a/b\x00\x0a\x00hi");
    let expected = Publish {
        topic: Topic::received("a/b"),
        payload: Bytes::from_static(b"hi"),
        qos: QoS::ExactlyOnce,
        retain: true,
        dup: true,
        packet_id: Some(10),
        ..Publish::default()
    };
    assert_eq!(decode_frame(bytes, V5), Ok(Packet::Publish(expected)));
}

#[test]
fn a_refusal_in_the_form_of_an_older_server_is_read() {
    let packet = decode_frame(frame(0x20, &[0, 1]), V5).expect("a CONNACK without properties");
    assert!(matches!(packet, Packet::ConnAck(connack) if connack.reason.0 == 1));
}
