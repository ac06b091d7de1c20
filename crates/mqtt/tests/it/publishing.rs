//! What becomes of a publish.

use wiretree_model::{Publish, QoS};
use wiretree_mqtt::{ConnectOptions, MqttError, PublishOutcome, PublishTicket};
use wiretree_testkit::{Mosquitto, free_port};

use crate::common::{Client, VERSIONS, eventually, every_qos, message, to};

async fn steps(mut ticket: PublishTicket) -> Vec<PublishOutcome> {
    let mut steps = vec![ticket.outcome()];
    while let Some(step) = ticket.changed().await {
        steps.push(step);
    }
    steps
}

#[tokio::test]
async fn every_qos_ends_as_it_should() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        let client = Client::ready(to(&broker, version)).await;
        for qos in every_qos() {
            let ticket = client.connection.publish(message("t", "x", qos)).await;
            let steps = steps(ticket).await;
            assert_eq!(steps.first(), Some(&PublishOutcome::Queued));
            match (qos, steps.last()) {
                (QoS::AtMostOnce, Some(PublishOutcome::Sent)) => {}
                (_, Some(PublishOutcome::Acknowledged { after, reason, .. })) => {
                    assert!(!reason.is_failure() && !after.is_zero(), "{steps:?}");
                    assert!(steps.contains(&PublishOutcome::Sent), "{steps:?}");
                }
                _ => panic!("{version:?} {qos:?}: {steps:?}"),
            }
        }
    }
}

#[tokio::test]
async fn what_cannot_be_sent_fails_with_a_name_and_the_connection_stays() {
    let broker = Mosquitto::start(&["retain_available false", "max_qos 1", "max_packet_size 1000"]);
    let mut client = Client::open(to(&broker, wiretree_model::ProtocolVersion::V5));
    let limits = client.connected().await.limits;
    assert_eq!(limits.maximum_packet_size, Some(1000));
    let plain = message("t", "x", QoS::AtMostOnce);
    let cases = [
        (Publish { retain: true, ..plain.clone() }, "retain-not-supported"),
        (Publish { qos: QoS::ExactlyOnce, ..plain.clone() }, "qos-not-supported"),
        (message("t", vec![0; 2000], QoS::AtMostOnce), "too-large"),
        (message("a/+", "x", QoS::AtMostOnce), "invalid-topic"),
        (message("", "x", QoS::AtMostOnce), "invalid-topic"),
    ];
    for (publish, code) in cases {
        let outcome = client.connection.publish(publish).await.finished().await;
        match outcome {
            PublishOutcome::Failed { cause } => assert_eq!(cause.code(), code),
            other => panic!("{code}: {other:?}"),
        }
    }
    let outcome = client.connection.publish(plain).await.finished().await;
    assert_eq!(outcome, PublishOutcome::Sent, "the connection is still there");
}

#[tokio::test]
async fn an_access_list_rejects_by_name_where_the_protocol_can_say_so() {
    let access = "topic readwrite open/#\n";
    let broker = Mosquitto::start_with_files(&["acl_file {folder}/access"], &[("access", access)]);
    let client = Client::ready(to(&broker, wiretree_model::ProtocolVersion::V5)).await;
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let outcome = client.connection.publish(message("secret", "x", qos)).await.finished().await;
        match outcome {
            PublishOutcome::Failed { cause: MqttError::Rejected(reason) } => {
                assert_eq!(reason.name, "Not authorized");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn publishing_without_a_connection_fails_at_once_and_after_the_end_too() {
    let options = ConnectOptions { port: free_port(), ..ConnectOptions::default() };
    let mut client = Client::open(options);
    client.waiting().await;
    let connection = client.connection.clone();
    let outcome = connection.publish(message("t", "x", QoS::AtLeastOnce)).await.finished().await;
    assert_eq!(outcome, PublishOutcome::Failed { cause: MqttError::NotConnected });
    let answer = connection.subscribe(Vec::new()).await;
    assert_eq!(answer, Err(MqttError::NotConnected));
    client.close().await;
    let outcome = connection.publish(message("t", "x", QoS::AtLeastOnce)).await.finished().await;
    assert_eq!(outcome, PublishOutcome::Failed { cause: MqttError::Closed });
}

#[tokio::test]
async fn what_was_published_before_closing_is_still_acknowledged() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        let client_id = format!("closing-{version:?}");
        let client = Client::open(ConnectOptions { client_id, ..to(&broker, version) });
        // Not even connected yet: the first of them waits for the attempt.
        let mut tickets = Vec::new();
        for _ in 0..100 {
            tickets.push(client.connection.publish(message("t", "x", QoS::ExactlyOnce)).await);
        }
        let first = tickets.remove(0).finished().await;
        assert!(matches!(first, PublishOutcome::Acknowledged { .. }), "{first:?}");
        client.close().await;
        for ticket in tickets {
            let outcome = ticket.finished().await;
            assert!(matches!(outcome, PublishOutcome::Acknowledged { .. }), "{outcome:?}");
        }
        let goodbye = format!("Received DISCONNECT from closing-{version:?}");
        eventually("DISCONNECT came", || broker.log().contains(&goodbye)).await;
    }
}

#[tokio::test]
async fn thousands_at_once_do_not_overrun_a_broker_with_its_usual_limits() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        let client = Client::ready(to(&broker, version)).await;
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let mut tickets = Vec::new();
            for _ in 0..5000 {
                tickets.push(client.connection.publish(message("t", "x", qos)).await);
            }
            for ticket in tickets {
                let outcome = ticket.finished().await;
                let taken = matches!(outcome, PublishOutcome::Acknowledged { .. });
                assert!(taken, "{version:?} {qos:?}: {outcome:?}");
            }
        }
    }
}
