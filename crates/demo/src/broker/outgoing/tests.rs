//! Order, the window and the bound of what waits for a client.

use bytes::{Bytes, BytesMut};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use wiretree_model::Topic;
use wiretree_wire::{LARGEST_PACKET, decode};

use super::*;

const V5: ProtocolVersion = ProtocolVersion::V5;

fn message(qos: QoS, payload: impl Into<Bytes>) -> Publish {
    Publish { topic: Topic::received("t"), payload: payload.into(), qos, ..Publish::default() }
}

/// Everything that is ready, as the client reads it.
fn written(outgoing: &mut Outgoing) -> Vec<Packet> {
    let mut bytes = BytesMut::new();
    while let Some(batch) = outgoing.take_batch(V5, LARGEST_PACKET, &mut 0, &mut 0) {
        bytes.extend_from_slice(&batch);
    }
    let next = || decode(&mut bytes, V5, LARGEST_PACKET).expect("what was encoded");
    std::iter::from_fn(next).collect()
}

fn payload(packet: &Packet) -> Option<&[u8]> {
    match packet {
        Packet::Publish(publish) => Some(publish.payload.as_ref()),
        _ => None,
    }
}

fn payloads(packets: &[Packet]) -> Vec<&[u8]> {
    packets.iter().filter_map(payload).collect()
}

#[tokio::test]
async fn the_window_lets_the_next_message_through_when_one_is_acknowledged() {
    let now = Instant::now();
    let mut outgoing = Outgoing::default();
    for payload in ["a", "b", "c"] {
        assert!(outgoing.message(message(QoS::AtLeastOnce, payload), now));
    }
    assert!(written(&mut outgoing).is_empty(), "nobody is there");
    outgoing.connected(2, now);
    assert_eq!(payloads(&written(&mut outgoing)), [b"a", b"b"]);
    outgoing.acknowledged(99, now);
    assert!(written(&mut outgoing).is_empty(), "an unknown identifier frees nothing");
    outgoing.acknowledged(1, now);
    assert_eq!(payloads(&written(&mut outgoing)), [b"c"]);
    outgoing.disconnected();
    outgoing.connected(1, now);
    assert_eq!(payloads(&written(&mut outgoing)), [b"b", b"c"], "in the order of sending");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_but_one_message_always_fits() {
    let now = Instant::now();
    let large = Bytes::from(vec![0; limits::QUEUE + 1]);
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
        let mut outgoing = Outgoing::default();
        outgoing.connected(10, now);
        assert!(outgoing.message(message(qos, large.clone()), now));
        assert!(!outgoing.message(message(qos, "one more"), now));
        assert_eq!(written(&mut outgoing).len(), 1);
        outgoing.acknowledged(1, now);
        assert!(outgoing.message(message(qos, "now"), now));
    }
}

#[tokio::test]
async fn a_packet_too_large_for_the_client_is_counted_and_makes_room() {
    let now = Instant::now();
    let mut outgoing = Outgoing::default();
    outgoing.connected(1, now);
    for payload in ["far too long for this client", "short"] {
        assert!(outgoing.message(message(QoS::AtLeastOnce, payload), now));
    }
    let (mut sent, mut dropped) = (0, 0);
    assert!(outgoing.take_batch(V5, 16, &mut sent, &mut dropped).is_some());
    assert_eq!((sent, dropped), (1, 1));
}

/// Whatever happens in whatever order, the account of bytes is that of the lists.
#[tokio::test]
async fn the_weight_is_that_of_what_waits() {
    let now = Instant::now();
    for seed in 0..200 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut outgoing = Outgoing::default();
        for _ in 0..200 {
            let packet_id = random.random_range(0..12);
            match random.random_range(0..8) {
                0 => outgoing.connected(random.random_range(1..6), now),
                1 => outgoing.disconnected(),
                2 => outgoing.received(packet_id),
                3 => outgoing.acknowledged(packet_id, now),
                4 => drop(outgoing.take_batch(V5, 300, &mut 0, &mut 0)),
                _ => {
                    let qos = QoS::from_bits(random.random_range(0..3)).unwrap_or_default();
                    let payload = vec![0; random.random_range(0..600)];
                    outgoing.message(message(qos, payload), now);
                }
            }
            assert_eq!(outgoing.weight, weight_of(&outgoing), "seed {seed}");
        }
    }
}

fn weight_of(outgoing: &Outgoing) -> usize {
    let unacknowledged = |entry: &Unacknowledged| match &entry.phase {
        Phase::Published(publish) => weight(publish),
        Phase::Released => 0,
    };
    outgoing.ready.iter().map(packet_weight).sum::<usize>()
        + outgoing.held.iter().map(Kept::weight).sum::<usize>()
        + outgoing.unacknowledged.iter().map(unacknowledged).sum::<usize>()
}
