//! NDJSON and JSON: what is written is read, bit for bit, and what is not ours is refused by line.

use super::messages::{any_record, record, written};
use crate::{Format, Reader, Record, TransferError};
use proptest::prelude::*;
use serde_json::{Value, json};
use wiretree_model::{Properties, Property, QoS};

fn read(text: &[u8]) -> Vec<Result<Record, TransferError>> {
    Reader::new(text).collect()
}

fn object(record: &Record) -> Value {
    serde_json::from_slice(&written(Format::Ndjson, std::slice::from_ref(record))).unwrap()
}

proptest! {
    #[test]
    fn nothing_is_lost(records in proptest::collection::vec(any_record(), 0..4)) {
        let text = written(Format::Ndjson, &records);
        let lines = text.iter().filter(|byte| **byte == b'\n').count();
        prop_assert_eq!(lines, records.len(), "a line a message, whatever is in it");
        let back: Result<Vec<_>, _> = Reader::new(text.as_slice()).collect();
        prop_assert_eq!(back.unwrap(), records);
    }

    #[test]
    fn json_is_an_array_of_the_same_objects(
        records in proptest::collection::vec(any_record(), 0..4),
    ) {
        let array: Vec<Value> =
            serde_json::from_slice(&written(Format::Json, &records)).unwrap();
        prop_assert_eq!(array, records.iter().map(object).collect::<Vec<_>>());
    }

    #[test]
    fn no_text_panics(text in any::<Vec<u8>>()) {
        read(&text);
    }
}

#[test]
fn the_fields_of_a_plain_message() {
    let text =
        String::from_utf8(written(Format::Ndjson, &[record("a/b", "{\"x\": 1.0}")])).unwrap();
    assert_eq!(
        text,
        "{\"ts\":\"2025-12-31T23:59:59.999999Z\",\"connection\":\"plant\",\"seq\":1,\"dir\":\"in\",\
         \"topic\":\"a/b\",\"qos\":0,\"retain\":false,\"dup\":false,\"encoding\":\"utf8\",\
         \"payload\":\"{\\\"x\\\": 1.0}\"}\n",
        "JSON in a payload stays the text it was"
    );
}

#[test]
fn properties_can_be_read_by_people() {
    let pair = |name: &str, value: &str| Property::UserProperty(name.into(), value.into());
    let mut given = record("a", "");
    given.message.publish.qos = QoS::AtLeastOnce;
    given.message.publish.packet_id = Some(7);
    given.message.publish.properties = Properties(vec![
        Property::ContentType("text/plain".into()),
        Property::SubscriptionIdentifier(3),
        Property::SubscriptionIdentifier(1),
        pair("k", "2"),
        pair("k", "1"),
        Property::CorrelationData("\u{0}\u{1}".into()),
    ]);
    let object = object(&given);
    assert_eq!(
        object["properties"],
        json!({
            "content_type": "text/plain", "subscription_identifiers": [3, 1],
            "user_properties": [["k", "2"], ["k", "1"]], "correlation_data_base64": "AAE=",
        })
    );
    assert_eq!(object["mid"], 7);
    assert_eq!(object.get("properties_base64"), None, "the object says it all");
}

#[test]
fn bytes_are_added_where_the_object_cannot_say_it() {
    let pair = || Property::UserProperty("k".into(), "v".into());
    let twice = vec![Property::TopicAlias(1), Property::TopicAlias(2)];
    let mixed = vec![pair(), Property::TopicAlias(1), pair()];
    let foreign = vec![Property::ServerKeepAlive(5)];
    let not_text = vec![Property::ContentType(bytes::Bytes::from_static(&[0xff]).into())];
    for list in [twice, mixed, foreign, not_text] {
        let mut given = record("a", "");
        given.message.publish.properties = Properties(list);
        assert!(object(&given)["properties_base64"].is_string(), "{given:?}");
    }
}

#[test]
fn a_topic_that_is_not_text_is_base64() {
    let mut given = record("", "");
    given.message.publish.topic = bytes::Bytes::from_static(&[b'a', 0xff]).into();
    let object = object(&given);
    assert_eq!((object.get("topic"), &object["topic_base64"]), (None, &json!("Yf8=")));
}

#[test]
fn a_bad_line_is_named_and_the_next_is_read() {
    let good = written(Format::Ndjson, &[record("a", "1")]);
    let cases = [("{\"seq\":1}", "missing field"), ("not json", "expected"), ("[]", "invalid")];
    for (bad, reason) in cases {
        let text = [b"\n", bad.as_bytes(), b"\n", &good].concat();
        let mut read = read(&text).into_iter();
        let error = read.next().unwrap().unwrap_err();
        assert_eq!(error.code(), "capture-line");
        let sentence = error.to_string();
        assert!(sentence.starts_with("line 2 ") && sentence.contains(reason), "{sentence}");
        assert_eq!(read.next().unwrap().unwrap(), record("a", "1"));
        assert!(read.next().is_none());
    }
}

#[test]
fn values_out_of_range_are_refused() {
    let mut object = object(&record("a", "1"));
    for (field, value) in [
        ("qos", json!(3)),
        ("ts", json!("yesterday")),
        ("dir", json!("up")),
        ("mid", json!(70_000)),
        ("topic_base64", json!("!")),
        ("properties_base64", json!("fwA=")),
    ] {
        let before = object.clone();
        object[field] = value;
        let read = read(object.to_string().as_bytes());
        assert!(matches!(read.as_slice(), [Err(TransferError::Line { .. })]), "{field}: {read:?}");
        object = before;
    }
}

#[test]
fn an_export_that_finds_the_disk_full_says_so() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut writer = crate::Writer::new(Format::Ndjson, Full).unwrap();
    let error = writer.write(&record("a", "1")).unwrap_err();
    let TransferError::Write(cause) = error else { panic!("{error}") };
    assert_eq!(cause.kind(), std::io::ErrorKind::StorageFull);
}
