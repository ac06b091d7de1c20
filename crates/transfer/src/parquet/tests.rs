//! What was written is read back with the crate's own reader, and is the same.

use std::io;

use bytes::Bytes;
use parquet::data_type::ByteArray;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use proptest::prelude::*;
use wiretree_model::{
    Direction, Message, MqttString, Properties, Property, Publish, QoS, Timestamp,
};

use super::{MOST_BYTES, MOST_ROWS, Table, TableExtent};
use crate::tests::messages::{any_record, record};
use crate::{Format, Record, Writer};

fn written(records: &[Record]) -> Bytes {
    let mut writer = Writer::new(Format::Parquet, Vec::new()).unwrap();
    for record in records {
        writer.write(record).unwrap();
    }
    Bytes::from(writer.finish().unwrap())
}

fn read(file: Bytes) -> Vec<Record> {
    let reader = SerializedFileReader::new(file).unwrap();
    reader.get_row_iter(None).unwrap().map(|row| to_record(&row.unwrap())).collect()
}

fn field<'a>(row: &'a Row, name: &str) -> &'a Field {
    row.get_column_iter().find(|(column, _)| *column == name).unwrap().1
}

fn bytes(field: &Field) -> Option<Bytes> {
    match field {
        Field::Null => None,
        Field::Bytes(bytes) => Some(Bytes::copy_from_slice(ByteArray::data(bytes))),
        Field::Str(text) => Some(Bytes::from(text.clone())),
        other => panic!("{other:?}"),
    }
}

fn text(field: &Field) -> Option<MqttString> {
    bytes(field).map(MqttString::from)
}

fn number(field: &Field) -> Option<i64> {
    match field {
        Field::Null => None,
        Field::UByte(value) => Some(i64::from(*value)),
        Field::UShort(value) => Some(i64::from(*value)),
        Field::UInt(value) => Some(i64::from(*value)),
        Field::Int(value) => Some(i64::from(*value)),
        Field::Long(value) | Field::TimestampMicros(value) => Some(*value),
        other => panic!("{other:?}"),
    }
}

fn list(field: &Field) -> &[Field] {
    match field {
        Field::Null => &[],
        Field::ListInternal(list) => list.elements(),
        other => panic!("{other:?}"),
    }
}

/// The properties as the documentation of the schema says that they can be had.
fn properties(row: &Row) -> Properties {
    if let Some(raw) = bytes(field(row, "properties_raw")) {
        return Properties::decode(&raw).unwrap();
    }
    let mut list_of = Vec::new();
    let small = |name| number(field(row, name));
    list_of.extend(
        small("payload_format_indicator").map(|v| Property::PayloadFormatIndicator(v as u8)),
    );
    list_of.extend(
        small("message_expiry_interval").map(|v| Property::MessageExpiryInterval(v as u32)),
    );
    list_of.extend(text(field(row, "content_type")).map(Property::ContentType));
    list_of.extend(text(field(row, "response_topic")).map(Property::ResponseTopic));
    list_of.extend(bytes(field(row, "correlation_data")).map(Property::CorrelationData));
    let subscriptions = list(field(row, "subscription_identifiers"));
    list_of.extend(
        subscriptions
            .iter()
            .map(|value| Property::SubscriptionIdentifier(number(value).unwrap() as u32)),
    );
    list_of.extend(small("topic_alias").map(|v| Property::TopicAlias(v as u16)));
    for user in list(field(row, "user_properties")) {
        let Field::Group(pair) = user else { panic!("{user:?}") };
        let part = |name| text(field(pair, name)).unwrap();
        list_of.push(Property::UserProperty(part("key"), part("value")));
    }
    Properties(list_of)
}

fn to_record(row: &Row) -> Record {
    let flag = |name| matches!(field(row, name), Field::Bool(true));
    let (topic, payload) = (field(row, "topic"), bytes(field(row, "payload")).unwrap());
    let topic = bytes(field(row, "topic_bytes")).or_else(|| bytes(topic)).unwrap();
    assert_eq!(number(field(row, "size")), Some(payload.len() as i64));
    let as_text = bytes(field(row, "payload_text"));
    assert_eq!(as_text, std::str::from_utf8(&payload).is_ok().then(|| payload.clone()));
    let publish = Publish {
        topic: topic.into(),
        payload,
        qos: QoS::from_bits(number(field(row, "qos")).unwrap() as u8).unwrap(),
        retain: flag("retain"),
        dup: flag("dup"),
        packet_id: number(field(row, "mid")).map(|id| id as u16),
        properties: properties(row),
    };
    let direction = match bytes(field(row, "dir")).unwrap().as_ref() {
        b"in" => Direction::Received,
        _ => Direction::Sent,
    };
    let connection = bytes(field(row, "connection")).unwrap();
    let message = Message {
        sequence: number(field(row, "seq")).unwrap() as u64,
        received_at: Timestamp(number(field(row, "ts")).unwrap()),
        direction,
        publish,
    };
    Record { connection: String::from_utf8(connection.to_vec()).unwrap(), message }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        mut records in proptest::collection::vec(any_record(), 0..12)
    ) {
        for record in &mut records {
            record.message.sequence &= u64::MAX >> 1;
        }
        prop_assert_eq!(read(written(&records)), records);
    }
}

#[test]
fn properties_are_columns_and_their_bytes_stand_there_only_when_needed() {
    let user = |key: &str, value: &str| Property::UserProperty(key.into(), value.into());
    let usual = vec![
        Property::ContentType("a/b".into()),
        Property::SubscriptionIdentifier(7),
        Property::SubscriptionIdentifier(3),
        user("k", "2"),
        user("a", ""),
        user("k", "2"),
    ];
    let mut mixed = usual.clone();
    mixed.swap(0, 3);
    for (properties, is_raw) in [(usual, false), (mixed, true), (Vec::new(), false)] {
        let mut record = record("t", "x");
        record.message.publish.properties = Properties(properties);
        let file = written(std::slice::from_ref(&record));
        let reader = SerializedFileReader::new(file.clone()).unwrap();
        let row = reader.get_row_iter(None).unwrap().next().unwrap().unwrap();
        assert_eq!(bytes(field(&row, "properties_raw")).is_some(), is_raw);
        assert_eq!(read(file), [record]);
    }
}

#[test]
fn a_file_without_messages_has_its_columns() {
    let reader = SerializedFileReader::new(written(&[])).unwrap();
    assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
    assert_eq!(reader.metadata().file_metadata().schema().get_fields().len(), 22);
}

/// Counts what comes, and keeps nothing.
struct Sink(u64);

impl io::Write for Sink {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0 += buffer.len() as u64;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_million_messages_never_wait_all_together() {
    let mut table = Table::new(Sink(0)).unwrap();
    let mut one = record("plant/line/1", "{\"rpm\":1480}");
    let (mut most_rows, mut most_bytes) = (0, 0);
    for sequence in 0..1_000_000 {
        one.message.sequence = sequence;
        table.write(&one).unwrap();
        let (rows, bytes) = table.waiting();
        (most_rows, most_bytes) = (most_rows.max(rows), most_bytes.max(bytes));
    }
    assert!(most_rows < MOST_ROWS && most_bytes < MOST_BYTES, "{most_rows} rows, {most_bytes} B");
    assert!(table.file.flushed_row_groups().len() >= 1_000_000 / MOST_ROWS);
    assert!(table.finish().unwrap().0 > 0);
}

#[test]
fn large_messages_do_not_wait_for_many() {
    let mut table = Table::new(Sink(0)).unwrap();
    let one = record("camera", vec![0xff; 5_000_000]);
    for _ in 0..40 {
        table.write(&one).unwrap();
        assert!(table.waiting().1 < MOST_BYTES);
    }
    assert!(table.finish().unwrap().0 > 0);
}

#[test]
fn the_footer_tells_how_many_messages_there_are_and_of_which_time() {
    let at = |micros| {
        let mut record = record("t", "x");
        record.message.received_at = Timestamp(micros);
        record
    };
    let file = written(&[at(7), at(-3), at(5)]);
    let extent = TableExtent { messages: 3, from: Timestamp(-3), to: Timestamp(7) };
    assert_eq!(TableExtent::read(&file), Some(extent));
    assert_eq!(TableExtent::read(&written(&[])), None);
    assert_eq!(TableExtent::read(&file.slice(..file.len() - 1)), None, "it is not complete");
}
