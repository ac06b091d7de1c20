//! Sessions that outlive a connection.

use wiretree_model::{ProtocolVersion, QoS};
use wiretree_mqtt::{ConnectOptions, PublishOutcome};
use wiretree_testkit::Mosquitto;

use crate::common::{Client, VERSIONS, filter, message, mosquitto_pub, watching};

fn persistent(broker: &Mosquitto, version: ProtocolVersion) -> ConnectOptions {
    ConnectOptions {
        client_id: format!("keeper-{version:?}"),
        clean_start: false,
        session_expiry: 3600,
        subscriptions: vec![filter("kept/#", QoS::AtLeastOnce)],
        ..watching(broker, version)
    }
}

#[tokio::test]
async fn messages_that_came_while_away_arrive_and_the_session_goes_on_in_full() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        let mut client = Client::open(persistent(&broker, version));
        assert!(!client.connected().await.session_present);
        client.subscribed().await;
        client.close().await;

        for number in 0..50 {
            let text = number.to_string();
            mosquitto_pub(&broker, version, &["-t", "kept/x", "-m", &text, "-q", "1"]);
        }
        // A new connection, as after a restart of the program: it knows nothing of the old one.
        let mut client = Client::open(persistent(&broker, version));
        assert!(client.connected().await.session_present, "{version:?}");
        let got = client.messages(50).await;
        let payloads: Vec<_> = got.iter().map(|message| message.payload.clone()).collect();
        let expected: Vec<_> = (0..50).map(|number| number.to_string()).collect();
        assert_eq!(payloads, expected, "{version:?}");

        // What needs packet identifiers works in a session that was found, too.
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let ticket = client.connection.publish(message("kept/own", "x", qos)).await;
            let outcome = ticket.finished().await;
            assert!(matches!(outcome, PublishOutcome::Acknowledged { .. }), "{outcome:?}");
        }
        let added = vec![filter("added", QoS::AtMostOnce)];
        let outcomes = client.connection.subscribe(added).await.unwrap();
        assert_eq!(outcomes[0].granted(), Some(QoS::AtMostOnce));
        assert_eq!(client.messages(2).await.len(), 2);
        client.close().await;
    }
}

#[tokio::test]
async fn a_clean_start_finds_nothing() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        Client::ready(persistent(&broker, version)).await.close().await;
        let clean = ConnectOptions { clean_start: true, ..persistent(&broker, version) };
        let mut client = Client::open(clean);
        assert!(!client.connected().await.session_present);
    }
}
