//! Peers that stall, trickle or never answer; keep-alive and the deadlines.

use std::time::Duration;

use tokio::time::Instant;
use wiretree_model::Property;
use wiretree_mqtt::ConnectOptions;
use wiretree_wire::{Packet, encode};

use crate::common::Client;
use crate::peer::{Peer, V5, V311, accepting, message};

fn with_keep_alive(peer: &Peer, seconds: u16) -> ConnectOptions {
    ConnectOptions { keep_alive: seconds, ..peer.options() }
}

/// F2: half-open. Timed by the client's own clock only to tell the two causes apart.
#[tokio::test]
async fn a_peer_that_falls_silent_is_noticed() {
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let (mut client, mut link) = peer.client_with(with_keep_alive(&peer, 1)).await;
        assert_eq!(link.expect().await, Packet::PingReq);
        let cause = client.waiting().await;
        assert_eq!(cause.code(), "keep-alive", "{cause}");
        client.connection.retry_now();
        let mut link = peer.connected().await;
        link.canary(&mut client).await;
    }
}

/// TB-09.
#[tokio::test]
async fn an_idle_connection_lives_by_its_pings() {
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let (mut client, mut link) = peer.client_with(with_keep_alive(&peer, 1)).await;
        for _ in 0..3 {
            assert_eq!(link.expect().await, Packet::PingReq);
            link.send(&Packet::PingResp).await;
        }
        link.canary(&mut client).await;
    }
}

/// Bug 7: with 0 from the server came a storm of pings.
#[tokio::test]
async fn the_server_may_switch_keep_alive_off() {
    let peer = Peer::new(V5).await;
    let mut client = Client::open(with_keep_alive(&peer, 1));
    let (_, mut link) = peer.connected_with(accepting([Property::ServerKeepAlive(0)])).await;
    client.connected().await;
    let until = Instant::now() + Duration::from_secs(3);
    let quiet = tokio::time::timeout_at(until, link.next()).await;
    assert!(quiet.is_err(), "nothing is sent for three times the keep-alive: {quiet:?}");
    link.canary(&mut client).await;
}

/// C1-28.
#[tokio::test]
async fn the_keep_alive_of_the_server_wins() {
    let peer = Peer::new(V5).await;
    let mut client = Client::open(with_keep_alive(&peer, 600));
    let (connect, mut link) = peer.connected_with(accepting([Property::ServerKeepAlive(1)])).await;
    assert_eq!(connect.keep_alive, 600, "what was asked for stands in CONNECT");
    client.connected().await;
    assert_eq!(link.expect().await, Packet::PingReq);
    link.send(&Packet::PingResp).await;
    link.canary(&mut client).await;
}

/// Bug 14: bytes are life, even if no packet is complete.
#[tokio::test]
async fn a_large_message_that_trickles_in_does_not_break_the_connection() {
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let (mut client, mut link) = peer.client_with(with_keep_alive(&peer, 1)).await;
        let mut bytes = Vec::new();
        let large = wiretree_model::Publish { payload: vec![7; 40_000].into(), ..message("t", "") };
        encode(&Packet::Publish(large.clone()), version, &mut bytes).unwrap();
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        for part in bytes.chunks(1000) {
            ticks.tick().await;
            link.send_bytes(part).await;
        }
        assert_eq!(client.message().await, large, "after four times the keep-alive");
        link.canary(&mut client).await;
    }
}

/// C0-12.
#[tokio::test]
async fn a_ping_tells_its_round_trip() {
    let peer = Peer::new(V5).await;
    let (mut client, mut link) = peer.client().await;
    let connection = client.connection.clone();
    let pinging = tokio::spawn(async move { connection.ping().await });
    assert_eq!(link.expect().await, Packet::PingReq);
    link.send(&Packet::PingResp).await;
    assert!(pinging.await.unwrap().is_ok());
    link.canary(&mut client).await;
}

/// A peer that stops reading: the keep-alive ends it, however much waits to be written.
#[tokio::test]
async fn a_peer_that_stops_reading_does_not_hang_the_client() {
    for version in [V311, V5] {
        let peer = Peer::new(version).await;
        let (mut client, link) = peer.client_with(with_keep_alive(&peer, 1)).await;
        let large =
            wiretree_model::Publish { payload: vec![7; 24 << 20].into(), ..message("t", "") };
        let _ticket = client.connection.publish(large).await;
        let cause = client.waiting().await;
        assert_eq!(cause.code(), "keep-alive", "{cause}");
        drop(link);
        client.connection.retry_now();
        peer.connected().await.canary(&mut client).await;
    }
}

/// T5: the connect deadline holds for a CONNACK that trickles, too.
#[tokio::test]
async fn a_connack_that_never_ends_is_given_up() {
    let peer = Peer::new(V5).await;
    let connect_timeout = Duration::from_millis(200);
    let mut client = Client::open(ConnectOptions { connect_timeout, ..peer.options() });
    let mut link = peer.accept().await;
    link.connect().await;
    link.send_bytes(&[0x20, 100, 0]).await;
    let cause = client.waiting().await;
    assert_eq!(cause.code(), "no-answer", "{cause}");
    client.connection.retry_now();
    let mut link = peer.connected().await;
    link.canary(&mut client).await;
}
