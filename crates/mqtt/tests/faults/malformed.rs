//! Bytes that are no packets, packets cut short, packets changed on the way, packets too large.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use wiretree_model::{ProtocolVersion, QoS};
use wiretree_mqtt::ConnectOptions;
use wiretree_wire::{Packet, SubAck, encode};

use crate::common::Client;
use crate::peer::{Link, Peer, V5, V311, ack, message, tracked};

/// What a client cannot go on from: the rest of the stream has no meaning, or its end is told.
const HOPELESS: [(&str, &[u8]); 6] = [
    ("a PUBLISH of QoS 3", &[0x36, 5, 0, 1, b't', 0, 1]),
    ("type 0", &[0x00, 0]),
    ("a length of five bytes", &[0x30, 0x80, 0x80, 0x80, 0x80, 1]),
    ("a topic longer than its packet", &[0x30, 3, 0xff, 0xff, b't']),
    ("CONNECT from a broker", &[0x10, 2, 0, 4]),
    ("SUBSCRIBE from a broker", &[0x82, 2, 0, 1]),
];

#[tokio::test]
async fn nonsense_ends_the_connection_with_a_word_and_no_more() {
    for version in [V311, V5] {
        for (what, bytes) in HOPELESS {
            let peer = Peer::new(version).await;
            let (mut client, mut link) = peer.client().await;
            link.send(&Packet::Publish(message("before", "kept"))).await;
            link.send_bytes(bytes).await;
            if version == V5 {
                let told = link.disconnect().await;
                let reason = told.expect("the broker is told why").reason.0;
                assert!([0x81, 0x82].contains(&reason), "{what}: {reason:#x}");
            } else {
                link.closed().await;
            }
            let cause = peer.survived_closed(&mut client).await;
            assert_eq!(cause.code(), "protocol", "{what}: {cause}");
        }
    }
}

/// The packets before a broken one are not lost with it.
#[tokio::test]
async fn what_came_before_a_broken_packet_is_delivered() {
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let (mut client, mut link) = peer.client().await;
        let mut burst = Vec::new();
        for _ in 0..200 {
            encode(&Packet::Publish(message("before", "kept")), version, &mut burst).unwrap();
        }
        burst.extend([0x30, 0x80, 0x80, 0x80, 0x80, 1]);
        link.send_bytes(&burst).await;
        assert_eq!(client.messages(200).await.len(), 200);
        link.closed().await;
        peer.survived_closed(&mut client).await;
    }
}

/// Answers to nothing: a strict client would hang up, and lose what comes next.
#[tokio::test]
async fn answers_that_nobody_asked_for_change_nothing() {
    for version in [V311, V5] {
        for packet in [
            Packet::PubAck(ack(9)),
            Packet::PubRec(ack(9)),
            Packet::PubComp(ack(9)),
            Packet::PingResp,
            Packet::SubAck(SubAck { packet_id: 9, ..SubAck::default() }),
        ] {
            let peer = Peer::new(version).await;
            let (mut client, mut link) = peer.client().await;
            link.send(&packet).await;
            link.canary(&mut client).await;
        }
    }
}

#[tokio::test]
async fn a_packet_cut_off_by_the_end_is_survived() {
    for version in [V311, V5] {
        let mut whole = Vec::new();
        let sent = tracked("some/topic", "payload", QoS::AtLeastOnce, 7);
        encode(&Packet::Publish(sent), version, &mut whole).unwrap();
        for length in 1..whole.len() {
            let peer = Peer::new(version).await;
            let (mut client, mut link) = peer.client().await;
            link.send_bytes(&whole[..length]).await;
            drop(link);
            peer.survived_closed(&mut client).await;
        }
    }
}

/// T3: refused on its header, before it takes memory.
#[tokio::test]
async fn a_packet_above_the_limit_is_refused_before_it_has_come() {
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let options = ConnectOptions { packet_limit: 1000, ..peer.options() };
        let (mut client, mut link) = peer.client_with(options).await;
        link.send(&Packet::Publish(message("before", "kept"))).await;
        // Claims 268,435,455 bytes and sends none of them.
        link.send_bytes(&[0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, b't']).await;
        if version == V5 {
            let told = link.disconnect().await.expect("the broker is told why");
            assert_eq!(told.reason.0, 0x95);
        } else {
            link.closed().await;
        }
        let cause = peer.survived_closed(&mut client).await;
        assert!(
            cause.to_string().contains("1000") || cause.to_string().contains("1,000"),
            "{cause}"
        );
    }
}

#[tokio::test]
async fn mqtt_5_tells_the_broker_its_limit_beforehand() {
    let peer = Peer::new(V5).await;
    let _client = Client::open(ConnectOptions { packet_limit: 1000, ..peer.options() });
    let connect = peer.accept().await.connect().await;
    let limit = wiretree_model::Property::MaximumPacketSize(1000);
    assert!(connect.properties.iter().any(|property| *property == limit), "{connect:?}");
}

/// Valid packets with bytes changed, in bulk: whatever the client makes of them, it lives.
#[tokio::test(flavor = "multi_thread")]
async fn mutated_packets_are_survived() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let (mut client, mut link) = peer.client().await;
        for _ in 0..300 {
            let bytes = mutated(&mut runner, version);
            link.send_bytes(&bytes).await;
            link = still_there(&peer, &mut client, link).await;
        }
    }
}

/// Ends the fault, and goes on with the connection that answers the canary.
async fn still_there(peer: &Peer, client: &mut Client, link: Link) -> Link {
    // A mutated length may swallow what follows, so the connection is ended from this side.
    drop(link);
    let state = client
        .until("the end of the connection", |event| match event {
            wiretree_mqtt::Event::State(
                state @ (wiretree_mqtt::State::WaitingToRetry { .. }
                | wiretree_mqtt::State::Refused { .. }),
            ) => Some(state),
            _ => None,
        })
        .await;
    drop(state);
    client.connection.retry_now();
    let mut link = peer.connected().await;
    link.canary(client).await;
    link
}

fn mutated(runner: &mut TestRunner, version: ProtocolVersion) -> Vec<u8> {
    let packets = [
        Packet::Publish(message("a/b", "payload")),
        Packet::Publish(tracked("a/b", "payload", QoS::ExactlyOnce, 3)),
        Packet::PubAck(ack(1)),
        Packet::PubRel(ack(1)),
        Packet::SubAck(SubAck {
            packet_id: 1,
            reasons: vec![Default::default()],
            ..SubAck::default()
        }),
        Packet::PingResp,
    ];
    let choice = (0..packets.len(), prop::collection::vec((any::<u16>(), any::<u8>()), 1..4));
    let (which, changes) = choice.new_tree(runner).unwrap().current();
    let mut bytes = Vec::new();
    encode(&packets[which], version, &mut bytes).unwrap();
    for (place, value) in changes {
        let place = usize::from(place) % bytes.len();
        bytes[place] = value;
    }
    bytes
}
