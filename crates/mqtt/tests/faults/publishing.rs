//! Our requests and their answers: each one ends with its own answer, whatever the order.

use wiretree_model::{Properties, Property, Publish, QoS};
use wiretree_mqtt::{MqttError, PublishOutcome};
use wiretree_wire::{Packet, ReasonCode, SubAck, UnsubAck};

use crate::common::{Client, filter};
use crate::peer::{Peer, V5, V311, accepting, ack, ack_with, message};

fn at(qos: QoS, payload: &str) -> Publish {
    let payload = payload.to_owned().into();
    Publish { qos, payload, ..message("t", "") }
}

/// TB-101, C1-32.
#[tokio::test]
async fn every_refusal_of_a_publish_is_told_with_its_name_and_text() {
    let peer = Peer::new(V5).await;
    let (mut client, mut link) = peer.client().await;
    for code in [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99, 0xfe] {
        let ticket = client.connection.publish(at(QoS::AtLeastOnce, "x")).await;
        let id = link.publish().await.packet_id.unwrap();
        let mut puback = ack_with(id, code);
        puback.properties = Properties(vec![Property::ReasonString("see manual".into())]);
        link.send(&Packet::PubAck(puback)).await;
        let outcome = ticket.finished().await;
        let PublishOutcome::Failed { cause: MqttError::Rejected(reason) } = outcome else {
            panic!("{code:#x}: {outcome:?}")
        };
        assert_eq!(reason.code, code);
        assert!(reason.text.as_deref().is_some_and(|text| text.contains("see manual")), "{reason}");
    }
    link.canary(&mut client).await;
}

/// Bug 5: two refusals stopped all further publishing.
#[tokio::test]
async fn refused_pubrecs_free_their_places() {
    let peer = Peer::new(V5).await;
    let mut client = Client::open(peer.options());
    let (_, mut link) = peer.connected_with(accepting([Property::ReceiveMaximum(2)])).await;
    client.connected().await;
    for _ in 0..10 {
        let ticket = client.connection.publish(at(QoS::ExactlyOnce, "x")).await;
        let id = link.publish().await.packet_id.unwrap();
        link.send(&Packet::PubRec(ack_with(id, 0x97))).await;
        assert!(matches!(ticket.finished().await, PublishOutcome::Failed { .. }));
    }
    link.canary(&mut client).await;
}

/// C1-18.
#[tokio::test]
async fn no_more_are_on_their_way_than_the_broker_takes() {
    let peer = Peer::new(V5).await;
    let mut client = Client::open(peer.options());
    let (_, mut link) = peer.connected_with(accepting([Property::ReceiveMaximum(2)])).await;
    client.connected().await;
    let mut tickets = Vec::new();
    for _ in 0..5 {
        tickets.push(client.connection.publish(at(QoS::AtLeastOnce, "x")).await);
    }
    let mut waiting: Vec<u16> = Vec::new();
    for _ in 0..2 {
        waiting.push(link.publish().await.packet_id.unwrap());
    }
    // QoS 0 does not count, and comes next: so no third one has been sent.
    client.connection.publish(at(QoS::AtMostOnce, "mark")).await;
    assert_eq!(link.publish().await.qos, QoS::AtMostOnce);
    assert_eq!(tickets[4].outcome(), PublishOutcome::Queued, "shown as waiting");
    for _ in 0..3 {
        link.send(&Packet::PubAck(ack(waiting.remove(0)))).await;
        waiting.push(link.publish().await.packet_id.unwrap());
    }
    for id in waiting {
        link.send(&Packet::PubAck(ack(id))).await;
    }
    for ticket in tickets {
        assert!(matches!(ticket.finished().await, PublishOutcome::Acknowledged { .. }));
    }
    link.canary(&mut client).await;
}

/// Bug 12: the counter of packet identifiers ran over.
#[tokio::test]
async fn a_receive_maximum_that_shrinks_on_reconnect_is_obeyed() {
    let peer = Peer::new(V5).await;
    let mut client = Client::open(peer.options());
    let (_, mut link) = peer.connected_with(accepting([Property::ReceiveMaximum(100)])).await;
    client.connected().await;
    for _ in 0..100 {
        let ticket = client.connection.publish(at(QoS::AtLeastOnce, "x")).await;
        let id = link.publish().await.packet_id.unwrap();
        link.send(&Packet::PubAck(ack(id))).await;
        ticket.finished().await;
    }
    drop(link);
    client.waiting().await;
    client.connection.retry_now();
    let (_, mut link) = peer.connected_with(accepting([Property::ReceiveMaximum(1)])).await;
    client.connected().await;
    for _ in 0..10 {
        let ticket = client.connection.publish(at(QoS::ExactlyOnce, "x")).await;
        let id = link.publish().await.packet_id.unwrap();
        link.send(&Packet::PubRec(ack(id))).await;
        assert_eq!(link.expect().await, Packet::PubRel(ack(id)));
        link.send(&Packet::PubComp(ack(id))).await;
        assert!(matches!(ticket.finished().await, PublishOutcome::Acknowledged { .. }));
    }
    link.canary(&mut client).await;
}

/// C0-08.
#[tokio::test]
async fn packet_identifiers_begin_with_1_and_are_never_0() {
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let (client, mut link) = peer.client().await;
        for expected in 1..=5 {
            client.connection.publish(at(QoS::AtLeastOnce, "x")).await;
            let id = link.publish().await.packet_id;
            assert_eq!(id, Some(expected));
            link.send(&Packet::PubAck(ack(expected))).await;
        }
    }
}

/// A broker may hold a QoS 2 identifier from an earlier run, and would take a new message with it
/// for the old one: so no run begins where the last one did.
#[tokio::test]
async fn a_session_that_may_be_older_than_we_begins_with_any_identifier() {
    let mut first = Vec::new();
    for _ in 0..4 {
        let peer = Peer::new(V5).await;
        let mut client = Client::open(peer.persistent());
        let mut link = peer.resumed().await;
        client.connected().await;
        client.connection.publish(at(QoS::ExactlyOnce, "x")).await;
        first.push(link.publish().await.packet_id.unwrap());
    }
    assert!(first.iter().any(|id| *id != first[0]), "{first:?}");
}

/// TB-102: under 3.1.1 the only word against a message is the end of the connection.
#[tokio::test]
async fn a_close_right_after_a_publish_is_told_with_it() {
    let peer = Peer::new(V311).await;
    let (mut client, mut link) = peer.client().await;
    let ticket = client.connection.publish(at(QoS::AtLeastOnce, "bad")).await;
    link.publish().await;
    drop(link);
    let outcome = ticket.finished().await;
    let PublishOutcome::Unknown { cause } = outcome else { panic!("{outcome:?}") };
    assert!(cause.to_string().contains("closed"), "{cause}");
    client.waiting().await;
}

/// TB-100: what can become of QoS 2, beside its four steps: a refusal, a close, silence.
#[tokio::test]
async fn each_end_of_a_qos_2_publish_is_told() {
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let (mut client, mut link) = peer.client().await;
        if version == V5 {
            let refused = client.connection.publish(at(QoS::ExactlyOnce, "refused")).await;
            let id = link.publish().await.packet_id.unwrap();
            link.send(&Packet::PubRec(ack_with(id, 0x87))).await;
            let outcome = refused.finished().await;
            let PublishOutcome::Failed { cause: MqttError::Rejected(reason) } = outcome else {
                panic!("{outcome:?}")
            };
            assert_eq!(reason.name, "Not authorized");
        }
        let silent = client.connection.publish(at(QoS::ExactlyOnce, "silent")).await;
        assert_eq!(link.publish().await.qos, QoS::ExactlyOnce, "not downgraded");
        link.canary(&mut client).await;
        assert_eq!(silent.outcome(), PublishOutcome::Sent, "sent, and not acknowledged");
        drop(link);
        let outcome = silent.finished().await;
        assert!(matches!(outcome, PublishOutcome::Unknown { .. }), "{version:?}: {outcome:?}");
        client.waiting().await;
    }
}

/// TB-21, TB-22: refused, granted less, granted; and what was granted works.
#[tokio::test]
async fn each_filter_of_a_subscribe_has_its_own_answer() {
    for (version, code, name) in [(V311, 0x80, "Failure"), (V5, 0x8f, "Topic Filter invalid")] {
        let peer = Peer::new(version).await;
        let (mut client, mut link) = peer.client().await;
        let connection = client.connection.clone();
        let asked = ["#", "less", "canary"].map(|text| filter(text, QoS::ExactlyOnce));
        let asking = tokio::spawn(async move { connection.subscribe(asked.to_vec()).await });
        let id = link
            .until(|packet| match packet {
                Packet::Subscribe(subscribe) => Some(subscribe.packet_id),
                _ => None,
            })
            .await;
        let reasons = [code, 1, 2].map(ReasonCode).to_vec();
        link.send(&Packet::SubAck(SubAck { packet_id: id, reasons, ..SubAck::default() })).await;
        let outcomes = asking.await.unwrap().unwrap();
        let granted: Vec<_> = outcomes.iter().map(|outcome| outcome.granted()).collect();
        assert_eq!(granted, [None, Some(QoS::AtLeastOnce), Some(QoS::ExactlyOnce)], "{version:?}");
        assert_eq!((outcomes[0].reason.code, outcomes[0].reason.name), (code, name));
        assert_eq!(outcomes[1].subscription.qos, QoS::ExactlyOnce, "what was asked stands beside");
        link.canary(&mut client).await;
    }
}

/// TB-23.
#[tokio::test]
async fn each_filter_of_an_unsubscribe_has_its_own_answer() {
    let peer = Peer::new(V5).await;
    let (mut client, mut link) = peer.client().await;
    let connection = client.connection.clone();
    let ended = ["a", "b", "c"].map(|text| filter(text, QoS::AtMostOnce).filter);
    let asking = tokio::spawn(async move { connection.unsubscribe(ended.to_vec()).await });
    let id = link
        .until(|packet| match packet {
            Packet::Unsubscribe(unsubscribe) => Some(unsubscribe.packet_id),
            _ => None,
        })
        .await;
    let reasons = [0x00, 0x11, 0x8f].map(ReasonCode).to_vec();
    let answer = UnsubAck { packet_id: id, reasons, ..UnsubAck::default() };
    link.send(&Packet::UnsubAck(answer)).await;
    let outcomes = asking.await.unwrap().unwrap();
    let told: Vec<_> = outcomes.iter().map(|outcome| outcome.reason.name).collect();
    assert_eq!(told, ["Success", "No subscription existed", "Topic Filter invalid"]);
    link.canary(&mut client).await;
}

/// SUBACK with codes that no specification knows: the connection lives, and the code is shown.
#[tokio::test]
async fn unknown_reasons_in_suback_and_unsuback_are_told() {
    let peer = Peer::new(V5).await;
    let (mut client, mut link) = peer.client().await;
    let connection = client.connection.clone();
    let asking = tokio::spawn(async move {
        connection
            .subscribe(vec![filter("a", QoS::AtMostOnce), filter("b", QoS::ExactlyOnce)])
            .await
    });
    let id = link
        .until(|packet| match packet {
            Packet::Subscribe(subscribe) => Some(subscribe.packet_id),
            _ => None,
        })
        .await;
    let reasons = vec![ReasonCode(0xf1), ReasonCode(1)];
    link.send(&Packet::SubAck(SubAck { packet_id: id, reasons, ..SubAck::default() })).await;
    let outcomes = asking.await.unwrap().unwrap();
    assert_eq!((outcomes[0].reason.code, outcomes[1].reason.code), (0xf1, 1));
    link.canary(&mut client).await;
}

/// PUBCOMP before its PUBREL: the message still ends, and the connection lives.
#[tokio::test]
async fn a_broker_that_ends_a_message_before_it_is_released_is_survived() {
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let (mut client, mut link) = peer.client().await;
        let ticket = client.connection.publish(at(QoS::ExactlyOnce, "x")).await;
        let id = link.publish().await.packet_id.unwrap();
        link.send_all(&[Packet::PubRec(ack(id)), Packet::PubComp(ack(id))]).await;
        assert_eq!(link.expect().await, Packet::PubRel(ack(id)));
        link.send(&Packet::PubComp(ack(id))).await;
        let outcome = ticket.finished().await;
        assert!(matches!(outcome, PublishOutcome::Acknowledged { .. }), "{outcome:?}");
        link.canary(&mut client).await;
    }
}
