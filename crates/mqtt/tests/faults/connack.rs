//! Every CONNACK: all reason codes, refusals with all they say, old brokers, odd cuts.

use wiretree_model::{Properties, Property};
use wiretree_mqtt::MqttError;
use wiretree_wire::{ConnAck, Packet, ReasonCode};

use crate::common::Client;
use crate::peer::{Peer, V5, V311, accepting, message};

/// Refused until the user acts: another attempt would be refused as well.
const FOR_GOOD: [u8; 10] = [0x84, 0x85, 0x86, 0x87, 0x8a, 0x8c, 0x9c, 0x9d, 0x9a, 0x9b];

#[tokio::test]
async fn every_refusal_of_mqtt_5_is_named_and_survived() {
    for code in 0x80..=0xa2_u8 {
        let peer = Peer::new(V5).await;
        let mut client = Client::open(peer.options());
        let reason = ReasonCode(code);
        let text = Property::ReasonString("because".into());
        let properties = Properties(vec![text]);
        let refusal = ConnAck { reason, properties, ..ConnAck::default() };
        let _ = peer.connected_with(refusal).await;
        let stays_away = FOR_GOOD.contains(&code) && !matches!(code, 0x9a | 0x9b);
        let cause = match stays_away {
            true => client.refused().await,
            false => client.waiting().await,
        };
        let MqttError::Refused(told) = &cause else { panic!("{code:#x}: {cause:?}") };
        assert_eq!((told.code, told.text.as_deref()), (code, Some("because")));
        client.connection.retry_now();
        peer.connected().await.canary(&mut client).await;
    }
}

#[tokio::test]
async fn every_refusal_of_3_1_1_is_named_and_survived() {
    for (code, name) in [
        (1, "Unacceptable protocol version"),
        (2, "Identifier rejected"),
        (3, "Server unavailable"),
        (4, "Bad user name or password"),
        (5, "Not authorized"),
        (6, "Unknown return code"),
        (255, "Unknown return code"),
    ] {
        let peer = Peer::new(V311).await;
        let mut client = Client::open(peer.options());
        let refusal = ConnAck { reason: ReasonCode(code), ..ConnAck::default() };
        let _ = peer.connected_with(refusal).await;
        let cause = match code {
            1 | 2 | 4 | 5 => client.refused().await,
            _ => client.waiting().await,
        };
        let MqttError::Refused(told) = &cause else { panic!("{code}: {cause:?}") };
        assert_eq!((told.code, told.name), (code, name));
        client.connection.retry_now();
        peer.connected().await.canary(&mut client).await;
    }
}

#[tokio::test]
async fn an_old_broker_says_to_an_mqtt_5_client_that_it_is_old() {
    let peer = Peer::new(V5).await;
    let mut client = Client::open(peer.options());
    let mut link = peer.accept().await;
    link.connect().await;
    link.send_bytes(&[0x20, 2, 0, 1]).await;
    let cause = client.refused().await;
    assert!(cause.to_string().contains("Unacceptable protocol version"), "{cause}");
    client.connection.retry_now();
    peer.connected().await.canary(&mut client).await;
}

/// C0-05.
#[tokio::test]
async fn a_connack_may_come_byte_by_byte_or_glued_to_what_follows() {
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let mut client = Client::open(peer.options());
        let mut link = peer.accept().await;
        link.connect().await;
        let connack: &[u8] = if version == V5 { &[0x20, 3, 0, 0, 0] } else { &[0x20, 2, 0, 0] };
        for byte in connack {
            link.send_bytes(&[*byte]).await;
            tokio::task::yield_now().await;
        }
        client.connected().await;
        link.canary(&mut client).await;

        let mut client = Client::open(peer.options());
        let mut link = peer.accept().await;
        link.connect().await;
        let publish: &[u8] =
            if version == V5 { &[0x30, 5, 0, 1, b't', 0, 7] } else { &[0x30, 4, 0, 1, b't', 7] };
        link.send_bytes(&[connack, publish].concat()).await;
        client.connected().await;
        assert_eq!(client.message().await.payload.as_ref(), [7]);
    }
}

/// A server may say more than a strict client takes: none of it may cost the connection.
#[tokio::test]
async fn a_connack_with_odd_contents_is_taken() {
    use Property as P;
    for properties in [
        vec![P::ResponseInformation("unasked".into())],
        vec![P::AssignedClientIdentifier("other".into())],
        vec![P::ReceiveMaximum(0)],
        vec![P::MaximumQoS(7)],
        vec![P::ServerKeepAlive(0), P::ServerKeepAlive(9)],
        vec![P::ReasonString(bytes::Bytes::from_static(b"\xff\xfe").into())],
        vec![P::UserProperty("a".into(), "1".into()), P::UserProperty("a".into(), "1".into())],
        vec![P::WillDelayInterval(3)],
    ] {
        let peer = Peer::new(V5).await;
        let mut client = Client::open(peer.options());
        let (_, mut link) = peer.connected_with(accepting(properties.clone())).await;
        client.connected().await;
        link.canary(&mut client).await;
    }
}

#[tokio::test]
async fn a_session_that_nobody_expected_is_taken() {
    let peer = Peer::new(V5).await;
    let mut client = Client::open(peer.persistent());
    let mut link = peer.resumed().await;
    assert!(client.connected().await.session_present);
    link.canary(&mut client).await;
}

#[tokio::test]
async fn another_packet_in_place_of_connack_is_told_and_survived() {
    for packet in [
        Packet::PingResp,
        Packet::Publish(message("early", "bird")),
        Packet::SubAck(Default::default()),
    ] {
        let peer = Peer::new(V5).await;
        let mut client = Client::open(peer.options());
        let mut link = peer.accept().await;
        link.connect().await;
        link.send(&packet).await;
        let cause = client.waiting().await;
        assert_eq!(cause.code(), "protocol", "{cause}");
        client.connection.retry_now();
        peer.connected().await.canary(&mut client).await;
    }
}
