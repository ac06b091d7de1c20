//! What the broker has ruled out is refused here, before it would cost the connection.

use wiretree_model::{Properties, Property, Publish, QoS};
use wiretree_mqtt::{ConnectOptions, PublishOutcome};
use wiretree_wire::{Packet, ReasonCode, SubAck, encode};

use crate::common::{Client, filter};
use crate::peer::{Peer, V5, accepting, message};

/// F15, C1-19.
#[tokio::test]
async fn a_publish_beyond_a_limit_is_refused_by_name_and_never_sent() {
    use Property as P;
    let large = || Publish { payload: vec![0; 200].into(), ..message("t", "") };
    let cases: [(Property, Publish, &str); 4] = [
        (
            P::MaximumQoS(0),
            Publish { qos: QoS::AtLeastOnce, ..message("t", "x") },
            "qos-not-supported",
        ),
        (
            P::MaximumQoS(1),
            Publish { qos: QoS::ExactlyOnce, ..message("t", "x") },
            "qos-not-supported",
        ),
        (
            P::RetainAvailable(0),
            Publish { retain: true, ..message("t", "x") },
            "retain-not-supported",
        ),
        (P::MaximumPacketSize(100), large(), "too-large"),
    ];
    for (limit, publish, code) in cases {
        let peer = Peer::new(V5).await;
        let mut client = Client::open(peer.options());
        let (_, mut link) = peer.connected_with(accepting([limit])).await;
        client.connected().await;
        let outcome = client.connection.publish(publish).await.finished().await;
        let PublishOutcome::Failed { cause } = outcome else { panic!("{code}: {outcome:?}") };
        assert_eq!(cause.code(), code);
        client.connection.publish(message("allowed", "x")).await;
        assert_eq!(link.publish().await, message("allowed", "x"), "the first thing on the wire");
        link.canary(&mut client).await;
    }
}

/// MQTT 5 §3.2.2.3.6: the limit is for every packet.
#[tokio::test]
async fn requests_are_cut_to_the_size_that_the_broker_takes() {
    let peer = Peer::new(V5).await;
    let long = |number: usize| filter(&format!("{number}/{}", "x".repeat(30)), QoS::AtMostOnce);
    let mut subscriptions: Vec<_> = (0..10).map(long).collect();
    subscriptions.push(filter(&"y".repeat(120), QoS::AtMostOnce));
    let mut client =
        Client::open(ConnectOptions { subscriptions: subscriptions.clone(), ..peer.options() });
    let (_, mut link) = peer.connected_with(accepting([Property::MaximumPacketSize(100)])).await;
    client.connected().await;
    let mut asked = 0;
    while asked < 10 {
        let Packet::Subscribe(subscribe) = link.expect().await else { panic!("asked {asked}") };
        let mut bytes = Vec::new();
        encode(&Packet::Subscribe(subscribe.clone()), V5, &mut bytes).unwrap();
        assert!(bytes.len() <= 100 && subscribe.filters.len() > 1, "{subscribe:?}");
        asked += subscribe.filters.len();
        let reasons = vec![ReasonCode(0); subscribe.filters.len()];
        let (packet_id, properties) = (subscribe.packet_id, Properties::default());
        link.send(&Packet::SubAck(SubAck { packet_id, properties, reasons })).await;
    }
    let outcomes = client.subscribed().await;
    let codes: Vec<_> = outcomes.iter().map(|outcome| outcome.reason.code).collect();
    assert_eq!(codes, [[0; 10].as_slice(), &[0x95]].concat(), "the last one was not asked for");
    let filters = subscriptions.into_iter().map(|wanted| wanted.filter).collect();
    let refused = client.connection.unsubscribe(filters).await.unwrap_err();
    assert_eq!(refused.code(), "too-large");
    link.canary(&mut client).await;
}

/// To take nothing at all is a protocol error (§3.2.2.3.3); to wait for ever would be no answer.
#[tokio::test]
async fn a_receive_maximum_of_zero_stops_no_message() {
    let peer = Peer::new(V5).await;
    let mut client = Client::open(peer.options());
    let (_, mut link) = peer.connected_with(accepting([Property::ReceiveMaximum(0)])).await;
    client.connected().await;
    let publish = Publish { qos: QoS::AtLeastOnce, ..message("t", "x") };
    let _ticket = client.connection.publish(publish).await;
    let _mark = client.connection.publish(message("mark", "x")).await;
    assert_eq!(link.publish().await.qos, QoS::AtLeastOnce);
    link.canary(&mut client).await;
}
