//! Subscribing: outcomes filter by filter, later additions, ends.

use wiretree_model::{ProtocolVersion, QoS};
use wiretree_testkit::Mosquitto;

use crate::common::{Client, VERSIONS, filter, message, mosquitto_pub, to};

/// TB-21, C0-10: `#` is refused, and what was asked for together with it works.
#[tokio::test]
async fn a_denied_filter_is_reported_beside_those_that_were_granted() {
    // An access list does not stop Mosquitto from granting a subscription; its plugin for dynamic
    // security does.
    let roles = r#"{
        "defaultACLAccess": {
            "subscribe": false, "unsubscribe": true,
            "publishClientSend": true, "publishClientReceive": true
        },
        "roles": [{
            "rolename": "open",
            "acls": [{ "acltype": "subscribePattern", "topic": "open/#", "allow": true }]
        }],
        "groups": [{ "groupname": "everybody", "roles": [{ "rolename": "open" }] }],
        "anonymousGroup": "everybody"
    }"#;
    let plugin = format!("plugin {}", Mosquitto::dynamic_security());
    let configured = "plugin_opt_config_file {folder}/roles.json";
    let broker = Mosquitto::start_with_files(&[&plugin, configured], &[("roles.json", roles)]);
    for version in VERSIONS {
        let mut options = to(&broker, version);
        options.subscriptions =
            vec![filter("open/#", QoS::AtLeastOnce), filter("#", QoS::AtLeastOnce)];
        let mut client = Client::open(options);
        let outcomes = client.subscribed().await;
        let reasons: Vec<_> =
            outcomes.iter().map(|outcome| (outcome.granted(), outcome.reason.name)).collect();
        let denied = match version {
            ProtocolVersion::V31 | ProtocolVersion::V311 => "Failure",
            ProtocolVersion::V5 => "Not authorized",
        };
        assert_eq!(
            reasons,
            [(Some(QoS::AtLeastOnce), "Granted QoS 1"), (None, denied)],
            "{version:?}"
        );
        mosquitto_pub(&broker, version, &["-t", "secret/1", "-m", "x"]);
        mosquitto_pub(&broker, version, &["-t", "open/1", "-m", "x"]);
        assert_eq!(client.message().await.topic.to_text(), "open/1", "{version:?}");
    }
}

/// TB-23: an end that was none is told as such where the version can say so.
#[tokio::test]
async fn each_unsubscribed_filter_has_its_answer() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        let client = Client::ready(to(&broker, version)).await;
        client.connection.subscribe(vec![filter("a", QoS::AtMostOnce)]).await.unwrap();
        let ended = ["a", "never"].map(|text| filter(text, QoS::AtMostOnce).filter);
        let outcomes = client.connection.unsubscribe(ended.to_vec()).await.unwrap();
        let codes: Vec<_> = outcomes.iter().map(|outcome| outcome.reason.code).collect();
        let never = if version == ProtocolVersion::V5 { 0x11 } else { 0 };
        assert_eq!(codes, [0, never], "{version:?}");
    }
}

#[tokio::test]
async fn filters_can_be_added_and_ended_while_connected() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        let mut client = Client::ready(to(&broker, version)).await;
        let added = vec![filter("a/#", QoS::AtMostOnce), filter("b/+", QoS::ExactlyOnce)];
        let outcomes = client.connection.subscribe(added.clone()).await.unwrap();
        let granted: Vec<_> = outcomes.iter().map(|outcome| outcome.granted()).collect();
        assert_eq!(granted, [Some(QoS::AtMostOnce), Some(QoS::ExactlyOnce)]);
        assert_eq!(client.subscribed().await, outcomes, "told to the reader of events, too");
        for topic in ["a/1", "b/1"] {
            mosquitto_pub(&broker, version, &["-t", topic, "-m", "x", "-q", "2"]);
            assert_eq!(client.message().await.topic.to_text(), topic);
        }

        let ended = vec![added[0].filter.clone()];
        let outcomes = client.connection.unsubscribe(ended).await.unwrap();
        assert!(outcomes.iter().all(|outcome| !outcome.reason.is_failure()), "{outcomes:?}");
        for topic in ["a/2", "b/2"] {
            client.connection.publish(message(topic, "x", QoS::AtLeastOnce)).await;
        }
        assert_eq!(client.message().await.topic.to_text(), "b/2", "a/2 does not come any more");
    }
}
