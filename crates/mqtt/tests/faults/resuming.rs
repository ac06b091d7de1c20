//! Sessions that go on after a cut: QoS 2 at each of its steps, both ways; and sessions that do not.

use wiretree_model::{Publish, QoS};
use wiretree_mqtt::{MqttError, PublishOutcome};
use wiretree_wire::Packet;

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
