//! Incoming QoS 1 and 2: acknowledged every time, recorded as often as the promise says.

use wiretree_model::{Acknowledge, ConnectProperties, Publish, QoS};
use wiretree_mqtt::ConnectOptions;
use wiretree_wire::Packet;

use crate::peer::{Peer, V5, V311, ack, tracked};

fn again(publish: &Publish) -> Packet {
    Packet::Publish(Publish { dup: true, ..publish.clone() })
}

/// C0-18, F11.
#[tokio::test]
async fn a_redelivery_at_qos_1_is_acknowledged_and_recorded_with_its_mark() {
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let (mut client, mut link) = peer.client().await;
        let sent = tracked("t", "once", QoS::AtLeastOnce, 5);
        link.send(&Packet::Publish(sent.clone())).await;
        assert_eq!(link.expect().await, Packet::PubAck(ack(5)));
        link.send(&again(&sent)).await;
        assert_eq!(link.expect().await, Packet::PubAck(ack(5)));
        let got = client.messages(2).await;
        assert_eq!(got.iter().map(|message| message.dup).collect::<Vec<_>>(), [false, true]);
        link.canary(&mut client).await;
    }
}

/// C1-15, F10.
#[tokio::test]
async fn a_duplicate_at_qos_2_is_delivered_once() {
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let (mut client, mut link) = peer.client().await;
        let sent = tracked("t", "once", QoS::ExactlyOnce, 5);
        for _ in 0..3 {
            link.send(&again(&sent)).await;
            assert_eq!(link.expect().await, Packet::PubRec(ack(5)));
        }
        link.send(&Packet::PubRel(ack(5))).await;
        assert_eq!(link.expect().await, Packet::PubComp(ack(5)));
        assert_eq!(client.message().await.payload, sent.payload);
        link.canary(&mut client).await;

        // Released: the identifier now stands for another message.
        link.send(&Packet::Publish(sent.clone())).await;
        assert_eq!(link.expect().await, Packet::PubRec(ack(5)));
        assert_eq!(client.message().await.payload, sent.payload);
    }
}

/// F12: an ordinary case after a lost PUBCOMP.
#[tokio::test]
async fn a_release_of_nothing_is_answered() {
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let (mut client, mut link) = peer.client().await;
        link.send(&Packet::PubRel(ack(77))).await;
        let answer = link.expect().await;
        let Packet::PubComp(comp) = answer else { panic!("{answer:?}") };
        assert_eq!(comp.packet_id, 77);
        link.canary(&mut client).await;
    }
}

/// F9.
#[tokio::test]
async fn a_broker_that_ignores_our_receive_maximum_is_told_and_left() {
    let peer = Peer::new(V5).await;
    let options = ConnectOptions {
        properties: ConnectProperties { receive_maximum: Some(3), ..ConnectProperties::default() },
        acknowledge: Acknowledge::AfterCommit,
        ..peer.options()
    };
    let (mut client, mut link) = peer.client_with(options).await;
    for packet_id in 1..=4 {
        link.send(&Packet::Publish(tracked("t", "x", QoS::AtLeastOnce, packet_id))).await;
    }
    let told = link.disconnect().await.expect("the broker is told why");
    assert_eq!(told.reason.0, 0x93);
    assert_eq!(client.messages(3).await.len(), 3);
    peer.survived_closed(&mut client).await;
}

/// Acknowledge after commit: nothing is acknowledged that the history has not got.
#[tokio::test]
async fn acknowledgements_wait_for_the_commit_and_keep_their_order() {
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let options = ConnectOptions { acknowledge: Acknowledge::AfterCommit, ..peer.options() };
        let (mut client, mut link) = peer.client_with(options).await;
        link.send(&Packet::Publish(tracked("t", "1", QoS::AtLeastOnce, 11))).await;
        link.canary(&mut client).await;
        link.send(&Packet::Publish(tracked("t", "2", QoS::ExactlyOnce, 12))).await;
        link.send(&Packet::Publish(tracked("t", "3", QoS::AtLeastOnce, 13))).await;
        client.messages(2).await;
        // Ours, so that an acknowledgement sent too early would come before it.
        client.connection.publish(crate::peer::message("mark", "no ack yet")).await;
        assert_eq!(link.publish().await.payload.as_ref(), b"no ack yet");
        // The messages were: 11, the canary, 12, 13.
        client.connection.recorded(3);
        assert_eq!(link.expect().await, Packet::PubAck(ack(11)));
        assert_eq!(link.expect().await, Packet::PubRec(ack(12)));
        client.connection.publish(crate::peer::message("mark", "13 waits")).await;
        assert_eq!(link.publish().await.payload.as_ref(), b"13 waits");
        client.connection.recorded(4);
        assert_eq!(link.expect().await, Packet::PubAck(ack(13)));
        link.send(&Packet::PubRel(ack(12))).await;
        assert_eq!(link.expect().await, Packet::PubComp(ack(12)));
        link.canary(&mut client).await;
    }
}

/// What was not acknowledged when the connection was lost is the broker's to send again; a late
/// commit must not acknowledge something else with the same identifier.
#[tokio::test]
async fn a_commit_after_the_connection_acknowledges_nothing_on_the_next_one() {
    let peer = Peer::new(V5).await;
    let options = ConnectOptions { acknowledge: Acknowledge::AfterCommit, ..peer.persistent() };
    let (mut client, mut link) = peer.client_with(options).await;
    link.send(&Packet::Publish(tracked("t", "first", QoS::AtLeastOnce, 1))).await;
    client.message().await;
    drop(link);
    client.waiting().await;
    client.connection.retry_now();
    let mut link = peer.resumed().await;
    client.connected().await;
    link.send(&Packet::Publish(tracked("t", "second", QoS::AtLeastOnce, 1))).await;
    client.message().await;
    client.connection.recorded(1);
    client.connection.publish(crate::peer::message("mark", "not yet")).await;
    assert_eq!(link.publish().await.payload.as_ref(), b"not yet");
    client.connection.recorded(2);
    assert_eq!(link.expect().await, Packet::PubAck(ack(1)));
    link.canary(&mut client).await;
}

/// 3.1.1 has no Receive Maximum: a broker that was never told of it cannot break it.
#[tokio::test]
async fn a_limit_that_3_1_1_cannot_tell_is_not_held_against_the_broker() {
    let peer = Peer::new(V311).await;
    let options = ConnectOptions {
        properties: ConnectProperties { receive_maximum: Some(1), ..ConnectProperties::default() },
        acknowledge: Acknowledge::AfterCommit,
        ..peer.options()
    };
    let (mut client, mut link) = peer.client_with(options).await;
    for packet_id in 1..=3 {
        link.send(&Packet::Publish(tracked("t", "x", QoS::AtLeastOnce, packet_id))).await;
    }
    client.messages(3).await;
    link.canary(&mut client).await;
}
