//! What a person does to a connection by hand, and what a real broker makes of it.

use bytes::Bytes;
use wiretree_model::{
    Acknowledge, Birth, Direction, ProtocolVersion, QoS, Secret, Topic, TopicFilter, Will,
};
use wiretree_mqtt::{ConnectOptions, Event, Farewell, PublishOutcome, State, TraceEntry, Traced};
use wiretree_testkit::Mosquitto;

use crate::common::{Client, VERSIONS, eventually, filter, message, to, watching};

/// With a will and its counterpart.
fn with_status(options: ConnectOptions) -> ConnectOptions {
    let (topic, qos, retain) = (Topic::received("status"), QoS::AtLeastOnce, false);
    let (offline, online) = (Bytes::from("offline"), Bytes::from("online"));
    let birth = Birth { topic: topic.clone(), payload: online, qos, retain };
    let will = Will { topic, payload: offline, qos, retain, ..Will::default() };
    ConnectOptions { will: Some(will), birth: Some(birth), ..options }
}

/// The next two states; those of an attempt are passed over.
async fn two_states(client: &mut Client) -> [State; 2] {
    let mut next = async || {
        client
            .until("a state", |event| match event {
                Event::State(State::Connecting { .. }) => None,
                Event::State(state) => Some(state),
                _ => None,
            })
            .await
    };
    [next().await, next().await]
}

/// Waits for a pause; says whether it began without DISCONNECT.
async fn paused(client: &mut Client) -> bool {
    client
        .until("a pause", |event| match event {
            Event::State(State::Paused { dropped }) => Some(dropped),
            _ => None,
        })
        .await
}

async fn heard(other: &mut Client) -> String {
    let message = other.message().await;
    String::from_utf8(message.payload.to_vec()).unwrap()
}

#[tokio::test]
async fn a_disconnect_holds_the_will_back_and_a_drop_does_not() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        let mut other = Client::ready(watching(&broker, version)).await;
        let mut client = Client::open(with_status(to(&broker, version)));
        client.connected().await;
        assert_eq!(heard(&mut other).await, "online");

        client.connection.disconnect(Farewell::default());
        let states = two_states(&mut client).await;
        assert_eq!(states, [State::Disconnecting, State::Paused { dropped: false }]);
        let ticket = client.connection.publish(message("t", "x", QoS::AtMostOnce)).await;
        let PublishOutcome::Failed { cause } = ticket.finished().await else { panic!("sent") };
        assert_eq!(cause.code(), "not-connected");

        client.connection.retry_now();
        client.connected().await;
        assert_eq!(heard(&mut other).await, "online", "{version:?}: no will came between");
        client.connection.drop_connection();
        assert!(paused(&mut client).await);
        assert_eq!(heard(&mut other).await, "offline", "{version:?}: the will");
        client.close().await;
    }
}

#[tokio::test]
async fn a_disconnect_can_ask_for_the_will() {
    let broker = Mosquitto::start(&[]);
    let mut other = Client::ready(watching(&broker, ProtocolVersion::V5)).await;
    let mut client = Client::open(with_status(to(&broker, ProtocolVersion::V5)));
    client.connected().await;
    assert_eq!(heard(&mut other).await, "online");
    client.connection.disconnect(Farewell {
        reason: 0x04,
        user_properties: vec![("why".to_owned(), "to see".to_owned())],
        ..Farewell::default()
    });
    assert_eq!(heard(&mut other).await, "offline");
}

#[tokio::test]
async fn a_wish_to_stop_ends_a_wait_and_an_attempt_too() {
    let mut broker = Mosquitto::start(&[]);
    let mut client = Client::open(to(&broker, ProtocolVersion::V5));
    client.connected().await;
    broker.stop();
    client.waiting().await;
    client.connection.disconnect(Farewell::default());
    assert!(!paused(&mut client).await);
    client.close().await;
}

#[tokio::test]
async fn a_ping_tells_how_long_it_took() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        let client = Client::ready(ConnectOptions { keep_alive: 0, ..to(&broker, version) }).await;
        for _ in 0..3 {
            let took = client.connection.ping().await;
            assert!(took.is_ok_and(|took| !took.is_zero()), "{version:?}");
        }
        client.connection.disconnect(Farewell::default());
        let connection = client.connection.clone();
        client.close().await;
        assert!(connection.ping().await.is_err(), "nobody waits for ever");
    }
}

#[tokio::test]
async fn what_is_not_recorded_is_not_acknowledged_and_comes_again() {
    let broker = Mosquitto::start(&["max_inflight_messages 20"]);
    for version in VERSIONS {
        let options = ConnectOptions {
            // What the last version has left unacknowledged stays with its own session.
            client_id: format!("recorder-{version:?}"),
            clean_start: false,
            session_expiry: 60,
            acknowledge: Acknowledge::AfterCommit,
            ..watching(&broker, version)
        };
        let mut client = Client::ready(options).await;
        let other = Client::ready(to(&broker, version)).await;
        for number in 0..40 {
            let qos = [QoS::AtLeastOnce, QoS::ExactlyOnce][number % 2];
            let publish = message("t", number.to_string(), qos);
            let outcome = other.connection.publish(publish).await.finished().await;
            assert!(matches!(outcome, PublishOutcome::Acknowledged { .. }), "{outcome:?}");
        }
        let first = numbers(client.messages(20).await);
        assert_eq!(first, (0..20).collect::<Vec<_>>(), "{version:?}: as many as may be open");
        client.connection.recorded(10);
        let next = numbers(client.messages(5).await);
        assert_eq!(next, (20..25).collect::<Vec<_>>(), "QoS 1 made room");

        client.connection.drop_connection();
        assert!(paused(&mut client).await);
        client.connection.retry_now();
        client.connected().await;
        // Without a record of them, QoS 1 comes again and QoS 2 does not: it is known here.
        client.connection.recorded(1_000);
        let mut rest = Vec::new();
        while rest.last() != Some(&39) {
            rest.extend(numbers(client.messages(1).await));
        }
        let once_more: Vec<_> = rest.iter().filter(|number| **number < 20).collect();
        assert!(once_more.iter().all(|number| *number % 2 == 0), "{version:?}: {rest:?}");
        let all: std::collections::BTreeSet<_> =
            first.into_iter().chain(next).chain(rest).collect();
        assert_eq!(all, (0..40).collect(), "{version:?}: nothing is lost");
        client.close().await;
    }
}

fn numbers(messages: Vec<wiretree_model::Publish>) -> Vec<usize> {
    let number = |message: wiretree_model::Publish| {
        String::from_utf8(message.payload.to_vec()).unwrap().parse().unwrap()
    };
    messages.into_iter().map(number).collect()
}

#[tokio::test]
async fn the_trace_shows_everything_but_the_password() {
    let broker = Mosquitto::start(&[]);
    let secret = b"open sesame";
    for version in [ProtocolVersion::V31, ProtocolVersion::V311, ProtocolVersion::V5] {
        let options = ConnectOptions {
            username: Some("ada".to_owned()),
            password: Some(Secret::new(secret)),
            ..watching(&broker, version)
        };
        let mut client = Client::open(options);
        let trace = client.connection.trace();
        trace.set_recording(true);
        client.connected().await;
        client.subscribed().await;
        let topic = Topic::received("t");
        let sent = message("t", "x", QoS::ExactlyOnce);
        client.connection.publish(sent).await.finished().await;
        assert_eq!(client.message().await.topic, topic);
        let filters = vec![TopicFilter::parse("#").unwrap()];
        client.connection.unsubscribe(filters).await.unwrap();
        client.close().await;

        let entries = trace.read(0, 1000);
        assert!(entries.windows(2).all(|pair| pair[0].elapsed <= pair[1].elapsed));
        let mut types = Vec::new();
        for entry in entries {
            assert_eq!(entry.connection, 1);
            match entry.content {
                Traced::Packet { direction, bytes, version: with } => {
                    assert_eq!(with, version);
                    let holds = bytes.windows(secret.len()).any(|part| part == secret);
                    assert!(!holds, "{version:?}: the password is in {bytes:?}");
                    types.push((direction, bytes[0] >> 4));
                }
                Traced::Event(words) => assert!(!words.is_empty()),
            }
        }
        for expected in [(Direction::Sent, 1), (Direction::Received, 2), (Direction::Sent, 8)] {
            assert_eq!(types.remove(0), expected, "{version:?}");
        }
        for kind in [9, 3, 5, 6, 7, 11] {
            assert!(types.iter().any(|(_, other)| *other == kind), "{version:?}: {types:?}");
        }
        assert_eq!(types.last(), Some(&(Direction::Sent, 14)), "{version:?}");
    }
}

#[tokio::test]
async fn the_trace_says_how_a_connection_was_lost() {
    let mut broker = Mosquitto::start(&[]);
    let mut client = Client::open(watching(&broker, ProtocolVersion::V5));
    let trace = client.connection.trace();
    trace.set_recording(true);
    client.connected().await;
    broker.stop();
    let cause = client.waiting().await.to_string();
    let said = |entry: &TraceEntry| match &entry.content {
        Traced::Event(words) => entry.connection == 1 && *words == cause,
        Traced::Packet { .. } => false,
    };
    assert!(trace.read(0, 1000).iter().any(said), "{cause}");
}

#[tokio::test]
async fn mqtt_3_1_works_as_3_1_1_does() {
    let broker = Mosquitto::start(&[]);
    let options = ConnectOptions {
        client_id: "old".to_owned(),
        subscriptions: vec![filter("a/#", QoS::ExactlyOnce)],
        ..to(&broker, ProtocolVersion::V31)
    };
    let mut client = Client::ready(options).await;
    let ticket = client.connection.publish(message("a/b", "x", QoS::ExactlyOnce)).await;
    assert!(matches!(ticket.finished().await, PublishOutcome::Acknowledged { .. }));
    assert_eq!(client.message().await.payload, Bytes::from("x"));
    eventually("the broker has seen a client of 3.1", || broker.log().contains("as old (p1")).await;
}
