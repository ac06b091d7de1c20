//! The broker packet by packet: what Mosquitto's clients do not show, and what no client should do.

use crate::support::{Client, Outcome};
use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use wiretree_demo::Broker;
use wiretree_model::{Properties, Property, ProtocolVersion, Publish, QoS, Topic};
use wiretree_wire::{
    Ack, Connect, Disconnect, Packet, ReasonCode, RetainHandling, Subscribe, SubscribeFilter,
    SubscriptionOptions, Will, encode,
};

use ProtocolVersion::{V5, V311};

fn named(client_id: &str) -> Connect {
    Connect { clean_start: true, client_id: client_id.into(), ..Connect::default() }
}

fn message(topic: &str, payload: &'static str) -> Publish {
    Publish {
        topic: Topic::received(topic),
        payload: Bytes::from_static(payload.as_bytes()),
        ..Publish::default()
    }
}

fn at(qos: QoS) -> SubscriptionOptions {
    SubscriptionOptions { qos, ..SubscriptionOptions::default() }
}

fn pair(name: &str, value: &str) -> Property {
    Property::UserProperty(name.into(), value.into())
}

#[tokio::test]
async fn properties_pass_in_their_order_and_identifiers_follow() -> Outcome {
    let broker = Broker::start(None)?;
    let (mut client, _) = Client::connect(broker.address(), named("a")).await?;
    for (packet_id, filter) in [(1, "p/#"), (2, "p/+")] {
        let filters = vec![SubscribeFilter { filter: filter.into(), options: at(QoS::AtMostOnce) }];
        let properties = Properties(vec![Property::SubscriptionIdentifier(u32::from(packet_id))]);
        client.send(&Packet::Subscribe(Subscribe { packet_id, properties, filters })).await?;
        assert!(matches!(client.receive().await?, Packet::SubAck(_)));
    }
    let sent = vec![
        pair("k", "2"),
        Property::ContentType("text/plain".into()),
        pair("k", "1"),
        Property::ResponseTopic("answer".into()),
        pair("k", "2"),
    ];
    let with_alias = sent.iter().cloned().chain([Property::TopicAlias(7)]).collect();
    let mut publish = Publish { properties: Properties(with_alias), ..message("p/a", "x") };
    client.send(&Packet::Publish(publish.clone())).await?;
    // The second time the alias alone stands for the topic.
    publish.topic = Topic::default();
    client.send(&Packet::Publish(publish)).await?;

    let identifiers = [1, 2].map(Property::SubscriptionIdentifier);
    let expected = Properties(sent.into_iter().chain(identifiers).collect());
    for _ in 0..2 {
        let received = client.message().await?;
        assert_eq!(received.topic, Topic::received("p/a"));
        assert_eq!(received.properties, expected);
    }
    Ok(())
}

#[tokio::test]
async fn subscription_options_are_kept() -> Outcome {
    let broker = Broker::start(None)?;
    let (mut client, _) = Client::connect(broker.address(), named("a")).await?;
    let retained = Publish { retain: true, ..message("o/kept", "old") };
    client.send(&Packet::Publish(retained)).await?;
    let options = SubscriptionOptions {
        no_local: true,
        retain_as_published: true,
        retain_handling: RetainHandling::DoNotSend,
        ..SubscriptionOptions::default()
    };
    client.subscribe("o/#", options).await?;
    client.send(&Packet::Publish(message("o/own", "mine"))).await?;
    client.send(&Packet::PingReq).await?;
    assert_eq!(client.receive().await?, Packet::PingResp, "neither old nor mine came before");

    let (mut other, _) = Client::connect(broker.address(), named("b")).await?;
    other.send(&Packet::Publish(Publish { retain: true, ..message("o/x", "new") })).await?;
    let received = client.message().await?;
    assert_eq!((received.payload.as_ref(), received.retain), (&b"new"[..], true));
    Ok(())
}

#[tokio::test]
async fn qos_2_is_delivered_once_however_often_it_is_sent() -> Outcome {
    let broker = Broker::start(None)?;
    let (mut client, _) = Client::connect(broker.address(), named("a")).await?;
    client.subscribe("q", at(QoS::AtMostOnce)).await?;
    let publish = Publish { qos: QoS::ExactlyOnce, packet_id: Some(9), ..message("q", "once") };
    let ack = Ack { packet_id: 9, ..Ack::default() };
    client.send(&Packet::Publish(publish.clone())).await?;
    assert_eq!(client.message().await?.payload, "once");
    assert_eq!(client.receive().await?, Packet::PubRec(ack.clone()));
    client.send(&Packet::Publish(Publish { dup: true, ..publish })).await?;
    assert_eq!(client.receive().await?, Packet::PubRec(ack.clone()), "and no second message");
    client.send(&Packet::PubRel(ack.clone())).await?;
    assert_eq!(client.receive().await?, Packet::PubComp(ack));
    Ok(())
}

#[tokio::test]
async fn what_was_not_acknowledged_is_sent_again_with_dup() -> Outcome {
    let broker = Broker::start(None)?;
    for version in [V311, V5] {
        let expiry = match version {
            ProtocolVersion::V31 | V311 => Properties::default(),
            V5 => Properties(vec![Property::SessionExpiryInterval(u32::MAX)]),
        };
        let persistent = Connect { clean_start: false, version, properties: expiry, ..named("p") };
        let (mut client, connack) = Client::connect(broker.address(), persistent.clone()).await?;
        assert!(!connack.session_present);
        client.subscribe("again", at(QoS::ExactlyOnce)).await?;
        let publish =
            Publish { qos: QoS::ExactlyOnce, packet_id: Some(1), ..message("again", "x") };
        client.send(&Packet::Publish(publish)).await?;
        let first = loop {
            match client.receive().await? {
                Packet::Publish(publish) => break publish,
                other => assert!(matches!(other, Packet::PubRec(_))),
            }
        };
        drop(client);

        let (mut client, connack) = Client::connect(broker.address(), persistent.clone()).await?;
        assert!(connack.session_present);
        let second = client.message().await?;
        assert_eq!(second, Publish { dup: true, ..first.clone() });
        let ack = Ack { packet_id: second.packet_id.unwrap_or_default(), ..Ack::default() };
        client.send(&Packet::PubRec(ack.clone())).await?;
        assert_eq!(client.receive().await?, Packet::PubRel(ack.clone()));
        drop(client);

        let (mut client, _) = Client::connect(broker.address(), persistent.clone()).await?;
        assert_eq!(client.receive().await?, Packet::PubRel(ack), "the exchange goes on");
        let (_, connack) =
            Client::connect(broker.address(), Connect { version, ..named("p") }).await?;
        assert!(!connack.session_present, "a clean start ends the session");
    }
    Ok(())
}

#[tokio::test]
async fn a_second_connection_takes_the_session_over() -> Outcome {
    let broker = Broker::start(None)?;
    let (mut watcher, _) = Client::connect(broker.address(), named("watcher")).await?;
    watcher.subscribe("will", at(QoS::AtMostOnce)).await?;
    let will = Will { topic: Topic::received("will"), ..Will::default() };
    let connect = Connect { will: Some(will), ..named("same") };
    let (mut first, _) = Client::connect(broker.address(), connect.clone()).await?;
    let (mut second, _) = Client::connect(broker.address(), connect).await?;
    let last = first.closed().await?;
    let reason = ReasonCode::SESSION_TAKEN_OVER;
    assert_eq!(last, Some(Packet::Disconnect(Disconnect { reason, ..Disconnect::default() })));
    assert_eq!(watcher.message().await?.topic, Topic::received("will"));
    second.send(&Packet::PingReq).await?;
    assert_eq!(second.receive().await?, Packet::PingResp);
    Ok(())
}

/// C1-26: what is retained does not come on it (MQTT 5 §4.8.2).
#[tokio::test]
async fn members_of_a_shared_subscription_take_turns() -> Outcome {
    let broker = Broker::start(None)?;
    let (mut first, _) = Client::connect(broker.address(), named("1")).await?;
    let retained = Publish { retain: true, ..message("s/kept", "old") };
    first.send(&Packet::Publish(retained)).await?;
    let (mut second, _) = Client::connect(broker.address(), named("2")).await?;
    for member in [&mut first, &mut second] {
        member.subscribe("$share/g/s/#", at(QoS::AtMostOnce)).await?;
    }
    for payload in ["a", "b", "c", "d"] {
        first.send(&Packet::Publish(message("s/x", payload))).await?;
    }
    let mut got = Vec::new();
    for member in [&mut first, &mut second] {
        got.push(member.message().await?.payload);
        got.push(member.message().await?.payload);
    }
    got.sort();
    assert_eq!(got, ["a", "b", "c", "d"]);
    Ok(())
}

#[tokio::test]
async fn who_stays_silent_is_disconnected() -> Outcome {
    let broker = Broker::start(None)?;
    let connect = Connect { keep_alive: 1, ..named("silent") };
    let (mut client, _) = Client::connect(broker.address(), connect).await?;
    let reason = ReasonCode::KEEP_ALIVE_TIMEOUT;
    let expected = Packet::Disconnect(Disconnect { reason, ..Disconnect::default() });
    assert_eq!(client.closed().await?, Some(expected));
    Ok(())
}

#[tokio::test]
async fn who_cannot_connect_is_told_why() -> Outcome {
    let broker = Broker::start(None)?;
    let nameless = Connect { version: V311, ..Connect::default() };
    let (mut client, connack) = Client::connect(broker.address(), nameless).await?;
    assert_eq!(connack.reason, ReasonCode(2), "nothing to keep a session by");
    client.closed().await?;

    let mut older = Client::open(broker.address(), V311).await?;
    older.send_bytes(b"\x10\x0e\x00\x06MQIsdp\x02\x02\x00\x3c\x00\x00").await?;
    let refusal = older.closed().await?;
    assert!(matches!(refusal, Some(Packet::ConnAck(connack)) if connack.reason == ReasonCode(1)));

    let version = ProtocolVersion::V31;
    let (_, connack) =
        Client::connect(broker.address(), Connect { version, ..named("old") }).await?;
    assert_eq!(connack.reason, ReasonCode::SUCCESS, "3.1 is spoken as well");

    let assigned = Connect { clean_start: true, ..Connect::default() };
    let (_, connack) = Client::connect(broker.address(), assigned).await?;
    let is_name = |one: &Property| matches!(one, Property::AssignedClientIdentifier(_));
    assert!(connack.properties.iter().any(is_name));
    Ok(())
}

#[tokio::test]
async fn a_slow_client_loses_qos_0_and_the_loss_is_counted() -> Outcome {
    let broker = Broker::start(None)?;
    let (mut slow, _) = Client::connect(broker.address(), named("slow")).await?;
    slow.subscribe("flood", at(QoS::AtMostOnce)).await?;
    let (mut sender, _) = Client::connect(broker.address(), named("sender")).await?;
    let payload = Bytes::from(vec![7; 1 << 20]);
    for _ in 0..64 {
        let publish = Publish { payload: payload.clone(), ..message("flood", "") };
        sender.send(&Packet::Publish(publish)).await?;
    }
    sender.subscribe("$SYS/broker/publish/messages/dropped", at(QoS::AtMostOnce)).await?;
    // The first value may be from before the flood; the loss is told with the next ones.
    while sender.message().await?.payload == "0" {}
    slow.send(&Packet::PingReq).await?;
    let mut received = 0;
    while slow.receive().await? != Packet::PingResp {
        received += 1;
    }
    assert!((1..64).contains(&received), "{received} of 64 arrived");
    Ok(())
}

/// Packets with random changes: each costs its own connection at most.
#[tokio::test]
async fn mutated_packets_end_their_connection_and_nothing_else() -> Outcome {
    let broker = Broker::start(None)?;
    let (mut canary, _) = Client::connect(broker.address(), named("canary")).await?;
    canary.subscribe("canary", at(QoS::AtMostOnce)).await?;
    let mut random = StdRng::seed_from_u64(7);
    for round in 0..400 {
        let version = if round % 2 == 0 { V311 } else { V5 };
        let mut client = Client::open(broker.address(), version).await?;
        // The broker may close the connection while it is still being written to.
        let _ = client.send_bytes(&mutated(version, &mut random)?).await;
    }
    let mut broken = Client::connect(broker.address(), named("broken")).await?.0;
    broken.send_bytes(&[0x00, 0x00]).await?;
    let reason = ReasonCode::MALFORMED_PACKET;
    let expected = Packet::Disconnect(Disconnect { reason, ..Disconnect::default() });
    assert_eq!(broken.closed().await?, Some(expected));

    canary.send(&Packet::Publish(message("canary", "alive"))).await?;
    assert_eq!(canary.message().await?.payload, "alive");
    Ok(())
}

/// A few valid packets of one client, with some bytes changed, lost or put in.
fn mutated(version: ProtocolVersion, random: &mut StdRng) -> Outcome<Vec<u8>> {
    let options = at(QoS::ExactlyOnce);
    let filters = vec![SubscribeFilter { filter: "mutated/#".into(), options }];
    let will = Will { topic: Topic::received("mutated"), ..Will::default() };
    let publish = Publish {
        qos: QoS::ExactlyOnce,
        packet_id: Some(2),
        properties: Properties(vec![pair("k", "v"), Property::TopicAlias(1)]),
        ..message("mutated/a", "payload")
    };
    let ack = Ack { packet_id: 2, ..Ack::default() };
    let packets = [
        Packet::Connect(Connect { version, will: Some(will), ..named("mutated") }.into()),
        Packet::Subscribe(Subscribe { packet_id: 1, filters, ..Subscribe::default() }),
        Packet::Publish(publish),
        Packet::PubRel(ack.clone()),
        Packet::PubRec(ack.clone()),
        Packet::PubComp(ack),
        Packet::Disconnect(Disconnect::default()),
    ];
    let mut bytes = Vec::new();
    for packet in &packets {
        encode(packet, version, &mut bytes)?;
    }
    for _ in 0..random.random_range(1..4) {
        let place = random.random_range(0..bytes.len());
        match random.random_range(0..3) {
            0 => bytes[place] = random.random(),
            1 => bytes.insert(place, random.random()),
            _ => {
                bytes.remove(place);
            }
        }
    }
    Ok(bytes)
}
