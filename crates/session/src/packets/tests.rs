//! What a window shows of a trace whose packets the tests write themselves.

use bytes::Bytes;
use proptest::prelude::*;
use wiretree_model::{
    Direction::{self, Received, Sent},
    Properties, Property, ProtocolVersion, Publish, QoS, Topic,
};
use wiretree_mqtt::{Trace, Traced};
use wiretree_transfer::packets::Format;
use wiretree_wire::{
    Ack, Auth, ConnAck, Connect, Disconnect, Packet, PacketType, ReasonCode, SubAck, Subscribe,
    SubscribeFilter, UnsubAck, Unsubscribe, encode,
};

use super::{Handshake, PacketFilter, PacketKind, PacketRow, PacketWriter, Packets};

/// A trace that is switched on, and what is to be seen of it.
struct Stage {
    packets: Packets,
}

impl Stage {
    fn new() -> Self {
        let trace = Trace::default();
        trace.set_recording(true);
        Self { packets: Packets::new(trace) }
    }

    fn bytes(&self, connection: u32, direction: Direction, bytes: impl Into<Bytes>) -> u64 {
        let trace = self.packets.trace();
        let version = ProtocolVersion::V5;
        trace.record(connection, Traced::Packet { direction, version, bytes: bytes.into() });
        trace.extent().next - 1
    }

    /// Records a packet and gives its number.
    fn on(&self, connection: u32, direction: Direction, packet: Packet) -> u64 {
        let mut bytes = Vec::new();
        encode(&packet, ProtocolVersion::V5, &mut bytes).unwrap();
        self.bytes(connection, direction, bytes)
    }

    fn sent(&self, packet: Packet) -> u64 {
        self.on(1, Sent, packet)
    }

    fn received(&self, packet: Packet) -> u64 {
        self.on(1, Received, packet)
    }

    fn all(&self) -> Vec<PacketRow> {
        self.packets.window(&PacketFilter::default(), Some(0), 500).rows
    }

    fn numbers(&self, filter: &PacketFilter) -> Vec<u64> {
        let rows = self.packets.window(filter, Some(0), 500).rows;
        rows.iter().map(|row| row.number).collect()
    }

    fn handshake(&self, number: u64) -> Handshake {
        self.packets.handshake(number).expect("there is a handshake")
    }
}

fn publish(topic: &str, qos: QoS, packet_id: u16) -> Publish {
    let packet_id = (qos != QoS::AtMostOnce).then_some(packet_id);
    Publish { topic: Topic::received(topic), qos, packet_id, ..Publish::default() }
}

fn quick(topic: &str) -> Packet {
    Packet::Publish(publish(topic, QoS::AtMostOnce, 0))
}

fn aliased(topic: &str, alias: u16) -> Packet {
    let properties = Properties(vec![Property::TopicAlias(alias)]);
    Packet::Publish(Publish { properties, ..publish(topic, QoS::AtMostOnce, 0) })
}

fn exactly_once(packet_id: u16, dup: bool) -> Packet {
    Packet::Publish(Publish { dup, ..publish("a", QoS::ExactlyOnce, packet_id) })
}

fn ack(packet_id: u16) -> Ack {
    Ack { packet_id, ..Ack::default() }
}

fn auth(reason: ReasonCode) -> Packet {
    Packet::Auth(Auth { reason, ..Auth::default() })
}

fn labels(handshake: &Handshake) -> Vec<&str> {
    handshake.steps.iter().map(|step| step.label.as_str()).collect()
}

fn topic_filter(text: &str) -> PacketFilter {
    PacketFilter { topic: text.to_owned(), ..PacketFilter::default() }
}

#[test]
fn rows_say_what_went_over_the_wire() {
    let stage = Stage::new();
    stage.packets.trace().record(1, Traced::Event("TCP connected".to_owned()));
    stage.sent(Packet::Connect(Connect { client_id: "me".into(), ..Connect::default() }.into()));
    stage.received(Packet::ConnAck(ConnAck::default()));
    stage.sent(Packet::Publish(publish("a/b", QoS::AtLeastOnce, 41)));
    stage.received(Packet::PubAck(ack(41)));
    stage.bytes(1, Received, vec![0x00, 0x00]);
    let rows = stage.all();
    let names: Vec<_> = rows.iter().map(|row| row.kind.name()).collect();
    assert_eq!(names, ["event", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "reserved"]);
    assert_eq!((rows[0].summary.as_str(), rows[0].direction), ("TCP connected", None));
    assert!(rows[1].summary.starts_with("v5 · me"), "{}", rows[1].summary);
    assert_eq!((rows[3].packet_id, rows[3].direction), (Some(41), Some(Sent)));
    assert!(rows[3].summary.starts_with("a/b · Q1"), "{}", rows[3].summary);
    assert!(rows[4].summary.contains("Success") && rows[4].round_trip.is_some());
    assert!(rows[2].round_trip.is_some() && rows[3].round_trip.is_none());
    assert!(rows[5].problems > 0 && rows[5].summary.contains("cannot be read"));
    for kind in rows.iter().map(|row| row.kind) {
        assert_eq!(PacketKind::from_name(kind.name()), Some(kind));
    }
}

#[test]
fn a_deviation_is_counted_in_the_row_and_explained_in_the_detail() {
    let stage = Stage::new();
    // A PUBLISH with the QoS bits 3, and a DISCONNECT without its reason.
    for bytes in [&[0x36, 0x03, 0x00, 0x01, b'a'][..], &[0xe1, 0x00]] {
        let number = stage.bytes(1, Received, bytes.to_vec());
        let detail = stage.packets.detail(number).unwrap();
        assert!(detail.row.problems > 0, "{bytes:02x?}");
        assert!(detail.problems.iter().all(|problem| problem.clause.contains('§')));
        assert_eq!(detail.bytes, bytes);
    }
}

#[test]
fn a_window_gives_the_rows_asked_for_or_the_last_ones() {
    let stage = Stage::new();
    for _ in 0..100 {
        stage.sent(quick("a"));
    }
    let window = |first, count| {
        let window = stage.packets.window(&PacketFilter::default(), first, count);
        let numbers: Vec<_> = window.rows.iter().map(|row| row.number).collect();
        (window.first, window.total, numbers)
    };
    assert_eq!(window(Some(10), 3), (10, 100, vec![10, 11, 12]));
    assert_eq!(window(None, 2), (98, 100, vec![98, 99]));
    assert_eq!(window(Some(99), 5), (99, 100, vec![99]));
    assert_eq!(window(Some(1_000), 5), (100, 100, vec![]), "behind the end");
    stage.sent(quick("a"));
    assert_eq!(window(None, 1), (100, 101, vec![100]), "what is new is there at the next look");
}

#[test]
fn filters_find_what_they_say() {
    let stage = Stage::new();
    let ping = stage.sent(Packet::PingReq);
    stage.received(Packet::PingResp);
    let far = stage.received(quick("plant/Line-1/speed"));
    let near = stage.sent(Packet::Publish(publish("home", QoS::AtLeastOnce, 7)));
    let answer = stage.received(Packet::PubAck(ack(7)));
    let entry = SubscribeFilter { filter: "plant/#".into(), ..SubscribeFilter::default() };
    let subscribe = Subscribe { packet_id: 8, filters: vec![entry], ..Subscribe::default() };
    let subscribe = stage.sent(Packet::Subscribe(subscribe));
    stage.packets.trace().record(1, Traced::Event("closed".to_owned()));
    let all = PacketFilter::default();
    assert_eq!(stage.numbers(&all), (0..7).collect::<Vec<_>>());
    assert!(!stage.numbers(&PacketFilter { hide_pings: true, ..all.clone() }).contains(&ping));
    let kinds = vec![PacketKind::Packet(PacketType::PubAck), PacketKind::Event];
    assert_eq!(stage.numbers(&PacketFilter { kinds, ..all.clone() }), [answer, 6]);
    assert_eq!(stage.numbers(&PacketFilter { packet_id: Some(7), ..all.clone() }), [near, answer]);
    let sent = stage.numbers(&PacketFilter { direction: Some(Sent), ..all });
    assert_eq!(sent, [ping, near, subscribe]);
    assert_eq!(stage.numbers(&topic_filter("line-1")), [far], "whatever the case");
    assert_eq!(stage.numbers(&topic_filter("plant")), [far, subscribe]);
    assert_eq!(stage.numbers(&topic_filter("plant/+/speed")), [far]);
    assert_eq!(stage.numbers(&topic_filter("plant/#")), [far, subscribe]);
    assert_eq!(stage.numbers(&topic_filter("+")), [near]);
}

#[test]
fn a_filter_goes_on_with_what_comes_and_with_what_goes() {
    let stage = Stage::new();
    stage.packets.trace().set_limit(2_000);
    let wanted = topic_filter("even");
    for step in 0..200 {
        stage.sent(quick(if step % 2 == 0 { "even" } else { "odd" }));
        let extent = stage.packets.trace().extent();
        let expected: Vec<_> =
            (extent.first..extent.next).filter(|number| number % 2 == 0).collect();
        // Sometimes the trace has given up what was never looked at.
        if step % 50 != 7 {
            continue;
        }
        assert_eq!(stage.numbers(&wanted), expected, "after {step}");
        let window = stage.packets.window(&wanted, None, 10);
        assert_eq!(window.total, expected.len());
        assert_eq!(window.kept + window.discarded, window.recorded);
        assert_eq!(window.recorded, step + 1);
    }
    stage.packets.trace().clear();
    assert!(stage.numbers(&wanted).is_empty());
    let next = stage.sent(quick("even"));
    assert_eq!(stage.numbers(&wanted), [next]);
    assert!(stage.packets.detail(0).is_none() && stage.packets.handshake(0).is_none());
}

#[test]
fn an_alias_is_shown_with_the_topic_that_its_connection_gave_it() {
    let stage = Stage::new();
    stage.received(aliased("plant/speed", 3));
    let used = stage.received(aliased("", 3));
    let ours = stage.sent(aliased("", 3));
    stage.received(aliased("plant/power", 3));
    let changed = stage.received(aliased("", 3));
    let later = stage.on(2, Received, aliased("", 3));
    let rows = stage.all();
    let summary = |number: u64| rows[number as usize].summary.as_str();
    assert!(summary(used).starts_with("plant/speed · alias 3"), "{}", summary(used));
    assert!(summary(changed).starts_with("plant/power"), "{}", summary(changed));
    for unknown in [ours, later] {
        assert!(summary(unknown).starts_with("alias 3"), "{}", summary(unknown));
    }
    assert_eq!(stage.numbers(&topic_filter("plant/speed")), [0, used]);
    let detail = stage.packets.detail(used).unwrap();
    let topic = detail.fields.iter().find(|field| field.name == "topic name").unwrap();
    assert_eq!(topic.value, "plant/speed (by its alias)");
}

#[test]
fn a_qos_2_message_is_a_ladder_of_four() {
    let stage = Stage::new();
    stage.sent(exactly_once(41, false));
    stage.received(exactly_once(41, false));
    stage.received(Packet::PubRec(ack(41)));
    let begun = stage.handshake(0);
    assert_eq!((begun.title.as_str(), begun.is_complete), ("PUBLISH Q2 #41", false));
    assert_eq!(begun.note.as_deref(), Some("waiting for PUBREL"));
    stage.sent(Packet::PubRel(ack(41)));
    let last = stage.received(Packet::PubComp(ack(41)));
    stage.sent(exactly_once(41, false));
    let whole = stage.handshake(last);
    assert_eq!(labels(&whole), ["PUBLISH", "PUBREC", "PUBREL", "PUBCOMP"]);
    assert!(whole.is_complete && whole.note.is_none());
    assert_eq!(whole.steps[0].since_previous, None);
    assert!(whole.steps[1..].iter().all(|step| step.since_previous.is_some()));
    let directions: Vec<_> = whole.steps.iter().map(|step| step.direction).collect();
    assert_eq!(directions, [Sent, Received, Sent, Received]);
    for step in &whole.steps {
        assert_eq!(stage.handshake(step.number), whole, "from each of its packets");
    }
    assert_eq!(labels(&stage.handshake(1)), ["PUBLISH"], "theirs has the same identifier");
    assert_eq!(labels(&stage.handshake(5)), ["PUBLISH"], "the identifier was used again");
}

#[test]
fn a_handshake_goes_on_over_a_reconnect() {
    let stage = Stage::new();
    stage.sent(exactly_once(5, false));
    stage.on(2, Sent, Packet::Connect(Box::default()));
    stage.on(2, Sent, exactly_once(5, true));
    stage.on(2, Received, Packet::PubRec(ack(5)));
    stage.on(3, Sent, Packet::Connect(Box::default()));
    let cut = stage.handshake(0);
    let ended = "resumed after a reconnect; the connection ended before PUBREL";
    assert_eq!((cut.note.as_deref(), cut.is_complete), (Some(ended), false));
    stage.on(3, Sent, Packet::PubRel(ack(5)));
    stage.on(3, Received, Packet::PubComp(ack(5)));
    let whole = stage.handshake(0);
    assert_eq!(labels(&whole), ["PUBLISH", "PUBLISH DUP", "PUBREC", "PUBREL", "PUBCOMP"]);
    assert_eq!(
        (whole.note.as_deref(), whole.is_complete),
        (Some("resumed after a reconnect"), true)
    );
}

#[test]
fn a_refused_message_ends_with_the_refusal() {
    let stage = Stage::new();
    stage.sent(exactly_once(5, false));
    let refused = Ack { reason: ReasonCode::QUOTA_EXCEEDED, ..ack(5) };
    stage.received(Packet::PubRec(refused));
    let handshake = stage.handshake(0);
    assert!(handshake.is_complete);
    assert_eq!(labels(&handshake)[1], "PUBREC 0x97 Quota exceeded");
}

#[test]
fn requests_and_the_way_in_have_their_answers() {
    let stage = Stage::new();
    stage.sent(Packet::Connect(Box::default()));
    stage.received(auth(ReasonCode::CONTINUE_AUTHENTICATION));
    stage.sent(auth(ReasonCode::CONTINUE_AUTHENTICATION));
    assert_eq!(stage.handshake(1).note.as_deref(), Some("waiting for CONNACK"));
    stage.received(Packet::ConnAck(ConnAck::default()));
    let again = stage.sent(auth(ReasonCode::REAUTHENTICATE));
    stage.received(auth(ReasonCode::SUCCESS));
    let subscribe =
        stage.sent(Packet::Subscribe(Subscribe { packet_id: 1, ..Subscribe::default() }));
    let ping = stage.sent(Packet::PingReq);
    stage.received(Packet::SubAck(SubAck { packet_id: 1, ..SubAck::default() }));
    stage.received(Packet::PingResp);
    let goodbye = stage.sent(Packet::Disconnect(Disconnect::default()));
    let way_in = stage.handshake(0);
    assert_eq!((way_in.title.as_str(), way_in.steps.len()), ("CONNECT", 4));
    assert!(labels(&way_in)[1].starts_with("AUTH 0x18"), "{way_in:?}");
    let cases = [(again, "AUTH", 2), (subscribe, "SUBSCRIBE #1", 2), (ping, "PINGREQ", 2)];
    for (number, title, steps) in cases {
        let handshake = stage.handshake(number);
        assert_eq!((handshake.title.as_str(), handshake.steps.len()), (title, steps));
        assert!(handshake.is_complete && handshake.note.is_none(), "{handshake:?}");
    }
    assert!(stage.packets.handshake(goodbye).is_none());
}

/// C1-06.
#[test]
fn each_result_of_a_suback_stands_beside_its_filter() {
    let stage = Stage::new();
    let entry =
        |filter: &str| SubscribeFilter { filter: filter.into(), ..SubscribeFilter::default() };
    let filters = vec![entry("a/#"), entry("secret")];
    stage.sent(Packet::Subscribe(Subscribe { packet_id: 1, filters, ..Subscribe::default() }));
    let reasons = vec![ReasonCode::GRANTED_QOS_1, ReasonCode::NOT_AUTHORIZED];
    let answer = SubAck { packet_id: 1, reasons, ..SubAck::default() };
    let answer = stage.received(Packet::SubAck(answer));
    let fields = stage.packets.detail(answer).unwrap().fields;
    let results = fields.iter().filter(|field| field.name == "reason code");
    let values: Vec<_> = results.map(|field| field.value.as_str()).collect();
    assert_eq!(values, ["0x01 Granted QoS 1 · a/#", "0x87 Not authorized · secret"]);

    let filters = vec!["a/#".into(), "never".into()];
    stage.sent(Packet::Unsubscribe(Unsubscribe { packet_id: 2, filters, ..Default::default() }));
    let reasons = vec![ReasonCode::SUCCESS, ReasonCode(0x11)];
    let answer = UnsubAck { packet_id: 2, reasons, ..UnsubAck::default() };
    let answer = stage.received(Packet::UnsubAck(answer));
    let fields = stage.packets.detail(answer).unwrap().fields;
    let results = fields.iter().filter(|field| field.name == "reason code");
    let values: Vec<_> = results.map(|field| field.value.as_str()).collect();
    assert_eq!(values, ["0x00 Success · a/#", "0x11 No subscription existed · never"]);
}

#[test]
fn what_the_trace_has_given_up_is_said_to_be_missing() {
    let stage = Stage::new();
    stage.sent(exactly_once(9, false));
    stage.packets.trace().clear();
    let release = stage.sent(Packet::PubRel(ack(9)));
    stage.received(Packet::PubComp(ack(9)));
    let rest = stage.handshake(release);
    assert_eq!((rest.title.as_str(), rest.is_complete), ("PUBLISH Q2 #9", true));
    assert_eq!(rest.note.as_deref(), Some("the beginning is not in the trace"));
}

#[test]
fn what_is_written_has_the_topics_behind_aliases_and_the_filter_applied() {
    let stage = Stage::new();
    stage.received(aliased("plant/speed", 3));
    stage.received(aliased("", 3));
    stage.received(quick("home"));
    let wanted = topic_filter("plant");
    let mut writer = PacketWriter::new(wanted, Format::Ndjson, Vec::new()).unwrap();
    let entries = stage.packets.trace().read(0, 10);
    let passed: Vec<_> = entries.iter().map(|entry| writer.write(entry).unwrap()).collect();
    assert_eq!(passed, [true, true, false]);
    let text = String::from_utf8(writer.finish().unwrap()).unwrap();
    assert_eq!(text.matches(r#""summary":"plant/speed"#).count(), 2, "{text}");
}

#[test]
fn a_long_summary_and_a_large_packet_are_cut_where_they_are_shown() {
    let stage = Stage::new();
    let payload = Bytes::from(vec![0; 100_000]);
    let large = Publish { payload, ..publish(&"ä".repeat(2_000), QoS::AtMostOnce, 0) };
    let number = stage.received(Packet::Publish(large));
    let detail = stage.packets.detail(number).unwrap();
    assert_eq!(detail.bytes.len(), 64 * 1024);
    assert!(detail.row.size > 100_000);
    assert_eq!(detail.row.summary.chars().count(), 401);
}

fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let anything = proptest::collection::vec(any::<u8>(), 0..24);
    // Short bodies of every type, with few identifiers and aliases, so that they meet.
    let packet = (0_u8..16, 0_u8..16, proptest::collection::vec(0_u8..6, 0..12));
    let packet = packet.prop_map(|(kind, flags, body)| {
        [&[kind << 4 | flags, body.len() as u8], &body[..]].concat()
    });
    prop_oneof![anything, packet]
}

proptest! {
    #[test]
    fn no_bytes_panic_and_every_row_is_part_of_its_own_handshake(
        frames in proptest::collection::vec((1_u32..3, any::<bool>(), any_frame()), 0..40),
    ) {
        let stage = Stage::new();
        for (connection, is_sent, bytes) in frames {
            stage.bytes(connection, if is_sent { Sent } else { Received }, bytes);
        }
        for row in stage.all() {
            let detail = stage.packets.detail(row.number).unwrap();
            prop_assert_eq!(&detail.row, &row);
            prop_assert!(detail.fields.iter().all(|field| field.range.end <= row.size));
            if let Some(handshake) = stage.packets.handshake(row.number) {
                let numbers: Vec<_> = handshake.steps.iter().map(|step| step.number).collect();
                prop_assert!(numbers.contains(&row.number));
                prop_assert!(numbers.is_sorted());
            }
        }
        prop_assert_eq!(stage.numbers(&topic_filter("#")).len() <= stage.all().len(), true);
    }
}
