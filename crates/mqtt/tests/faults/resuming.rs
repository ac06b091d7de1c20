//! Sessions that go on after a cut: QoS 2 at each of its steps, both ways; and sessions that do not.

use wiretree_model::{Publish, QoS};
use wiretree_mqtt::{ConnectOptions, MqttError, PublishOutcome};
use wiretree_wire::{ConnAck, Disconnect, Packet, ReasonCode, SubAck};

use crate::common::Client;
use crate::peer::{Link, Peer, V5, V311, ack, message, tracked};

fn at(qos: QoS) -> Publish {
    Publish { qos, ..message("t", "x") }
}

async fn cut(peer: &Peer, client: &mut Client, link: Link) -> Link {
    drop(link);
    client.waiting().await;
    client.connection.retry_now();
    let link = peer.resumed().await;
    client.connected().await;
    link
}

/// C1-13.
#[tokio::test]
async fn qos_1_is_sent_again_with_dup_when_its_puback_is_lost() {
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let (mut client, mut link) = peer.client_with(peer.persistent()).await;
        let ticket = client.connection.publish(at(QoS::AtLeastOnce)).await;
        let first = link.publish().await;
        let mut link = cut(&peer, &mut client, link).await;
        let second = link.publish().await;
        assert!(!first.dup && second.dup, "MQTT 5 §3.3.1.1");
        assert_eq!(first.packet_id, second.packet_id);
        link.send(&Packet::PubAck(ack(second.packet_id.unwrap()))).await;
        let outcome = ticket.finished().await;
        assert!(matches!(outcome, PublishOutcome::Acknowledged { .. }), "{outcome:?}");
        link.canary(&mut client).await;
    }
}

/// C1-14: a lost PUBREC, a lost PUBREL, a lost PUBCOMP.
#[tokio::test]
async fn our_qos_2_goes_on_where_it_was_cut() {
    for version in [V311, V5] {
        for step in 0..3 {
            let peer = Peer::new(version).await;
            let (mut client, mut link) = peer.client_with(peer.persistent()).await;
            let ticket = client.connection.publish(at(QoS::ExactlyOnce)).await;
            let id = link.publish().await.packet_id.unwrap();
            if step > 0 {
                link.send(&Packet::PubRec(ack(id))).await;
                if step > 1 {
                    assert_eq!(link.expect().await, Packet::PubRel(ack(id)));
                } else {
                    // The client has it when what comes after it has been delivered.
                    link.canary(&mut client).await;
                }
            }
            let mut link = cut(&peer, &mut client, link).await;
            if step == 0 {
                let again = link.publish().await;
                assert!(again.dup && again.packet_id == Some(id), "step {step}");
                link.send(&Packet::PubRec(ack(id))).await;
            }
            assert_eq!(link.expect().await, Packet::PubRel(ack(id)), "step {step}");
            link.send(&Packet::PubComp(ack(id))).await;
            let outcome = ticket.finished().await;
            assert!(matches!(outcome, PublishOutcome::Acknowledged { .. }), "{outcome:?}");
            link.canary(&mut client).await;
        }
    }
}

#[tokio::test]
async fn their_qos_2_goes_on_where_it_was_cut() {
    for version in [V311, V5] {
        for step in 0..3 {
            let peer = Peer::new(version).await;
            let (mut client, mut link) = peer.client_with(peer.persistent()).await;
            let sent = tracked("t", "once", QoS::ExactlyOnce, 9);
            link.send(&Packet::Publish(sent.clone())).await;
            assert_eq!(link.expect().await, Packet::PubRec(ack(9)));
            if step > 0 {
                link.send(&Packet::PubRel(ack(9))).await;
                assert_eq!(link.expect().await, Packet::PubComp(ack(9)));
            }
            let mut link = cut(&peer, &mut client, link).await;
            if step == 0 {
                link.send(&Packet::Publish(Publish { dup: true, ..sent.clone() })).await;
                assert_eq!(link.expect().await, Packet::PubRec(ack(9)));
            }
            // With PUBCOMP lost, this releases nothing; it is answered all the same.
            link.send(&Packet::PubRel(ack(9))).await;
            let answer = link.expect().await;
            assert!(matches!(&answer, Packet::PubComp(comp) if comp.packet_id == 9), "{answer:?}");
            assert_eq!(client.message().await.payload, sent.payload);
            link.canary(&mut client).await;
        }
    }
}

#[tokio::test]
async fn without_the_session_an_identifier_means_a_new_message() {
    let peer = Peer::new(V5).await;
    let (mut client, mut link) = peer.client_with(peer.persistent()).await;
    let sent = tracked("t", "once", QoS::ExactlyOnce, 9);
    link.send(&Packet::Publish(sent.clone())).await;
    link.expect().await;
    client.message().await;
    drop(link);
    client.waiting().await;
    client.connection.retry_now();
    let mut link = peer.connected().await;
    client.connected().await;
    link.send(&Packet::Publish(sent)).await;
    client.message().await;
    link.canary(&mut client).await;
}

/// F14: confirmed, failed or unknown, and never silently gone.
#[tokio::test]
async fn without_the_session_what_was_sent_is_unknown_and_what_was_not_has_failed() {
    for version in [V311, V5] {
        for persistent in [false, true] {
            let peer = Peer::new(version).await;
            let options = if persistent { peer.persistent() } else { peer.options() };
            let (mut client, mut link) = peer.client_with(options).await;
            let sent = client.connection.publish(at(QoS::AtLeastOnce)).await;
            link.publish().await;
            drop(link);
            client.waiting().await;
            let unsent = client.connection.publish(at(QoS::AtLeastOnce)).await;
            let outcome = unsent.finished().await;
            let told = PublishOutcome::Failed { cause: MqttError::NotConnected };
            assert_eq!(outcome, told, "a late command does harm");
            client.connection.retry_now();
            let mut link = peer.connected().await;
            client.connected().await;
            let outcome = sent.finished().await;
            assert!(matches!(outcome, PublishOutcome::Unknown { .. }), "{persistent} {outcome:?}");
            link.canary(&mut client).await;
        }
    }
}

/// A broker that shuts down answers and says so in one breath.
#[tokio::test]
async fn a_pubrec_right_before_the_end_is_not_forgotten() {
    let peer = Peer::new(V5).await;
    let (mut client, mut link) = peer.client_with(peer.persistent()).await;
    let ticket = client.connection.publish(at(QoS::ExactlyOnce)).await;
    let id = link.publish().await.packet_id.unwrap();
    link.send_all(&[Packet::PubRec(ack(id)), Packet::Disconnect(Disconnect::default())]).await;
    let mut link = cut(&peer, &mut client, link).await;
    assert_eq!(link.expect().await, Packet::PubRel(ack(id)), "MQTT 5 §4.3.3: not PUBLISH again");
    link.send(&Packet::PubComp(ack(id))).await;
    let outcome = ticket.finished().await;
    assert!(matches!(outcome, PublishOutcome::Acknowledged { .. }), "{outcome:?}");
    link.canary(&mut client).await;
}

/// An answer to what was sent before the cut, before it is sent again.
#[tokio::test]
async fn an_answer_that_comes_early_on_a_resumed_session_is_survived() {
    for version in [V311, V5] {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let peer = Peer::new(version).await;
            let (mut client, mut link) = peer.client_with(peer.persistent()).await;
            let ticket = client.connection.publish(at(qos)).await;
            let id = link.publish().await.packet_id.unwrap();
            if qos == QoS::ExactlyOnce {
                link.send(&Packet::PubRec(ack(id))).await;
                assert_eq!(link.expect().await, Packet::PubRel(ack(id)));
            }
            drop(link);
            client.waiting().await;
            client.connection.retry_now();
            let mut link = peer.accept().await;
            link.connect().await;
            let answer = match qos {
                QoS::ExactlyOnce => Packet::PubComp(ack(id)),
                _ => Packet::PubAck(ack(id)),
            };
            let connack = ConnAck { session_present: true, ..ConnAck::default() };
            link.send_all(&[Packet::ConnAck(connack), answer.clone()]).await;
            client.connected().await;
            link.canary(&mut client).await;
            link.until(|packet| {
                matches!(packet, Packet::Publish(_) | Packet::PubRel(_)).then_some(())
            })
            .await;
            link.send(&answer).await;
            let outcome = ticket.finished().await;
            assert!(matches!(outcome, PublishOutcome::Acknowledged { .. }), "{outcome:?}");
            link.canary(&mut client).await;
        }
    }
}

/// With a clean start there can be no session, whatever CONNACK says: the filters are asked for.
#[tokio::test]
async fn a_session_that_cannot_be_there_is_not_believed() {
    let peer = Peer::new(V311).await;
    let subscriptions = vec![crate::common::filter("#", QoS::AtMostOnce)];
    let mut client = Client::open(ConnectOptions { subscriptions, ..peer.options() });
    for _ in 0..2 {
        let mut link = peer.resumed().await;
        client.connected().await;
        let asked = |packet: &Packet| match packet {
            Packet::Subscribe(subscribe) => Some(subscribe.packet_id),
            _ => None,
        };
        let packet_id = link.until(asked).await;
        let reasons = vec![ReasonCode(0)];
        link.send(&Packet::SubAck(SubAck { packet_id, reasons, ..SubAck::default() })).await;
        client.subscribed().await;
        drop(link);
        client.waiting().await;
        client.connection.retry_now();
    }
    peer.connected().await.canary(&mut client).await;
}
