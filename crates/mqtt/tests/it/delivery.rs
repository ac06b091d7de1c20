//! What a subscription asks for and what a message says decide together how it is delivered.

use std::time::Duration;

use wiretree_model::Subscription;
use wiretree_model::{Properties, Property, ProtocolVersion, Publish, QoS, RetainHandling};
use wiretree_mqtt::{ConnectOptions, PublishOutcome};
use wiretree_testkit::Mosquitto;

use crate::common::{Client, VERSIONS, every_qos, filter, message, to, watching};

const V5: ProtocolVersion = ProtocolVersion::V5;

/// Publishes with QoS 1, and waits until the broker has it.
async fn publish(client: &Client, publish: Publish) {
    let publish = Publish { qos: publish.qos.max(QoS::AtLeastOnce), ..publish };
    let outcome = client.connection.publish(publish).await.finished().await;
    assert!(matches!(outcome, PublishOutcome::Acknowledged { .. }), "{outcome:?}");
}

async fn subscribe(client: &Client, subscription: Subscription) {
    let outcomes = client.connection.subscribe(vec![subscription]).await.unwrap();
    assert!(outcomes[0].granted().is_some(), "{outcomes:?}");
}

fn retained(topic: &str, payload: &'static str) -> Publish {
    Publish { retain: true, ..message(topic, payload, QoS::AtLeastOnce) }
}

/// A client of its own for each subscription.
async fn subscribed(broker: &Mosquitto, version: ProtocolVersion, asked: Subscription) -> Client {
    let subscriptions = vec![asked];
    Client::ready(ConnectOptions { subscriptions, ..to(broker, version) }).await
}

fn expiry(publish: &Publish) -> Option<u32> {
    publish.properties.iter().find_map(|property| match property {
        Property::MessageExpiryInterval(seconds) => Some(*seconds),
        _ => None,
    })
}

fn expiring(publish: Publish, seconds: u32) -> Publish {
    Publish { properties: Properties(vec![Property::MessageExpiryInterval(seconds)]), ..publish }
}

/// C1-12, C1-17: one connection for each QoS asked for, one message of each QoS sent.
#[tokio::test]
async fn the_lower_qos_of_publisher_and_subscriber_counts() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        let publisher = Client::ready(to(&broker, version)).await;
        let mut subscribers = Vec::new();
        for asked in every_qos() {
            subscribers.push((asked, subscribed(&broker, version, filter("t", asked)).await));
        }
        for sent in every_qos() {
            publisher.connection.publish(message("t", "x", sent)).await.finished().await;
            for (asked, subscriber) in &mut subscribers {
                let got = subscriber.message().await.qos;
                assert_eq!(got, sent.min(*asked), "{version:?}: {sent:?} to {asked:?}");
            }
        }
    }
}

/// C1-16: when subscribing for the first time, and again.
#[tokio::test]
async fn each_retain_handling_sends_what_it_says() {
    let broker = Mosquitto::start(&[]);
    let publisher = Client::ready(to(&broker, V5)).await;
    publish(&publisher, retained("kept", "x")).await;
    for (retain_handling, expected) in [
        (RetainHandling::Send, [true, true]),
        (RetainHandling::SendIfNew, [true, false]),
        (RetainHandling::DoNotSend, [false, false]),
    ] {
        let mut client = Client::ready(to(&broker, V5)).await;
        for sends in expected {
            let asked = Subscription { retain_handling, ..filter("kept", QoS::AtLeastOnce) };
            subscribe(&client, asked).await;
            subscribe(&client, filter("mark", QoS::AtLeastOnce)).await;
            publish(&publisher, message("mark", "x", QoS::AtLeastOnce)).await;
            if sends {
                let got = client.message().await;
                assert_eq!(got.topic.to_text(), "kept", "{retain_handling:?} {expected:?}");
                assert!(got.retain);
            }
            let next = client.message().await.topic;
            assert_eq!(next.to_text(), "mark", "{retain_handling:?} {expected:?}: and no more");
        }
    }
}

/// C1-16, C0-21: a live message keeps its flag only for who asked for that.
#[tokio::test]
async fn the_retain_flag_of_a_live_message_is_kept_on_request() {
    let broker = Mosquitto::start(&[]);
    let publisher = Client::ready(to(&broker, V5)).await;
    for retain_as_published in [true, false] {
        let asked = Subscription { retain_as_published, ..filter("r", QoS::AtLeastOnce) };
        let retain_handling = RetainHandling::DoNotSend;
        let asked = Subscription { retain_handling, ..asked };
        let mut client = subscribed(&broker, V5, asked).await;
        publish(&publisher, retained("r", "x")).await;
        assert_eq!(client.message().await.retain, retain_as_published);
        publish(&publisher, message("r", "x", QoS::AtLeastOnce)).await;
        assert!(!client.message().await.retain, "it was not retained");
    }
}

/// C1-21: each second that a message is kept is taken off what is left of it.
#[tokio::test]
async fn what_is_left_of_a_message_is_told_with_it() {
    let broker = Mosquitto::start(&[]);
    let publisher = Client::ready(to(&broker, V5)).await;
    publish(&publisher, expiring(retained("kept", "x"), 1000)).await;
    let mut client = Client::ready(to(&broker, V5)).await;
    loop {
        subscribe(&client, filter("kept", QoS::AtLeastOnce)).await;
        let left = expiry(&client.message().await).expect("it has an expiry");
        assert!((1..=1000).contains(&left), "{left}");
        if left < 1000 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// C3-16, C3-06: what is queued for a session grows old as well; QoS 0 is not queued at all.
#[tokio::test]
async fn what_expires_in_the_queue_does_not_come() {
    let broker = Mosquitto::start(&[]);
    let persistent = ConnectOptions {
        client_id: "away".to_owned(),
        clean_start: false,
        session_expiry: 3600,
        subscriptions: vec![filter("queued", QoS::ExactlyOnce)],
        ..to(&broker, V5)
    };
    Client::ready(persistent.clone()).await.close().await;
    let publisher = Client::ready(to(&broker, V5)).await;
    publisher.connection.publish(message("queued", "qos 0", QoS::AtMostOnce)).await;
    publish(&publisher, expiring(message("queued", "short", QoS::AtLeastOnce), 1)).await;
    publish(&publisher, expiring(message("queued", "long", QoS::ExactlyOnce), 1000)).await;
    publish(&publisher, message("queued", "ever", QoS::AtLeastOnce)).await;
    // When another message that lives longer is gone, the short one is as well.
    publish(&publisher, expiring(retained("clock", "x"), 3)).await;
    let runs_out = async {
        loop {
            let mut looking = subscribed(&broker, V5, filter("clock", QoS::AtLeastOnce)).await;
            subscribe(&looking, filter("mark", QoS::AtLeastOnce)).await;
            publish(&publisher, message("mark", "x", QoS::AtLeastOnce)).await;
            if looking.message().await.topic.to_text() == "mark" {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), runs_out).await.expect("it expires");

    let mut client = Client::open(persistent);
    assert!(client.connected().await.session_present);
    let [first, second] = client.messages(2).await.try_into().unwrap();
    assert_eq!((first.payload.as_ref(), second.payload.as_ref()), (&b"long"[..], &b"ever"[..]));
    assert!(expiry(&first).is_some_and(|left| left < 1000), "{first:?}");
    assert_eq!(expiry(&second), None);
    assert_eq!(client.close().await, [], "neither what expired nor QoS 0");
}

/// C1-25.
#[tokio::test]
async fn no_local_keeps_the_own_messages_away() {
    let broker = Mosquitto::start(&[]);
    let other = Client::ready(to(&broker, V5)).await;
    for no_local in [true, false] {
        let asked = Subscription { no_local, ..filter("t", QoS::AtLeastOnce) };
        let mut client = subscribed(&broker, V5, asked).await;
        publish(&client, message("t", "own", QoS::AtLeastOnce)).await;
        publish(&other, message("t", "foreign", QoS::AtLeastOnce)).await;
        if !no_local {
            assert_eq!(client.message().await.payload, "own");
        }
        assert_eq!(client.message().await.payload, "foreign", "no-local {no_local}");
    }
}

/// C1-26, C3-14: a load is shared, by whoever is there. (That retained messages do not come on it
/// is not Mosquitto's way; the broker of the demo shows that.)
#[tokio::test]
async fn members_of_a_shared_subscription_share_and_come_and_go() {
    let broker = Mosquitto::start(&[]);
    let publisher = Client::ready(to(&broker, V5)).await;
    let share = || filter("$share/group/load/#", QoS::AtLeastOnce);
    let mut first = subscribed(&broker, V5, share()).await;
    let mut second = subscribed(&broker, V5, share()).await;
    let send = async |from: u32, to: u32| {
        for number in from..to {
            publish(&publisher, message("load/x", number.to_string(), QoS::AtLeastOnce)).await;
        }
    };
    send(0, 10).await;
    let mut got = first.messages(5).await;
    got.extend(second.messages(5).await);
    assert_eq!(second.close().await, [], "each has half of it");
    send(10, 20).await;
    got.extend(first.messages(10).await);
    let number = |message: Publish| {
        let text = String::from_utf8(message.payload.to_vec()).unwrap();
        text.parse::<u32>().unwrap()
    };
    let mut numbers: Vec<_> = got.into_iter().map(number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..20).collect::<Vec<_>>(), "each message once");
    assert_eq!(first.close().await, [], "nothing twice");
}

/// C3-15: one to one, one to many, many to one.
#[tokio::test]
async fn messages_go_between_any_number_of_connections() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        let mut all = [
            Client::ready(watching(&broker, version)).await,
            Client::ready(watching(&broker, version)).await,
            Client::ready(watching(&broker, version)).await,
        ];
        for sender in 0..all.len() {
            let sent = message("from", sender.to_string(), QoS::ExactlyOnce);
            all[sender].connection.publish(sent).await.finished().await;
            for receiver in &mut all {
                assert_eq!(receiver.message().await.payload, sender.to_string());
            }
        }
    }
}
