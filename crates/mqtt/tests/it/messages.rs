//! Messages from a broker: flags, properties, sizes, order.

use bytes::Bytes;
use wiretree_model::{ProtocolVersion, Publish, QoS, Topic};
use wiretree_testkit::Mosquitto;

use crate::common::{
    Client, VERSIONS, eventually, every_qos, message, mosquitto_pub, mosquitto_sub, to, watching,
};

#[tokio::test]
async fn every_version_and_qos_comes_with_its_flags() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        let mut client = Client::ready(watching(&broker, version)).await;
        for qos in every_qos() {
            let level = qos.bits().to_string();
            mosquitto_pub(&broker, version, &["-t", "a/b", "-m", "text", "-q", &level]);
            let got = client.message().await;
            assert_eq!(got.packet_id.is_some(), qos != QoS::AtMostOnce, "{version:?} {qos:?}");
            let expected = Publish { packet_id: got.packet_id, ..message("a/b", "text", qos) };
            assert_eq!(got, expected, "{version:?}");
        }
        assert_eq!(client.close().await, []);
    }
}

#[tokio::test]
async fn properties_come_with_user_properties_in_order() {
    let broker = Mosquitto::start(&[]);
    let mut client = Client::ready(watching(&broker, ProtocolVersion::V5)).await;
    let mut sent = message("p", "x", QoS::AtLeastOnce);
    sent.properties.0 = {
        use wiretree_model::Property as P;
        vec![
            P::PayloadFormatIndicator(1),
            P::ContentType("application/json".into()),
            P::ResponseTopic("r/t".into()),
            P::CorrelationData(Bytes::from_static(&[0, 255, 1])),
            P::UserProperty("k".into(), "2".into()),
            P::UserProperty("a".into(), "ü".into()),
            P::UserProperty("k".into(), "1".into()),
        ]
    };
    let properties = sent.properties.clone();
    client.connection.publish(sent).await.finished().await;
    assert_eq!(client.message().await.properties, properties);

    let user = ["-D", "publish", "user-property", "b", "1"];
    let options = [&["-t", "p", "-m", "y"][..], &user, &user].concat();
    mosquitto_pub(&broker, ProtocolVersion::V5, &options);
    let pair = || wiretree_model::Property::UserProperty("b".into(), "1".into());
    assert_eq!(client.message().await.properties.0, [pair(), pair()], "duplicates stay");
}

#[tokio::test]
async fn retained_messages_are_marked_and_can_be_cleared() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        let publisher = Client::ready(to(&broker, version)).await;
        let retained = |payload: &'static str| Publish {
            retain: true,
            ..message("r", payload, QoS::AtLeastOnce)
        };
        publisher.connection.publish(retained("kept")).await.finished().await;

        let mut first = Client::ready(watching(&broker, version)).await;
        let got = first.message().await;
        assert_eq!((got.retain, got.payload.as_ref()), (true, b"kept".as_slice()), "{version:?}");

        publisher.connection.publish(retained("")).await.finished().await;
        let cleared = first.message().await;
        // A live message keeps its flag where the protocol has a way to ask for that.
        let keeps = version == ProtocolVersion::V5;
        assert_eq!((cleared.retain, cleared.payload.len()), (keeps, 0), "{version:?}");
        let second = Client::ready(watching(&broker, version)).await;
        assert_eq!(second.close().await, [], "nothing is kept any more");
    }
}

#[tokio::test]
async fn the_will_of_another_client_arrives() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        let mut client = Client::ready(watching(&broker, version)).await;
        let will = ["--will-topic", "status", "--will-payload", "gone", "--will-qos", "1"];
        let name = format!("doomed-{version:?}");
        let options = [&["-t", "other", "-i", &name][..], &will].concat();
        let mut other = mosquitto_sub(&broker, version, &options);
        let subscribed = format!("Sending SUBACK to {name}");
        eventually("the other client is there", || broker.log().contains(&subscribed)).await;
        other.kill();
        let got = client.message().await;
        assert_eq!((got.topic, got.payload), (Topic::received("status"), Bytes::from("gone")));
    }
}

#[tokio::test]
async fn large_payloads_pass_unchanged_both_ways() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        let mut client = Client::ready(watching(&broker, version)).await;
        for size in [300_000_u32, 12_000_000] {
            let payload: Vec<u8> = (0..size).map(|byte| (byte % 251) as u8).collect();
            for qos in [QoS::AtMostOnce, QoS::ExactlyOnce] {
                let sent = message("large", payload.clone(), qos);
                let ticket = client.connection.publish(sent).await;
                let got = client.message().await;
                assert!(got.payload == payload, "{size} bytes with {qos:?} and {version:?}");
                drop(ticket);
            }
        }
    }
}

#[tokio::test]
async fn a_burst_is_complete_and_in_order() {
    const COUNT: u32 = 20_000;
    // Mosquitto throws QoS 0 away when a client is slow; with QoS 1 it keeps everything.
    let broker = Mosquitto::start(&["max_queued_messages 0", "max_inflight_messages 0"]);
    for version in VERSIONS {
        let mut client = Client::ready(watching(&broker, version)).await;
        let publisher = Client::ready(to(&broker, version)).await;
        let sending = tokio::spawn(async move {
            let mut tickets = Vec::new();
            for number in 0..COUNT {
                let text = number.to_string();
                let sent = message("burst", text, QoS::AtLeastOnce);
                tickets.push(publisher.connection.publish(sent).await);
            }
            let mut acknowledged = 0;
            for ticket in tickets {
                let outcome = ticket.finished().await;
                let taken = matches!(outcome, wiretree_mqtt::PublishOutcome::Acknowledged { .. });
                acknowledged += u32::from(taken);
            }
            publisher.close().await;
            acknowledged
        });
        let got = client.messages(COUNT as usize).await;
        let in_order = got
            .iter()
            .zip(0..COUNT)
            .all(|(message, number)| message.payload == number.to_string().as_bytes());
        assert!(in_order, "{version:?}");
        assert_eq!(sending.await.unwrap(), COUNT);
        assert_eq!(client.close().await, [], "nothing comes twice");
    }
}

#[tokio::test]
async fn a_connection_without_keep_alive_works_and_one_with_it_is_kept_alive() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        for (keep_alive, name) in [(0, "silent"), (1, "pinging")] {
            let mut options = watching(&broker, version);
            options.keep_alive = keep_alive;
            options.client_id = format!("{name}-{version:?}");
            let mut client = Client::ready(options).await;
            if keep_alive > 0 {
                let ping = format!("Received PINGREQ from {name}-{version:?}");
                let twice = || broker.log().matches(&ping).count() >= 2;
                eventually("two pings came", twice).await;
            }
            mosquitto_pub(&broker, version, &["-t", "t", "-m", "here"]);
            assert_eq!(client.message().await.payload, "here");
            let ping = format!("Received PINGREQ from silent-{version:?}");
            assert!(!broker.log().contains(&ping), "keep-alive 0 sends no pings");
        }
    }
}
