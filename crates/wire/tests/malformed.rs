//! Malformed packets: the error that the strict decoder must give, the clause that it names, and
//! what the lenient decoder still reads of them; and a few packets of the specification, byte by
//! byte.

use bytes::{Bytes, BytesMut};
use wiretree_model::{ProtocolVersion, Publish, QoS, Topic};
use wiretree_wire::{
    DecodeError, LARGEST_PACKET, Packet, decode, decode_frame, decode_lenient, frame_length,
    inspect, summary,
};

use ProtocolVersion::{V5, V31, V311};

/// A packet from its first byte and its body, the remaining length put between.
fn frame(first: u8, body: &[u8]) -> Bytes {
    assert!(body.len() < 128, "the tests need one length byte");
    [&[first, body.len() as u8], body].concat().into()
}

/// CONNECT of MQTT 5 with these flags and this tail behind the (empty) properties.
fn connect(flags: u8, tail: &[u8]) -> Bytes {
    frame(0x10, &[b"\x00\x04MQTT\x05".as_slice(), &[flags, 0, 60, 0], tail].concat())
}

/// PUBLISH of QoS 0 with MQTT 5 to the topic `a`, with these properties.
fn publish(properties: &[u8]) -> Bytes {
    frame(0x30, &[&[0, 1, b'a', properties.len() as u8], properties, b"hi"].concat())
}

/// What it is, in which version, its bytes; the strict error and its clause; and the summary of
/// what is read leniently, or none if nothing is.
type Case =
    (&'static str, ProtocolVersion, Bytes, &'static str, &'static str, Option<&'static str>);

#[test]
fn malformed_packets_are_refused_with_the_clause_or_read_as_well_as_they_can_be() {
    let cases = [headers(), connects(), answers(), publishes(), strings(), properties(), lists()];
    for (name, version, bytes, code, clause, read) in cases.concat() {
        let error = decode_frame(bytes.clone(), version).expect_err(name);
        assert_eq!(error.code(), code, "{name}: {error}");
        assert!(error.to_string().ends_with(&format!("{clause})")), "{name}: {error}");

        let lenient = decode_lenient(bytes.clone(), version);
        let told = lenient.as_ref().ok().map(|lenient| summary(&lenient.packet, version));
        assert_eq!(told.as_deref(), read, "{name}");
        let problems = inspect(&bytes, version).problems;
        let first = problems.first().expect(name);
        let place = (first.clause, first.message.as_str());
        assert_eq!(place, (error.clause(), error.sentence().as_str()), "{name}");
        assert!(lenient.is_err() || lenient.is_ok_and(|lenient| lenient.problems == problems));
    }
}

fn headers() -> Vec<Case> {
    let mut cases = vec![
        ("no bytes", V5, Bytes::new(), "packet-truncated", "§2.1.1", None),
        ("no length", V5, Bytes::from_static(b"\x30"), "packet-truncated", "§2.1.1", None),
        ("reserved type", V5, frame(0x00, &[]), "packet-type", "§2.1.2", None),
        ("AUTH in 3.1.1", V311, frame(0xf0, &[]), "packet-type", "§2.1.2", Some("")),
        ("PINGREQ with a body", V5, frame(0xc0, &[1]), "trailing-bytes", "§2.1.4", Some("")),
        (
            "bytes behind the packet",
            V5,
            Bytes::from_static(b"\xc0\x00\x00"),
            "trailing-bytes",
            "§2.1.4",
            Some(""),
        ),
        (
            "a length of five bytes",
            V5,
            Bytes::from_static(b"\xc0\x80\x80\x80\x80\x00"),
            "remaining-length",
            "§1.5.5",
            None,
        ),
    ];
    // Flags for all types but PUBLISH, whose flags all mean something.
    let bodies: [(&str, u8, &[u8], Option<&str>); 14] = [
        (
            "CONNECT flags",
            0x11,
            b"\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01c",
            Some("v5 · c · clean start · keep alive 60 s"),
        ),
        ("CONNACK flags", 0x21, &[0, 0, 0], Some("0x00 Success · session present 0")),
        ("PUBACK flags", 0x42, &[0, 1], Some("0x00 Success")),
        ("PUBREC flags", 0x52, &[0, 1], Some("0x00 Success")),
        ("PUBREL flags", 0x60, &[0, 1], Some("0x00 Success")),
        ("PUBCOMP flags", 0x72, &[0, 1], Some("0x00 Success")),
        (
            "SUBSCRIBE flags",
            0x80,
            &[0, 1, 0, 0, 1, b'#', 1],
            Some("# QoS 1 · no local 0 · retain as published 0 · retain handling 0"),
        ),
        ("SUBACK flags", 0x92, &[0, 1, 0, 1], Some("granted QoS 1")),
        ("UNSUBSCRIBE flags", 0xa0, &[0, 1, 0, 0, 1, b'#'], Some("#")),
        ("UNSUBACK flags", 0xb2, &[0, 1, 0, 0x11], Some("0x11 No subscription existed")),
        ("PINGREQ flags", 0xc2, &[], Some("")),
        ("PINGRESP flags", 0xd1, &[], Some("")),
        ("DISCONNECT flags", 0xe4, &[0x8b], Some("0x8b Server shutting down")),
        ("AUTH flags", 0xf8, &[0x18], Some("0x18 Continue authentication")),
    ];
    cases.extend(bodies.map(|(name, first, body, read)| {
        (name, V5, frame(first, body), "packet-flags", "§2.1.3", read)
    }));
    cases
}

fn connects() -> Vec<Case> {
    vec![
        (
            "protocol name",
            V5,
            frame(0x10, b"\x00\x04MQXX\x05\x02\x00\x00\x00\x00\x00"),
            "field-value",
            "§3.1.2.1",
            Some("v5 · (empty) · clean start · keep alive 0 s"),
        ),
        (
            "the name of 3.1 with the level of 3.1.1",
            V5,
            frame(0x10, b"\x00\x06MQIsdp\x04\x02\x00\x00\x00\x01c"),
            "unsupported-version",
            "§3.1.2.2",
            Some("v3.1.1 · c · clean session · keep alive 0 s"),
        ),
        (
            "protocol 6",
            V5,
            frame(0x10, b"\x00\x04MQTT\x06\x02\x00\x00\x00\x00\x01c"),
            "unsupported-version",
            "§3.1.2.2",
            Some("v5 · c · clean start · keep alive 0 s"),
        ),
        (
            "a bridge of Mosquitto",
            V5,
            frame(0x10, b"\x00\x04MQTT\x84\x02\x00\x00\x00\x01c"),
            "unsupported-version",
            "§3.1.2.2",
            Some("v3.1.1 · c · clean session · keep alive 0 s"),
        ),
        (
            "reserved connect flag",
            V5,
            connect(0b01, &[0, 0]),
            "field-value",
            "§3.1.2.3",
            Some("v5 · (empty) · keep alive 60 s"),
        ),
        (
            "will QoS without will",
            V5,
            connect(0b1000, &[0, 0]),
            "field-value",
            "§3.1.2.3",
            Some("v5 · (empty) · keep alive 60 s"),
        ),
        (
            "will QoS 3",
            V5,
            connect(0b1_1100, &[0, 0, 0, 0, 1, b'w', 0, 0]),
            "field-value",
            "§3.1.2.6",
            Some("v5 · (empty) · keep alive 60 s · will w"),
        ),
        (
            "will topic missing",
            V5,
            connect(0b100, &[0, 0, 0]),
            "packet-truncated",
            "§3.1.3.3",
            None,
        ),
        (
            "will topic empty",
            V5,
            connect(0b100, &[0, 0, 0, 0, 0, 0, 0]),
            "field-empty",
            "§3.1.3.3",
            Some("v5 · (empty) · keep alive 60 s · will (empty)"),
        ),
        ("user name missing", V5, connect(0x80, &[0, 0]), "packet-truncated", "§3.1.3.5", None),
        (
            "password without user name in 3.1.1",
            V311,
            frame(0x10, b"\x00\x04MQTT\x04\x42\x00\x3c\x00\x00\x00\x01p"),
            "field-value",
            "§3.1.2.3",
            Some("v3.1.1 · (empty) · clean session · keep alive 60 s · password •••"),
        ),
        (
            "bytes behind the password",
            V5,
            connect(0x40, &[0, 0, 0, 1, b'p', 7, 7]),
            "trailing-bytes",
            "§2.1.4",
            Some("v5 · (empty) · keep alive 60 s · password •••"),
        ),
    ]
}

fn answers() -> Vec<Case> {
    vec![
        (
            "reserved CONNACK flags",
            V5,
            frame(0x20, &[0x83, 0x87, 0]),
            "field-value",
            "§3.2.2.1",
            Some("0x87 Not authorized · session present 1"),
        ),
        ("CONNACK without a reason", V5, frame(0x20, &[0]), "packet-truncated", "§3.2.2.2", None),
        (
            "CONNACK with a property length but less properties",
            V5,
            frame(0x20, &[0, 0x87, 6, 0x1f, 0, 1, b'x']),
            "packet-truncated",
            "§2.2.2",
            Some("0x87 Not authorized · session present 0 · x"),
        ),
        (
            "PUBACK in 3.1.1 with a reason",
            V311,
            frame(0x40, &[0, 1, 0]),
            "trailing-bytes",
            "§2.1.4",
            Some(""),
        ),
        (
            "packet identifier 0",
            V5,
            frame(0x40, &[0, 0]),
            "field-value",
            "§2.2.1",
            Some("0x00 Success"),
        ),
        ("half a packet identifier", V5, frame(0x40, &[0]), "packet-truncated", "§2.2.1", None),
        (
            "DISCONNECT in 3.1.1 with a reason",
            V311,
            frame(0xe0, &[0x8b]),
            "trailing-bytes",
            "§2.1.4",
            Some(""),
        ),
        (
            "DISCONNECT with half a property length",
            V5,
            frame(0xe0, &[0x8b, 0x80]),
            "packet-truncated",
            "§2.2.2.1",
            Some("0x8b Server shutting down"),
        ),
    ]
}

fn publishes() -> Vec<Case> {
    vec![
        (
            "QoS 3",
            V5,
            frame(0x36, &[0, 1, b'a', 0, 1, 0, b'x']),
            "field-value",
            "§3.3.1.2",
            Some("a · Q2 · 1 B"),
        ),
        (
            "DUP with QoS 0",
            V5,
            frame(0x38, &[0, 1, b'a', 0]),
            "field-value",
            "§3.3.1.1",
            Some("a · Q0 · DUP · 0 B"),
        ),
        (
            "packet identifier 0 with QoS 1",
            V31,
            frame(0x32, &[0, 1, b'a', 0, 0, b'x']),
            "field-value",
            "§2.2.1",
            Some("a · Q1 · 1 B"),
        ),
        ("topic truncated", V5, frame(0x30, &[0, 9, b'a']), "packet-truncated", "§3.3.2.1", None),
        (
            "topic empty",
            V5,
            frame(0x30, &[0, 0, 0]),
            "field-empty",
            "§3.3.2.1",
            Some("(empty) · Q0 · 0 B"),
        ),
        (
            "topic with a wildcard",
            V5,
            frame(0x30, &[0, 3, b'a', b'/', b'#', 0]),
            "topic-wildcard",
            "§3.3.2.1",
            Some("a/# · Q0 · 0 B"),
        ),
        (
            "no property length",
            V5,
            frame(0x30, &[0, 1, b'a']),
            "packet-truncated",
            "§2.2.2.1",
            Some("a · Q0 · 0 B"),
        ),
    ]
}

fn strings() -> Vec<Case> {
    let topic = |bytes: &[u8]| frame(0x30, &[&[0, bytes.len() as u8], bytes].concat());
    vec![
        (
            "topic with U+0000",
            V311,
            topic(b"a\0b"),
            "null-character",
            "§1.5.4",
            Some("a\\0b · Q0 · 0 B"),
        ),
        (
            "topic in Latin-1",
            V311,
            topic(b"k\xfche"),
            "not-utf8",
            "§1.5.4",
            Some("k\\xFChe · Q0 · 0 B"),
        ),
        (
            "surrogate in UTF-8",
            V311,
            topic(&[0xed, 0xa0, 0x80]),
            "not-utf8",
            "§1.5.4",
            Some("\\xED\\xA0\\x80 · Q0 · 0 B"),
        ),
        (
            "a slash of two bytes",
            V311,
            topic(&[0xc0, 0xaf]),
            "not-utf8",
            "§1.5.4",
            Some("\\xC0\\xAF · Q0 · 0 B"),
        ),
        (
            "client identifier not UTF-8",
            V5,
            connect(0, &[0, 1, 0xff]),
            "not-utf8",
            "§1.5.4",
            Some("v5 · \\xFF · keep alive 60 s"),
        ),
        (
            "filter not UTF-8",
            V311,
            frame(0x82, &[0, 1, 0, 1, 0xff, 0]),
            "not-utf8",
            "§1.5.4",
            Some("\\xFF QoS 0"),
        ),
        (
            "reason string with U+0000",
            V5,
            frame(0xe0, &[0x87, 4, 0x1f, 0, 1, 0]),
            "null-character",
            "§1.5.4",
            Some("0x87 Not authorized · \\0"),
        ),
    ]
}

fn properties() -> Vec<Case> {
    let read = Some("a · Q0 · 2 B");
    type Listed = (&'static str, &'static [u8], &'static str, &'static str, Option<&'static str>);
    let cases: [Listed; 9] = [
        ("an unknown one", &[0x7f, 0], "property-malformed", "§2.2.2", read),
        (
            "an identifier of five bytes",
            &[0xff, 0xff, 0xff, 0xff, 1],
            "property-malformed",
            "§2.2.2",
            read,
        ),
        ("cut inside", &[0x02, 0, 0], "property-malformed", "§2.2.2", read),
        ("one that belongs elsewhere", &[0x21, 0, 1], "property-use", "§2.2.2.2", read),
        ("one that stands twice", &[1, 0, 1, 0], "property-use", "§2.2.2.2", read),
        ("an indicator of 2", &[1, 2], "property-use", "§2.2.2.2", read),
        ("subscription identifier 0", &[0x0b, 0], "property-use", "§2.2.2.2", read),
        ("a response topic with a wildcard", &[8, 0, 1, b'#'], "property-use", "§2.2.2.2", read),
        (
            "topic alias 0",
            &[0x23, 0, 0],
            "property-use",
            "§2.2.2.2",
            Some("a · alias 0 · Q0 · 2 B"),
        ),
    ];
    let mut cases: Vec<Case> = cases
        .map(|(name, bytes, code, clause, read)| (name, V5, publish(bytes), code, clause, read))
        .into();
    cases.push((
        "property length too long",
        V5,
        frame(0x30, &[0, 1, b'a', 9, 0x01, 1]),
        "packet-truncated",
        "§2.2.2",
        Some("a · Q0 · 0 B"),
    ));
    cases.push((
        "known ones before and behind one that belongs elsewhere",
        V5,
        frame(0x20, &[0, 0, 9, 0x21, 0, 7, 0x23, 0, 1, 0x22, 0, 9]),
        "property-use",
        "§2.2.2.2",
        Some("0x00 Success · session present 0 · receive max 7 · topic alias max 9"),
    ));
    cases
}

fn lists() -> Vec<Case> {
    vec![
        ("no filters", V5, frame(0x82, &[0, 1, 0]), "field-empty", "§3.8.3", Some("")),
        (
            "a filter that is cut behind one that is not",
            V311,
            frame(0x82, &[0, 1, 0, 1, b'a', 1, 0, 9, b'b']),
            "packet-truncated",
            "§3.8.3",
            Some("a QoS 1"),
        ),
        (
            "subscribe QoS 3",
            V5,
            frame(0x82, &[0, 1, 0, 0, 1, b'a', 3]),
            "field-value",
            "§3.8.3.1",
            Some("a QoS 2 · no local 0 · retain as published 0 · retain handling 0"),
        ),
        (
            "retain handling 3",
            V5,
            frame(0x82, &[0, 1, 0, 0, 1, b'a', 0x30]),
            "field-value",
            "§3.8.3.1",
            Some("a QoS 0 · no local 0 · retain as published 0 · retain handling 2"),
        ),
        (
            "reserved options",
            V5,
            frame(0x82, &[0, 1, 0, 0, 1, b'a', 0xc4]),
            "field-value",
            "§3.8.3.1",
            Some("a QoS 0 · no local 1 · retain as published 0 · retain handling 0"),
        ),
        (
            "options in 3.1.1",
            V311,
            frame(0x82, &[0, 1, 0, 1, b'a', 4]),
            "field-value",
            "§3.8.3.1",
            Some("a QoS 0"),
        ),
        ("no reason codes", V5, frame(0x90, &[0, 1, 0]), "field-empty", "§3.9.3", Some("")),
        ("nothing to unsubscribe", V5, frame(0xa2, &[0, 1, 0]), "field-empty", "§3.10.3", Some("")),
        (
            "UNSUBACK of 3.1.1 with codes",
            V311,
            frame(0xb0, &[0, 1, 0]),
            "trailing-bytes",
            "§2.1.4",
            Some(""),
        ),
    ]
}

#[test]
fn what_strict_lets_pass_is_named_where_it_deviates() {
    let cases: [(&str, ProtocolVersion, Bytes, &str, Option<&str>); 8] = [
        (
            "the refusal of a 3.1.1 server",
            V5,
            frame(0x20, &[0, 1]),
            "0x01 Connection Refused, unacceptable protocol version · session present 0",
            Some("MQTT 5 §3.2.2.3"),
        ),
        (
            "a refusal without properties",
            V5,
            frame(0x20, &[0, 0x84]),
            "0x84 Unsupported Protocol Version · session present 0",
            Some("MQTT 5 §3.2.2.3"),
        ),
        (
            "a return code of no table",
            V311,
            frame(0x20, &[0, 6]),
            "0x06 Unknown return code · session present 0",
            Some("MQTT 5 §3.2.2.2"),
        ),
        (
            "a code of another packet",
            V5,
            frame(0xe0, &[0x8a, 0]),
            "0x8a Banned",
            Some("MQTT 5 §3.14.2.1"),
        ),
        (
            "a code of nobody",
            V5,
            frame(0x90, &[0, 1, 0, 0, 0x42]),
            "granted QoS 0 · 0x42 Unknown reason code",
            Some("MQTT 5 §3.9.3"),
        ),
        ("DISCONNECT of no bytes", V5, frame(0xe0, &[]), "0x00 Normal disconnection", None),
        ("DISCONNECT of one byte", V5, frame(0xe0, &[0x8b]), "0x8b Server shutting down", None),
        (
            "three subscription identifiers",
            V5,
            publish(&[0x0b, 1, 0x0b, 2, 0x0b, 0x80, 1]),
            "a · Q0 · 2 B",
            None,
        ),
    ];
    for (name, version, bytes, told, clause) in cases {
        let strict = decode_frame(bytes.clone(), version).expect(name);
        let lenient = decode_lenient(bytes, version).expect(name);
        assert_eq!(lenient.packet, strict, "{name}");
        assert_eq!(summary(&strict, version), told, "{name}");
        let clauses: Vec<_> = lenient.problems.iter().map(|problem| problem.clause).collect();
        assert_eq!(clauses, Vec::from_iter(clause), "{name}");
    }
}

#[test]
fn the_lost_user_name_of_an_old_client_is_no_problem() {
    let bytes = frame(0x10, b"\x00\x06MQIsdp\x03\xc2\x00\x3c\x00\x01c");
    let lenient = decode_lenient(bytes.clone(), V31).expect("MQTT 3.1 allows it");
    assert_eq!(lenient.problems, []);
    assert_eq!(decode_frame(bytes, V31), Ok(lenient.packet));
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

/// The largest remaining length there is, announced and not there: what has not arrived takes no
/// memory, and what is larger than allowed is refused from its first bytes.
#[test]
fn the_largest_packet_is_waited_for_or_refused() {
    let bytes = [0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, b'a'];
    assert_eq!(frame_length(&bytes, LARGEST_PACKET), Ok(Some(LARGEST_PACKET)));
    let mut buffer = BytesMut::from(&bytes[..]);
    assert_eq!(decode(&mut buffer, V5, LARGEST_PACKET), Ok(None));
    let refused = DecodeError::TooLarge { length: LARGEST_PACKET, limit: 1_000_000 };
    assert_eq!(decode(&mut buffer, V5, 1_000_000), Err(refused));
    assert_eq!(buffer.len(), bytes.len());
}
