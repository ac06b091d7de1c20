//! A broker that goes away and comes back.

use wiretree_model::{ProtocolVersion, QoS};
use wiretree_mqtt::{ConnectOptions, Event, PublishOutcome, State};
use wiretree_testkit::Mosquitto;

use crate::common::{Client, VERSIONS, filter, message, mosquitto_pub, to, watching};

#[tokio::test]
async fn after_a_restart_messages_flow_again_and_every_ticket_has_ended() {
    for version in VERSIONS {
        let mut broker = Mosquitto::start(&[]);
        let mut client = Client::ready(watching(&broker, version)).await;
        let added = vec![filter("$SYS/broker/version", QoS::AtMostOnce)];
        client.connection.subscribe(added).await.unwrap();
        client.subscribed().await;

        // Publishing goes on all through the restart.
        let connection = client.connection.clone();
        let publishing = tokio::spawn(async move {
            let mut outcomes = Vec::new();
            let mut tickets = Vec::new();
            for number in 0..3000 {
                let qos = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][number % 3];
                tickets.push(connection.publish(message("own", "x", qos)).await);
                tokio::task::yield_now().await;
            }
            for ticket in tickets {
                outcomes.push(ticket.finished().await);
            }
            outcomes
        });
        broker.restart();
        let outcomes = publishing.await.unwrap();
        let ended = outcomes.iter().all(|outcome| *outcome != PublishOutcome::Queued);
        assert!(ended && outcomes.len() == 3000);

        client.connected().await;
        let outcomes = client.subscribed().await;
        let filters: Vec<_> =
            outcomes.iter().map(|outcome| outcome.subscription.filter.as_str()).collect();
        assert_eq!(filters, ["#", "$SYS/broker/version"], "{version:?}");
        mosquitto_pub(&broker, version, &["-t", "after", "-m", "x", "-q", "2"]);
        loop {
            if client.message().await.topic.to_text() == "after" {
                break;
            }
        }
        client.close().await;
    }
}

#[tokio::test]
async fn with_a_session_unacknowledged_publishes_are_sent_again() {
    for version in VERSIONS {
        let mut broker = Mosquitto::start(&[
            "persistence true",
            "autosave_interval 1",
            "autosave_on_changes true",
        ]);
        let options = ConnectOptions {
            client_id: "resumer".to_owned(),
            clean_start: false,
            session_expiry: 3600,
            ..to(&broker, version)
        };
        let mut client = Client::open(options);
        client.connected().await;
        let mut tickets = Vec::new();
        for number in 0..500_usize {
            let qos = [QoS::AtLeastOnce, QoS::ExactlyOnce][number % 2];
            tickets.push(client.connection.publish(message("t", "x", qos)).await);
        }
        broker.restart();
        let mut acknowledged = 0;
        for ticket in tickets {
            match ticket.finished().await {
                PublishOutcome::Acknowledged { .. } => acknowledged += 1,
                // Given while there was no connection.
                PublishOutcome::Failed { cause } => {
                    assert_eq!(cause.code(), "not-connected", "{cause}")
                }
                other => panic!("{version:?}: {other:?}"),
            }
        }
        assert!(acknowledged > 0);
        client.close().await;
    }
}

#[tokio::test]
async fn the_states_are_told_in_order_and_a_retry_can_be_asked_for() {
    let mut broker = Mosquitto::start(&[]);
    let mut client = Client::open(to(&broker, ProtocolVersion::V5));
    client.connected().await;
    broker.stop();
    let cause = client.waiting().await;
    let address = format!("127.0.0.1:{}", broker.port());
    assert_eq!(
        cause.to_string(),
        format!("The connection to {address} was lost: the broker closed it")
    );
    let attempt = client
        .until("the second attempt", |event| match event {
            Event::State(State::Connecting { attempt, .. }) => Some(attempt),
            _ => None,
        })
        .await;
    assert_eq!(attempt, 2);
    client.waiting().await;
    broker.restart();
    client.connection.retry_now();
    client.connected().await;
}

#[tokio::test]
async fn a_connection_ends_when_its_last_handle_is_dropped_or_nobody_reads() {
    let broker = Mosquitto::start(&[]);
    for dropped in ["handle", "events"] {
        let mut options = to(&broker, ProtocolVersion::V5);
        options.client_id = format!("dropped-{dropped}");
        let (connection, mut events) = wiretree_mqtt::open(options);
        while !matches!(events.next().await, Some(Event::State(State::Connected { .. }))) {}
        let gone = format!("Client dropped-{dropped} ");
        if dropped == "handle" {
            drop(connection);
            while events.next().await.is_some() {}
        } else {
            drop(events);
            // The task notices when it next has something to say.
            broker_says_something(&broker, &connection).await;
        }
        crate::common::eventually("the broker sees it go", || {
            broker.log().lines().any(|line| {
                line.contains(&gone) && (line.contains("disconnected") || line.contains("closed"))
            })
        })
        .await;
    }
}

async fn broker_says_something(broker: &Mosquitto, connection: &wiretree_mqtt::Connection) {
    let added = vec![filter("wake", QoS::AtMostOnce)];
    // Either answer will do: the outcome itself is the first thing nobody reads.
    let _ = connection.subscribe(added).await;
    mosquitto_pub(broker, ProtocolVersion::V5, &["-t", "wake", "-m", "x"]);
}
