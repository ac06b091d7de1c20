//! MQTTX JSON: what its importer wants, whatever the messages are.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};
use wiretree_model::{Direction, Properties, Property};

use super::messages::{any_record, record, written};
use crate::{Format, Record};

fn connections(records: &[Record]) -> Vec<Value> {
    serde_json::from_slice(&written(Format::Mqttx, records)).unwrap()
}

#[test]
fn a_message_with_everything() {
    let mut record = record("a/ü", "{\"a\": 1}");
    record.message.direction = Direction::Sent;
    let user = |key: &str, value: &str| Property::UserProperty(key.into(), value.into());
    record.message.publish.properties = Properties(vec![
        Property::PayloadFormatIndicator(1),
        Property::ContentType("application/json".into()),
        Property::CorrelationData(Bytes::from_static(b"\xff")),
        Property::SubscriptionIdentifier(7),
        user("b", "1"),
        user("a", "x"),
        user("b", "2"),
    ]);
    let [connection] = &connections(&[record])[..] else { panic!("one connection") };
    for field in ["clientId", "name", "host", "port", "ssl", "mqttVersion", "subscriptions"] {
        assert!(connection.get(field).is_some(), "{field}: {connection}");
    }
    assert_eq!(connection["name"], "plant");
    assert_eq!(
        connection["messages"],
        json!([{
            "id": "wiretree-message-1-1",
            "createAt": "2025-12-31 23:59:59:999",
            "out": true,
            "payload": "{\"a\": 1}",
            "qos": 0,
            "retain": false,
            "topic": "a/ü",
            "connectionId": connection["id"],
            "properties": {
                "payloadFormatIndicator": true,
                "contentType": "application/json",
                "correlationData": "/w==",
                "subscriptionIdentifier": 7,
                "userProperties": {"a": "x", "b": ["1", "2"]}
            }
        }])
    );
}

#[test]
fn bytes_are_base64_and_say_so() {
    let found = connections(&[record("t", &b"\xff\0"[..])]);
    let message = &found[0]["messages"][0];
    assert_eq!(message["payload"], "/wA=");
    assert_eq!(message["meta"], "{\"msgType\":\"Base64\"}");
}

#[test]
fn each_connection_has_its_own_messages() {
    let of = |connection: &str| Record { connection: connection.to_owned(), ..record("t", "x") };
    let found = connections(&[of("north"), of("north"), of("south")]);
    let counts: Vec<_> = found
        .iter()
        .map(|connection| (&connection["name"], connection["messages"].as_array().unwrap().len()))
        .collect();
    assert_eq!(counts, [(&json!("north"), 2), (&json!("south"), 1)]);
    assert_ne!(found[0]["id"], found[1]["id"]);
    assert_eq!(connections(&[]), Vec::<Value>::new());
}

proptest! {
    #[test]
    fn every_message_has_its_entry(records in proptest::collection::vec(any_record(), 0..8)) {
        let found = connections(&records);
        let messages: Vec<&Value> = found
            .iter()
            .flat_map(|connection| connection["messages"].as_array().unwrap())
            .collect();
        prop_assert_eq!(messages.len(), records.len());
        for (message, record) in messages.iter().zip(&records) {
            let topic = record.message.publish.topic.to_text();
            prop_assert_eq!(message["topic"].as_str(), Some(topic.as_ref()));
        }
    }
}
