//! Files of other programs, written by their documented formats, and what is to come of them.

use wiretree_model::{Direction, Properties, Property, QoS};

use super::round_trip::read_as;
use crate::Record;
use crate::import::{Entry, Fidelity, FileKind, Offset, detect, read_messages};

const MOSQUITTO: &[u8] = include_bytes!("data/mosquitto.ndjson");
pub(crate) const MQTTX: &[u8] = include_bytes!("data/mqttx.json");
const MQTTX_CSV: &[u8] = include_bytes!("data/mqttx.csv");
pub(crate) const MQTT_EXPLORER: &[u8] = include_bytes!("data/mqtt-explorer.json");
pub(crate) const MQ3T: &[u8] = include_bytes!("data/mq3t.json");

pub(super) const SAMPLES: [&[u8]; 5] = [MOSQUITTO, MQTTX, MQTTX_CSV, MQTT_EXPLORER, MQ3T];

fn pair(name: &str, value: &str) -> Property {
    Property::UserProperty(name.into(), value.into())
}

fn messages(kind: FileKind, text: &[u8]) -> Vec<(Record, Fidelity)> {
    let found = read_as(kind, text).into_iter().map(|entry| match entry {
        Entry::Message { record, fidelity } => (record, fidelity),
        Entry::Bad { place, reason } => panic!("{place}: {reason}"),
    });
    found.collect()
}

#[test]
fn each_is_recognised_by_its_content() {
    let kinds = SAMPLES.map(|sample| detect(sample).unwrap());
    let expected = [
        FileKind::Mosquitto,
        FileKind::MqttxJson,
        FileKind::MqttxCsv,
        FileKind::MqttExplorer,
        FileKind::Mq3t,
    ];
    assert_eq!(kinds, expected);
    assert_eq!(detect(b"SQLite format 3\0more"), Ok(FileKind::Database));
}

#[test]
fn lines_of_mosquitto_sub() {
    let found = messages(FileKind::Mosquitto, MOSQUITTO);
    let payloads: Vec<_> =
        found.iter().map(|(record, _)| record.message.publish.payload.as_ref()).collect();
    let text = "{\"a\": 1.50, \"b\":\"é\"}".as_bytes();
    let parsed = "{\"a\":1.5,\"b\":\"é\"}".as_bytes();
    assert_eq!(payloads, [text, parsed, b"", b"[1,2]"]);
    let fidelity: Vec<_> = found.iter().map(|(_, fidelity)| *fidelity).collect();
    let (as_written, changed) = (Fidelity::AsWritten, Fidelity::Changed);
    assert_eq!(fidelity, [as_written, changed, as_written, as_written]);
    let first = &found[0].0.message;
    assert_eq!(first.received_at.0, 1_795_965_012_015_363, "its zone counts");
    assert_eq!(first.publish.packet_id, Some(1));
    assert_eq!(first.publish.qos, QoS::AtLeastOnce);
    let expected = vec![
        pair("k", "v"),
        pair("k", "w"),
        Property::ContentType("text/plain".into()),
        Property::CorrelationData("abc".into()),
        Property::MessageExpiryInterval(50),
    ];
    assert_eq!(first.publish.properties, Properties(expected));
    assert!(found[2].0.message.publish.retain);
}

#[test]
fn messages_of_mqttx_as_json() {
    let found = messages(FileKind::MqttxJson, MQTTX);
    let names: Vec<_> = found.iter().map(|(record, _)| record.connection.as_str()).collect();
    assert_eq!(names, ["plant", "plant", "old broker"]);
    let (first, second) = (&found[0].0.message, &found[1].0.message);
    assert_eq!(first.received_at.0, 1_769_860_800_123_000);
    assert_eq!((first.direction, second.direction), (Direction::Received, Direction::Sent));
    assert_eq!(first.publish.payload, "{\n  \"t\": 21.50\n}");
    assert_eq!((first.publish.qos, first.publish.retain), (QoS::AtLeastOnce, true));
    let expected = vec![
        Property::PayloadFormatIndicator(1),
        Property::MessageExpiryInterval(60),
        Property::ContentType("application/json".into()),
        Property::ResponseTopic("plant/answer".into()),
        Property::CorrelationData("abc".into()),
        Property::SubscriptionIdentifier(7),
        pair("a", "1"),
        pair("b", "2"),
        pair("b", "3"),
    ];
    assert_eq!(first.publish.properties, Properties(expected));
    assert_eq!(second.publish.properties, Properties::default());
}

#[test]
fn messages_of_mqttx_as_csv() {
    let found = messages(FileKind::MqttxCsv, MQTTX_CSV);
    assert_eq!(found.len(), 2);
    let (first, second) = (&found[0].0, &found[1].0);
    assert_eq!(first.connection, "plant");
    assert_eq!(first.message.publish.payload, "{\"t\": \"21,5\"}\nnext");
    assert_eq!(first.message.direction, Direction::Received);
    assert_eq!(second.message.direction, Direction::Sent);
    assert_eq!(second.message.publish.qos, QoS::ExactlyOnce);
    let expected = vec![Property::ContentType("text/plain".into()), pair("k", "v")];
    assert_eq!(first.message.publish.properties, Properties(expected));
}

#[test]
fn times_without_a_zone_are_read_with_the_offset_that_is_given() {
    for (kind, text) in [(FileKind::MqttxJson, MQTTX), (FileKind::MqttxCsv, MQTTX_CSV)] {
        let mut times = Vec::new();
        for minutes in [0, 120, -330] {
            let offset = Offset::from_minutes(minutes).unwrap();
            let read = read_messages(kind, offset, text, &mut |entry| {
                if let Entry::Message { record, .. } = entry {
                    times.push(record.message.received_at.0);
                }
                std::ops::ControlFlow::Break(())
            });
            read.unwrap();
        }
        let hour = 3_600_000_000_i64;
        assert_eq!(times[1], times[0] - 2 * hour, "noon in the east is earlier");
        assert_eq!(times[2], times[0] + 11 * hour / 2);
    }
    assert_eq!(Offset::from_minutes(i16::MAX), None);
}
