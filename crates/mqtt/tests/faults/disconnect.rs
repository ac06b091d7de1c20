//! DISCONNECT from the broker in every form, and ours to it.

use wiretree_model::{Properties, Property, Publish, QoS};
use wiretree_mqtt::{Event, Farewell, MqttError, State};
use wiretree_wire::{Disconnect, Packet, ReasonCode};

use crate::common::Client;
use crate::peer::{Peer, V5, accepting, message};

/// The codes a server may send (MQTT 5 §3.14.2.1), and some that no specification knows.
const CODES: [u8; 27] = [
    0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96,
    0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0xa1, 0x42, 0xff,
];

/// TB-103.
#[tokio::test]
async fn every_reason_is_told_with_its_text_and_survived() {
    for code in CODES {
        let peer = Peer::new(V5).await;
        let (mut client, mut link) = peer.client().await;
        let reason = ReasonCode(code);
        let properties = Properties(vec![Property::ReasonString("enough".into())]);
        link.send(&Packet::Disconnect(Disconnect { reason, properties })).await;
        let cause = match code {
            0x87 | 0x8e | 0x9c | 0x9d => client.refused().await,
            _ => client.waiting().await,
        };
        let MqttError::Disconnected(told) = &cause else { panic!("{code:#x}: {cause:?}") };
        assert_eq!((told.code, told.text.as_deref()), (code, Some("enough")));
        client.connection.retry_now();
        peer.connected().await.canary(&mut client).await;
    }
}

#[tokio::test]
async fn short_forms_are_understood() {
    for (bytes, code) in
        [(vec![0xe0, 0], 0), (vec![0xe0, 1, 0x8b], 0x8b), (vec![0xe0, 2, 0x8b, 0], 0x8b)]
    {
        let peer = Peer::new(V5).await;
        let (mut client, mut link) = peer.client().await;
        link.send_bytes(&bytes).await;
        let cause = client.waiting().await;
        let MqttError::Disconnected(told) = &cause else { panic!("{bytes:?}: {cause:?}") };
        assert_eq!(told.code, code);
        client.connection.retry_now();
        peer.connected().await.canary(&mut client).await;
    }
}

#[tokio::test]
async fn we_leave_with_the_reason_and_the_properties_that_were_chosen() {
    let peer = Peer::new(V5).await;
    let (mut client, mut link) = peer.client_with(peer.persistent()).await;
    client.connection.disconnect(Farewell {
        reason: 0x04,
        session_expiry: Some(7),
        reason_string: Some("lunch".to_owned()),
        user_properties: vec![("k".to_owned(), "v".to_owned()), ("k".to_owned(), "v".to_owned())],
    });
    let told = link.disconnect().await.expect("a DISCONNECT");
    assert_eq!(told.reason, ReasonCode::DISCONNECT_WITH_WILL);
    let pair = || Property::UserProperty("k".into(), "v".into());
    for expected in
        [Property::SessionExpiryInterval(7), Property::ReasonString("lunch".into()), pair()]
    {
        assert!(told.properties.iter().any(|property| *property == expected), "{told:?}");
    }
    assert_eq!(told.properties.iter().filter(|property| **property == pair()).count(), 2);
    assert!(!paused(&mut client).await, "said goodbye");
    client.connection.retry_now();
    peer.connected().await.canary(&mut client).await;
}

/// Text that does not fit is left out (MQTT 5 §3.14.2.2.3): without DISCONNECT the broker would
/// publish the will.
#[tokio::test]
async fn a_farewell_that_is_too_long_is_still_one() {
    for text in ["x".repeat(70_000), "x".repeat(200)] {
        let peer = Peer::new(V5).await;
        let mut client = Client::open(peer.persistent());
        let (_, mut link) =
            peer.connected_with(accepting([Property::MaximumPacketSize(100)])).await;
        client.connected().await;
        let (session_expiry, reason_string) = (Some(7), Some(text));
        client.connection.disconnect(Farewell {
            session_expiry,
            reason_string,
            ..Farewell::default()
        });
        let told = link.disconnect().await.expect("a DISCONNECT");
        assert_eq!(told.properties.0, [Property::SessionExpiryInterval(7)]);
        assert!(!paused(&mut client).await);
    }
}

/// C0-13: the broker publishes the will.
#[tokio::test]
async fn a_dropped_connection_says_nothing() {
    let peer = Peer::new(V5).await;
    let (mut client, mut link) = peer.client().await;
    client.connection.drop_connection();
    assert_eq!(link.next().await, None, "not a byte before the end");
    assert!(paused(&mut client).await);
    client.connection.retry_now();
    peer.connected().await.canary(&mut client).await;
}

async fn paused(client: &mut Client) -> bool {
    client
        .until("the pause", |event| match event {
            wiretree_mqtt::Event::State(State::Paused { dropped }) => Some(dropped),
            _ => None,
        })
        .await
}

/// While we wait for the last acknowledgements: it is no reason to come back.
#[tokio::test]
async fn a_wish_to_leave_holds_though_the_broker_closes_first() {
    let peer = Peer::new(V5).await;
    let (mut client, mut link) = peer.client().await;
    let unanswered = Publish { qos: QoS::AtLeastOnce, ..message("t", "x") };
    let _ticket = client.connection.publish(unanswered).await;
    link.publish().await;
    client.connection.disconnect(Farewell::default());
    client
        .until("the farewell", |event| (event == Event::State(State::Disconnecting)).then_some(()))
        .await;
    drop(link);
    let next = client
        .until("what follows", |event| match event {
            Event::State(state) => Some(state),
            _ => None,
        })
        .await;
    assert_eq!(next, State::Paused { dropped: false });
    client.connection.retry_now();
    peer.connected().await.canary(&mut client).await;
}
