//! Messages for tests: any that a broker could send, and one to start from.

use crate::{Format, Record, Writer};
use bytes::Bytes;
use proptest::prelude::*;
use wiretree_model::{
    Direction, Message, MqttString, Properties, Property, Publish, QoS, Timestamp, Topic,
};

pub(crate) fn record(topic: &str, payload: impl Into<Bytes>) -> Record {
    let publish =
        Publish { topic: Topic::received(topic), payload: payload.into(), ..Publish::default() };
    let message = Message {
        sequence: 1,
        received_at: Timestamp(1_767_225_599_999_999),
        direction: Direction::Received,
        publish,
    };
    Record { connection: "plant".to_owned(), message }
}

pub(crate) fn written(format: Format, records: &[Record]) -> Vec<u8> {
    let mut writer = Writer::new(format, Vec::new()).unwrap();
    for record in records {
        writer.write(record).unwrap();
    }
    writer.finish().unwrap()
}

fn bytes() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        any::<Vec<u8>>().prop_map(Bytes::from),
        ".{0,12}".prop_map(Bytes::from),
        "[=+@\t\r\n\",'\\x00-]{0,4}".prop_map(Bytes::from),
    ]
}

fn text() -> impl Strategy<Value = MqttString> {
    bytes().prop_map(MqttString::from)
}

fn property() -> impl Strategy<Value = Property> {
    prop_oneof![
        any::<u8>().prop_map(Property::PayloadFormatIndicator),
        any::<u32>().prop_map(Property::MessageExpiryInterval),
        text().prop_map(Property::ContentType),
        text().prop_map(Property::ResponseTopic),
        bytes().prop_map(Property::CorrelationData),
        (1_u32..268_435_456).prop_map(Property::SubscriptionIdentifier),
        any::<u16>().prop_map(Property::TopicAlias),
        any::<u16>().prop_map(Property::ServerKeepAlive),
        (text(), text()).prop_map(|(name, value)| Property::UserProperty(name, value)),
    ]
}

prop_compose! {
    pub(crate) fn any_record()(
        connection in ".{0,8}",
        sequence in any::<u64>(),
        received_at in any::<i64>(),
        sent in any::<bool>(),
        topic in bytes(),
        payload in bytes(),
        qos in 0_u8..3,
        (retain, dup) in any::<(bool, bool)>(),
        packet_id in any::<Option<u16>>(),
        properties in proptest::collection::vec(property(), 0..6),
    ) -> Record {
        let publish = Publish {
            topic: topic.into(),
            payload,
            qos: QoS::from_bits(qos).unwrap(),
            retain,
            dup,
            packet_id,
            properties: Properties(properties),
        };
        let direction = if sent { Direction::Sent } else { Direction::Received };
        let received_at = Timestamp(received_at);
        Record { connection, message: Message { sequence, received_at, direction, publish } }
    }
}
