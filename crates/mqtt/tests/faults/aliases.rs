//! Topic aliases, in both directions (MQTT 5 §3.3.2.3.4), and what else a PUBLISH may carry.

use bytes::Bytes;
use wiretree_model::{ConnectProperties, Properties, Property, Publish, Topic};
use wiretree_mqtt::ConnectOptions;
use wiretree_wire::Packet;

use crate::peer::{Peer, V5, accepting, message};

fn aliased(topic: &str, alias: u16, payload: &'static str) -> Packet {
    let properties = Properties(vec![Property::TopicAlias(alias)]);
    Packet::Publish(Publish { properties, ..message(topic, payload) })
}

fn taking_aliases(peer: &Peer) -> ConnectOptions {
    let properties =
        ConnectProperties { topic_alias_maximum: Some(10), ..ConnectProperties::default() };
    ConnectOptions { properties, ..peer.options() }
}

#[tokio::test]
async fn an_alias_is_resolved_and_redefined() {
    let peer = Peer::new(V5).await;
    let (mut client, mut link) = peer.client_with(taking_aliases(&peer)).await;
    for (topic, expected) in [("a/b", "a/b"), ("", "a/b"), ("c", "c"), ("", "c")] {
        link.send(&aliased(topic, 3, "x")).await;
        let got = client.message().await;
        assert_eq!(got.topic, Topic::received(expected));
        assert!(got.properties.iter().any(|one| *one == Property::TopicAlias(3)), "kept as sent");
    }
    link.canary(&mut client).await;
}

#[tokio::test]
async fn an_alias_that_stands_for_nothing_is_a_protocol_error() {
    for alias in [4, 0, 11] {
        let peer = Peer::new(V5).await;
        let (mut client, mut link) = peer.client_with(taking_aliases(&peer)).await;
        link.send(&aliased("", alias, "x")).await;
        let told = link.disconnect().await.expect("the broker is told why");
        assert!([0x82, 0x94].contains(&told.reason.0), "{told:?}");
        let cause = peer.survived_closed(&mut client).await;
        assert!(cause.to_string().to_lowercase().contains("alias"), "{cause}");
    }
}

#[tokio::test]
async fn a_new_connection_begins_without_aliases() {
    let peer = Peer::new(V5).await;
    let (mut client, mut link) = peer.client_with(taking_aliases(&peer)).await;
    link.send(&aliased("old", 1, "x")).await;
    assert_eq!(client.message().await.topic, Topic::received("old"));
    drop(link);
    client.waiting().await;
    client.connection.retry_now();
    let mut link = peer.connected().await;
    client.connected().await;
    link.send(&aliased("", 1, "stale")).await;
    link.disconnect().await.expect("the old meaning does not hold any more");
    peer.survived_closed(&mut client).await;
}

#[tokio::test]
async fn we_use_aliases_as_far_as_the_broker_takes_them() {
    let peer = Peer::new(V5).await;
    let options = ConnectOptions { send_topic_aliases: true, ..peer.options() };
    let mut client = crate::common::Client::open(options);
    let (_, mut link) = peer.connected_with(accepting([Property::TopicAliasMaximum(1)])).await;
    client.connected().await;
    let alias = |publish: &Publish| {
        publish.properties.iter().find_map(|one| match one {
            Property::TopicAlias(alias) => Some(*alias),
            _ => None,
        })
    };
    let mut seen = Vec::new();
    for topic in ["long/topic", "long/topic", "other"] {
        client.connection.publish(message(topic, "x")).await;
        let publish = link.publish().await;
        seen.push((publish.topic.to_text().into_owned(), alias(&publish)));
    }
    assert_eq!(seen[0], ("long/topic".to_owned(), Some(1)));
    assert_eq!(seen[1], (String::new(), Some(1)));
    let whole = [("other".to_owned(), None), ("other".to_owned(), Some(1))];
    assert!(whole.contains(&seen[2]), "a second topic has no alias, or takes the one: {seen:?}");
}

#[tokio::test]
async fn without_leave_we_send_no_alias() {
    let peer = Peer::new(V5).await;
    let options = ConnectOptions { send_topic_aliases: true, ..peer.options() };
    let (client, mut link) = peer.client_with(options).await;
    for _ in 0..2 {
        client.connection.publish(message("t", "x")).await;
        assert_eq!(link.publish().await, message("t", "x"));
    }
}

/// Bug 1 of the engine: property bytes became the beginning of the payload.
#[tokio::test]
async fn several_subscription_identifiers_leave_the_payload_alone() {
    use Property as P;
    for count in 0..6 {
        let peer = Peer::new(V5).await;
        let (mut client, mut link) = peer.client().await;
        let identifiers = (1..=count).map(|number| P::SubscriptionIdentifier(number * 100));
        let properties: Vec<_> = identifiers
            .chain([
                P::PayloadFormatIndicator(1),
                P::UserProperty("k".into(), "1".into()),
                P::ContentType("text/plain".into()),
                P::UserProperty("k".into(), "1".into()),
            ])
            .collect();
        let sent = Publish { properties: Properties(properties), ..message("t", "hello") };
        link.send(&Packet::Publish(sent.clone())).await;
        assert_eq!(client.message().await, sent, "{count} identifiers, in order, with duplicates");
    }
}

/// Bug 13: one retained message with such a topic made an endless loop.
#[tokio::test]
async fn what_is_not_utf_8_is_kept_as_it_came() {
    let peer = Peer::new(V5).await;
    let (mut client, mut link) = peer.client().await;
    let bytes = |text: &'static [u8]| Bytes::from_static(text);
    for sent in [
        Publish { topic: Topic::from(bytes(b"a/\xff\xfe")), ..message("", "x") },
        Publish {
            properties: Properties(vec![
                Property::ContentType(bytes(b"\xc3\x28").into()),
                Property::UserProperty(bytes(b"\xff").into(), bytes(b"\xed\xa0\x80").into()),
            ]),
            ..message("t", "x")
        },
        Publish { topic: Topic::received("a\0b"), ..message("", "x") },
        Publish { topic: Topic::received("a/#"), ..message("", "x") },
    ] {
        link.send(&Packet::Publish(sent.clone())).await;
        assert_eq!(client.message().await, sent);
    }
    link.canary(&mut client).await;
}
