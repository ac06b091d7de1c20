//! What is shown of each packet: names, bytes and values, field by field, and the line in a list.

use bytes::Bytes;
use wiretree_model::{
    MqttString, Properties, Property, ProtocolVersion, Publish, QoS, RetainHandling, Secret, Topic,
};
use wiretree_wire::{
    Ack, Auth, ConnAck, Connect, Disconnect, Inspection, Packet, ReasonCode, SubAck, Subscribe,
    SubscribeFilter, SubscriptionOptions, UnsubAck, Unsubscribe, Will, encode, inspect, summary,
};

use ProtocolVersion::{V5, V31, V311};

fn encoded(packet: &Packet, version: ProtocolVersion) -> Bytes {
    let mut bytes = Vec::new();
    assert_eq!(encode(packet, version, &mut bytes), Ok(()));
    bytes.into()
}

/// Each field as `0..1 packet type: PUBLISH`, deeper ones indented.
fn lines(inspection: &Inspection) -> Vec<String> {
    let line = |field: &wiretree_wire::FieldValue| {
        let indent = "  ".repeat(usize::from(field.depth));
        let (range, name, value) = (&field.range, field.name, &field.value);
        format!("{indent}{}..{} {name}: {value}", range.start, range.end)
    };
    inspection.fields.iter().map(line).collect()
}

/// A CONNECT that has everything.
fn connect() -> Packet {
    let properties = [
        Property::SessionExpiryInterval(3600),
        Property::UserProperty("k".into(), "v\n".into()),
        Property::AuthenticationData(Bytes::from_static(&[0xff, 1])),
    ];
    let will = Will {
        topic: Topic::received("acme/status"),
        payload: Bytes::from_static(b"offline"),
        qos: QoS::AtLeastOnce,
        retain: true,
        properties: Properties(vec![Property::WillDelayInterval(5)]),
    };
    Packet::Connect(Box::new(Connect {
        version: V5,
        clean_start: true,
        keep_alive: 60,
        properties: Properties(properties.into()),
        client_id: "wiretree-7f3a".into(),
        will: Some(will),
        user_name: Some("ada".into()),
        password: Some(Secret::new("hunter2")),
    }))
}

#[test]
fn a_connect_shows_all_it_says_but_the_password() {
    let inspection = inspect(&encoded(&connect(), V5), V311);
    let expected = [
        "0..1 packet type: CONNECT",
        "  0..1 flags: 0b0000",
        "1..2 remaining length: 86",
        "2..8 protocol name: MQTT",
        "8..9 protocol version: 5 (MQTT 5)",
        "9..10 connect flags: 0b11101110",
        "  9..10 user name flag: 1",
        "  9..10 password flag: 1",
        "  9..10 will retain: 1",
        "  9..10 will QoS: 1",
        "  9..10 will flag: 1",
        "  9..10 clean start: 1",
        "10..12 keep alive: 60 s",
        "12..31 properties: 18 B",
        "  12..13 property length: 18",
        "  13..18 Session Expiry Interval: 3600 s",
        "  18..26 User Property: k = v\\n",
        "  26..31 Authentication Data: ff 01",
        "31..46 client identifier: wiretree-7f3a",
        "46..52 will properties: 5 B",
        "  46..47 property length: 5",
        "  47..52 Will Delay Interval: 5 s",
        "52..65 will topic: acme/status",
        "65..74 will payload: 7 B · offline",
        "74..79 user name: ada",
        "79..88 password: •••",
    ];
    let shown = lines(&inspection);
    for (shown, expected) in shown.iter().zip(expected) {
        assert_eq!(shown, expected);
    }
    assert_eq!(shown.len(), expected.len());
    assert_eq!(inspection.packet, Some(connect()));
}

#[test]
fn flags_and_options_are_fields() {
    let publish = Packet::Publish(Publish {
        topic: Topic::received("a/b"),
        payload: Bytes::from_static(&[0, 0xff]),
        qos: QoS::AtLeastOnce,
        retain: true,
        dup: true,
        packet_id: Some(71),
        properties: Properties(vec![Property::TopicAlias(3)]),
    });
    let expected = [
        "0..1 packet type: PUBLISH",
        "  0..1 DUP flag: 1",
        "  0..1 QoS: 1",
        "  0..1 RETAIN flag: 1",
        "1..2 remaining length: 13",
        "2..7 topic name: a/b",
        "7..9 packet identifier: 71",
        "9..13 properties: 3 B",
        "  9..10 property length: 3",
        "  10..13 Topic Alias: 3",
        "13..15 payload: 2 B · 00 ff",
    ];
    assert_eq!(lines(&inspect(&encoded(&publish, V5), V5)), expected);

    let options = SubscriptionOptions {
        qos: QoS::ExactlyOnce,
        no_local: true,
        retain_as_published: false,
        retain_handling: RetainHandling::DoNotSend,
    };
    let filters = vec![SubscribeFilter { filter: "a/#".into(), options }];
    let subscribe = Packet::Subscribe(Subscribe { packet_id: 1, filters, ..Subscribe::default() });
    let expected = [
        "0..1 packet type: SUBSCRIBE",
        "  0..1 flags: 0b0010",
        "1..2 remaining length: 9",
        "2..4 packet identifier: 1",
        "4..5 properties: 0 B",
        "  4..5 property length: 0",
        "5..10 topic filter: a/#",
        "10..11 subscription options: 0b00100110",
        "  10..11 maximum QoS: 2",
        "  10..11 no local: 1",
        "  10..11 retain as published: 0",
        "  10..11 retain handling: 2 do not send them",
    ];
    assert_eq!(lines(&inspect(&encoded(&subscribe, V5), V5)), expected);
}

/// The fields of a packet of MQTT 5 as `Reason String: why`.
fn shown_properties(packet: &Packet) -> Vec<String> {
    let inspection = inspect(&encoded(packet, V5), V5);
    assert_eq!(inspection.problems, vec![]);
    let named = |field: &wiretree_wire::FieldValue| format!("{}: {}", field.name, field.value);
    inspection.fields.iter().map(named).collect()
}

/// C1-03, C1-04, C1-05, C1-08, C1-09: each property has its name, its value and its unit.
#[test]
fn every_property_is_a_field_with_its_name_and_value() {
    use Property as P;
    let list = |list: &[Property]| Properties(list.to_vec());
    let pairs = [P::UserProperty("k".into(), "2".into()), P::UserProperty("k".into(), "1".into())];
    let connack = [
        (P::SessionExpiryInterval(60), "Session Expiry Interval: 60 s"),
        (P::ReceiveMaximum(20), "Receive Maximum: 20"),
        (P::MaximumQoS(1), "Maximum QoS: 1"),
        (P::RetainAvailable(0), "Retain Available: 0"),
        (P::MaximumPacketSize(5000), "Maximum Packet Size: 5000 B"),
        (P::AssignedClientIdentifier("auto-1".into()), "Assigned Client Identifier: auto-1"),
        (P::TopicAliasMaximum(10), "Topic Alias Maximum: 10"),
        (P::ReasonString("welcome".into()), "Reason String: welcome"),
        (P::WildcardSubscriptionAvailable(0), "Wildcard Subscription Available: 0"),
        (P::SubscriptionIdentifierAvailable(1), "Subscription Identifier Available: 1"),
        (P::SharedSubscriptionAvailable(0), "Shared Subscription Available: 0"),
        (P::ServerKeepAlive(30), "Server Keep Alive: 30 s"),
        (P::ResponseInformation("answers/".into()), "Response Information: answers/"),
        (P::ServerReference("b:1883".into()), "Server Reference: b:1883"),
        (P::AuthenticationMethod("SCRAM-SHA-256".into()), "Authentication Method: SCRAM-SHA-256"),
        (P::AuthenticationData(Bytes::from_static(b"\x01")), "Authentication Data: 01"),
    ];
    let publish = [
        (P::PayloadFormatIndicator(1), "Payload Format Indicator: 1 UTF-8 text"),
        (P::MessageExpiryInterval(9), "Message Expiry Interval: 9 s"),
        (P::ContentType("text/plain".into()), "Content Type: text/plain"),
        (P::ResponseTopic("r/t".into()), "Response Topic: r/t"),
        (P::CorrelationData(Bytes::from_static(&[0, 0xff])), "Correlation Data: 00 ff"),
        (P::SubscriptionIdentifier(1), "Subscription Identifier: 1"),
        (P::SubscriptionIdentifier(268_435_455), "Subscription Identifier: 268435455"),
        (P::TopicAlias(3), "Topic Alias: 3"),
    ];
    let disconnect = [
        (P::SessionExpiryInterval(7), "Session Expiry Interval: 7 s"),
        (P::ReasonString("moved".into()), "Reason String: moved"),
        (P::ServerReference("c:1883".into()), "Server Reference: c:1883"),
    ];
    let ack = [(P::ReasonString("why".into()), "Reason String: why")];
    let with = |table: &[(Property, &str)]| {
        let own = table.iter().map(|(property, _)| property.clone());
        Properties(own.chain(pairs.clone()).collect())
    };
    let reason = ReasonCode::NOT_AUTHORIZED;
    let acked = |code| Ack { packet_id: 1, reason: code, properties: with(&ack) };
    let topic = Topic::received("a");
    let gone = ReasonCode(0x92);
    for (packet, table) in [
        (
            Packet::ConnAck(ConnAck { reason, properties: with(&connack), ..Default::default() }),
            &connack[..],
        ),
        (
            Packet::Publish(Publish { topic, properties: with(&publish), ..Default::default() }),
            &publish[..],
        ),
        (Packet::Disconnect(Disconnect { reason, properties: with(&disconnect) }), &disconnect[..]),
        (Packet::PubAck(acked(reason)), &ack[..]),
        (Packet::PubRec(acked(reason)), &ack[..]),
        (Packet::PubRel(acked(gone)), &ack[..]),
        (Packet::PubComp(acked(gone)), &ack[..]),
    ] {
        let shown = shown_properties(&packet);
        let expected = table.iter().map(|(_, text)| *text);
        let mut expected: Vec<_> =
            expected.chain(["User Property: k = 2", "User Property: k = 1"]).collect();
        expected.retain(|text| !shown.iter().any(|line| line == text));
        assert_eq!(expected, [""; 0], "{packet:?} is shown as {shown:#?}");
    }
    let data = P::AuthenticationData(Bytes::from_static(b"\x01"));
    let properties = list(&[P::AuthenticationMethod("X".into()), data]);
    let auth = Packet::Auth(Auth { reason: ReasonCode::CONTINUE_AUTHENTICATION, properties });
    let shown = shown_properties(&auth);
    for text in ["Authentication Method: X", "Authentication Data: 01"] {
        assert!(shown.iter().any(|line| line == text), "{shown:?}");
    }
}

#[test]
fn what_cannot_be_read_is_a_field_too() {
    // The second property is unknown, so where a third begins is not known; the payload is.
    let bytes = Bytes::from_static(b"\x30\x0a\x00\x01a\x04\x01\x01\x7f\x02hi");
    let inspection = inspect(&bytes, V5);
    let expected = [
        "0..1 packet type: PUBLISH",
        "  0..1 DUP flag: 0",
        "  0..1 QoS: 0",
        "  0..1 RETAIN flag: 0",
        "1..2 remaining length: 10",
        "2..5 topic name: a",
        "5..10 properties: 4 B",
        "  5..6 property length: 4",
        "  6..8 Payload Format Indicator: 1 UTF-8 text",
        "  8..10 unreadable property: 7f 02",
        "10..12 payload: 2 B · hi",
    ];
    assert_eq!(lines(&inspection), expected);
    assert_eq!(inspection.problems.iter().map(|one| one.range.clone()).next(), Some(8..10));

    let cut = inspect(&Bytes::from_static(b"\x20\x0a\x00\x87\x07\x1f\x00"), V5);
    let expected = [
        "0..1 packet type: CONNACK",
        "  0..1 flags: 0b0000",
        "1..2 remaining length: 10",
        "2..3 connect acknowledge flags: 0b00000000",
        "  2..3 session present: 0",
        "3..4 reason code: 0x87 Not authorized",
        "4..7 properties: 7 B",
        "  4..5 property length: 7",
        "  5..7 unreadable property: 1f 00",
    ];
    assert_eq!((lines(&cut), cut.packet), (expected.map(str::to_owned).into(), None));
}

#[test]
fn clauses_are_those_of_the_packet_a_property_stands_in() {
    let reason = Properties(vec![Property::ReasonString("x".into())]);
    let not_authorized = ReasonCode::NOT_AUTHORIZED;
    let ack = Ack { packet_id: 1, reason: not_authorized, properties: reason.clone() };
    let disconnect = Disconnect { reason: not_authorized, properties: reason.clone() };
    let connack = ConnAck { reason: not_authorized, properties: reason, ..ConnAck::default() };
    for (packet, clauses) in [
        (Packet::ConnAck(connack), ["MQTT 5 §3.2.2.2", "MQTT 5 §3.2.2.3.9"]),
        (Packet::PubAck(ack.clone()), ["MQTT 5 §3.4.2.1", "MQTT 5 §3.4.2.2.2"]),
        (Packet::PubRec(ack), ["MQTT 5 §3.5.2.1", "MQTT 5 §3.5.2.2.2"]),
        (Packet::Disconnect(disconnect), ["MQTT 5 §3.14.2.1", "MQTT 5 §3.14.2.2.3"]),
    ] {
        let inspection = inspect(&encoded(&packet, V5), V5);
        let named = |name: &str| {
            inspection.fields.iter().find(|field| field.name == name).map(|field| field.clause)
        };
        assert_eq!([named("reason code"), named("Reason String")], clauses.map(Some));
    }
}

#[test]
fn a_packet_of_too_many_fields_is_shown_to_its_end_all_the_same() {
    let name = MqttString::from("x");
    let packet = Packet::Unsubscribe(Unsubscribe {
        packet_id: 1,
        filters: vec![name; 30_000],
        ..Unsubscribe::default()
    });
    let bytes = encoded(&packet, V311);
    let inspection = inspect(&bytes, V311);
    assert!(inspection.fields.len() <= 10_001, "{}", inspection.fields.len());
    let last = inspection.fields.last().map(|field| (field.name, field.range.end));
    assert_eq!(last, Some(("further fields", bytes.len())));
    assert_eq!((inspection.packet, inspection.problems), (Some(packet), vec![]));

    let hostile = [&[0xa2, 0x80, 0x80, 1, 0, 1][..], &[0, 1, 0].repeat(0x4000)].concat();
    assert_eq!(inspect(&hostile.into(), V311).problems.len(), 100, "the first hundred");
}

#[test]
fn every_packet_has_its_line() {
    let properties = |list: &[Property]| Properties(list.to_vec());
    let connack = ConnAck {
        properties: properties(&[
            Property::ReceiveMaximum(100),
            Property::TopicAliasMaximum(10),
            Property::RetainAvailable(0),
            Property::ServerKeepAlive(0),
        ]),
        ..ConnAck::default()
    };
    let publish = Publish {
        topic: Topic::received("acme/x"),
        payload: vec![0; 27].into(),
        qos: QoS::AtLeastOnce,
        retain: true,
        packet_id: Some(71),
        ..Publish::default()
    };
    let alias = Publish {
        properties: properties(&[Property::TopicAlias(7)]),
        dup: true,
        ..Publish::default()
    };
    let disconnect = Disconnect {
        reason: ReasonCode::USE_ANOTHER_SERVER,
        properties: properties(&[
            Property::ServerReference("b:1883".into()),
            Property::ReasonString("\u{202e}moved".into()),
        ]),
    };
    let auth = Auth {
        reason: ReasonCode::CONTINUE_AUTHENTICATION,
        properties: properties(&[Property::AuthenticationMethod("SCRAM-SHA-256".into())]),
    };
    let suback = SubAck {
        packet_id: 1,
        reasons: vec![ReasonCode(1), ReasonCode(0x87)],
        ..SubAck::default()
    };
    let ack = Ack { packet_id: 7, reason: ReasonCode(0x10), ..Ack::default() };
    let unsuback = UnsubAck { packet_id: 1, reasons: vec![ReasonCode(0)], ..UnsubAck::default() };
    let old = Connect { version: V31, client_id: "c".into(), keep_alive: 5, ..Connect::default() };
    let cases = [
        (
            V5,
            connect(),
            "v5 · wiretree-7f3a · clean start · keep alive 60 s · user ada · password ••• · \
             will acme/status",
        ),
        (V31, Packet::Connect(old.into()), "v3.1 · c · keep alive 5 s"),
        (
            V5,
            Packet::ConnAck(connack),
            "0x00 Success · session present 0 · receive max 100 · topic alias max 10 · no retain · \
             keep alive 0 s",
        ),
        (V311, Packet::ConnAck(ConnAck::default()), "0x00 Connection Accepted · session present 0"),
        (V5, Packet::Publish(publish), "acme/x · Q1 · RETAIN · 27 B"),
        (V5, Packet::Publish(alias), "alias 7 · Q0 · DUP · 0 B"),
        (V5, Packet::PubAck(ack.clone()), "0x10 No matching subscribers"),
        (V311, Packet::PubComp(ack), ""),
        (V5, Packet::SubAck(suback.clone()), "granted QoS 1 · 0x87 Not authorized"),
        (V311, Packet::SubAck(suback), "granted QoS 1 · 0x87 Unknown return code"),
        (V5, Packet::UnsubAck(unsuback), "0x00 Success"),
        (V5, Packet::PingReq, ""),
        (
            V5,
            Packet::Disconnect(disconnect),
            "0x9c Use another server · server b:1883 · \\u{202E}moved",
        ),
        (V5, Packet::Auth(auth), "0x18 Continue authentication · SCRAM-SHA-256"),
    ];
    for (version, packet, expected) in cases {
        assert_eq!(summary(&packet, version), expected);
    }
}
