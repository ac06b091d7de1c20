//! Connections that end at a bad moment, played by a scripted peer.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use wiretree_model::{ProtocolVersion, QoS};
use wiretree_mqtt::{ConnectOptions, MqttError, PublishOutcome};

use crate::common::{Client, VERSIONS, filter, message};
use crate::scripted::{connack, peer, publish, read_packet};

/// CONNACK that has found the session.
fn resumed(version: ProtocolVersion) -> &'static [u8] {
    match version {
        ProtocolVersion::V31 | ProtocolVersion::V311 => &[0x20, 2, 1, 0],
        ProtocolVersion::V5 => &[0x20, 3, 1, 0, 0],
    }
}

/// A peer that takes one publish and hangs up without an answer. From the second connection on it
/// answers CONNECT with `second`, and acknowledges what comes if it is marked as sent again.
fn forgetful(version: ProtocolVersion, second: &'static [u8]) -> ConnectOptions {
    let connections = AtomicUsize::new(0);
    let options = peer(move |stream| {
        read_packet(stream);
        if connections.fetch_add(1, Ordering::Relaxed) == 0 {
            let _ = stream.write_all(connack(version));
            read_packet(stream);
            return;
        }
        let _ = stream.write_all(second);
        while let Some(packet) = read_packet(stream) {
            // PUBLISH with QoS 1 and DUP; the identifier follows the topic `t`.
            if packet[0] == 0x3a {
                let _ = stream.write_all(&[0x40, 2, packet[5], packet[6]]);
            }
        }
    });
    ConnectOptions { protocol: version, ..options }
}

fn persistent(options: ConnectOptions) -> ConnectOptions {
    ConnectOptions {
        clean_start: false,
        client_id: "steady".to_owned(),
        session_expiry: 60,
        ..options
    }
}

#[tokio::test]
async fn a_publish_without_an_answer_is_sent_again_when_the_session_is_still_there() {
    for version in VERSIONS {
        let mut client = Client::open(persistent(forgetful(version, resumed(version))));
        client.connected().await;
        let ticket = client.connection.publish(message("t", "x", QoS::AtLeastOnce)).await;
        let outcome = ticket.finished().await;
        assert!(matches!(outcome, PublishOutcome::Acknowledged { .. }), "{version:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_publish_without_an_answer_fails_when_the_session_is_gone() {
    for version in VERSIONS {
        let mut client = Client::open(persistent(forgetful(version, connack(version))));
        client.connected().await;
        let ticket = client.connection.publish(message("t", "x", QoS::AtLeastOnce)).await;
        let cause = MqttError::SessionLost;
        assert_eq!(ticket.finished().await, PublishOutcome::Unknown { cause }, "{version:?}");
        let notice = client
            .until("a notice", |event| match event {
                wiretree_mqtt::Event::Notice(notice) => Some(notice),
                _ => None,
            })
            .await;
        assert_eq!(notice, wiretree_mqtt::Notice::SessionGone);
    }
}

#[tokio::test]
async fn without_a_session_to_come_back_to_it_fails_with_the_connection() {
    for version in VERSIONS {
        let mut client = Client::open(forgetful(version, &[]));
        client.connected().await;
        let ticket = client.connection.publish(message("t", "x", QoS::AtLeastOnce)).await;
        // With 3.1.1 the broker may have meant the message: it has no other way to say no.
        let cause = match version {
            ProtocolVersion::V5 => MqttError::SessionLost,
            ProtocolVersion::V31 | ProtocolVersion::V311 => MqttError::ClosedAfterPublish,
        };
        assert_eq!(ticket.finished().await, PublishOutcome::Unknown { cause }, "{version:?}");
    }
}

#[tokio::test]
async fn closing_while_waiting_ends_what_waits_for_the_session() {
    for version in VERSIONS {
        // The second connection gets no answer to CONNECT at all.
        let mut client = Client::open(persistent(forgetful(version, &[])));
        client.connected().await;
        let ticket = client.connection.publish(message("t", "x", QoS::AtLeastOnce)).await;
        client.waiting().await;
        assert_eq!(ticket.outcome(), PublishOutcome::Sent, "there is still hope");
        client.close().await;
        let cause = MqttError::SessionLost;
        assert_eq!(ticket.finished().await, PublishOutcome::Unknown { cause }, "{version:?}");
    }
}

#[tokio::test]
async fn closing_works_in_the_middle_of_a_flood() {
    for version in VERSIONS {
        let mut options = peer(move |stream| {
            read_packet(stream);
            let _ = stream.write_all(connack(version));
            let flood = publish(version, 7).repeat(1000);
            while stream.write_all(&flood).is_ok() {}
        });
        options.protocol = version;
        let mut client = Client::open(options);
        client.messages(10_000).await;
        assert!(!client.close().await.is_empty(), "what was read is handed on to the last");
    }
}

#[tokio::test]
async fn requests_are_served_in_the_middle_of_a_flood() {
    for version in VERSIONS {
        let mut options = peer(move |stream| {
            read_packet(stream);
            let _ = stream.write_all(connack(version));
            let flood = publish(version, 7).repeat(1000);
            let suback: &[u8] = match version {
                ProtocolVersion::V31 | ProtocolVersion::V311 => &[0x90, 3, 0, 1, 0],
                ProtocolVersion::V5 => &[0x90, 4, 0, 1, 0, 0],
            };
            let mut reader = stream.try_clone().unwrap();
            let mut writer = stream.try_clone().unwrap();
            let subscribed = std::sync::Arc::new(AtomicUsize::new(0));
            let seen = std::sync::Arc::clone(&subscribed);
            std::thread::spawn(move || {
                read_packet(&mut reader);
                seen.store(1, Ordering::Relaxed);
            });
            while writer.write_all(&flood).is_ok() {
                if subscribed.swap(0, Ordering::Relaxed) == 1 {
                    let _ = writer.write_all(suback);
                }
            }
        });
        options.protocol = version;
        let mut client = Client::open(options);
        client.messages(10_000).await;
        let connection = client.connection.clone();
        let asking =
            tokio::spawn(
                async move { connection.subscribe(vec![filter("x", QoS::AtMostOnce)]).await },
            );
        client.subscribed().await;
        assert!(asking.await.unwrap().is_ok());
    }
}
