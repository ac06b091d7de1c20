//! A message as MQTTX exports it, in JSON or as a row of CSV.
//!
//! Its times have no zone, and its payloads are texts that it made of the bytes.

use std::fmt;

use bytes::Bytes;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use time::UtcOffset;
use wiretree_model::{Direction, Message, Properties, Property, Publish, QoS, Topic};

use super::local_time;
use super::mosquitto::payload;
use super::pairs::Pairs;
use super::scalar::{Scalar, Scalars};
use crate::Record;

/// A message in a backup. Scripts, schemas and the like, which stand in `meta`, are passed over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Exported<'a> {
    create_at: String,
    #[serde(default)]
    out: Scalar,
    topic: String,
    #[serde(default)]
    qos: Scalar,
    #[serde(default)]
    retain: Scalar,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    #[serde(default)]
    properties: Option<Listed>,
}

/// The properties of a message.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Listed {
    pub(super) payload_format_indicator: Scalar,
    pub(super) message_expiry_interval: Scalar,
    pub(super) topic_alias: Scalar,
    pub(super) response_topic: Scalar,
    pub(super) correlation_data: Option<Binary>,
    pub(super) user_properties: Option<Pairs>,
    pub(super) subscription_identifier: Option<Scalars>,
    pub(super) content_type: Scalar,
}

/// Text, or bytes as Node.js writes them into JSON.
pub(super) enum Binary {
    Text(String),
    Buffer(Vec<u8>),
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrBuffer)
    }
}

/// By hand: what serde derives for it takes in whatever stands there before it looks at it.
struct TextOrBuffer;

impl<'de> Visitor<'de> for TextOrBuffer {
    type Value = Binary;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text or a buffer of bytes")
    }

    fn visit_str<E>(self, text: &str) -> Result<Binary, E> {
        Ok(Binary::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Binary, A::Error> {
        #[derive(Deserialize)]
        struct Buffer {
            data: Vec<u8>,
        }
        Buffer::deserialize(MapAccessDeserializer::new(map)).map(|it| Binary::Buffer(it.data))
    }
}

/// A message without its place: what JSON and CSV have in common.
pub(super) struct Parts<'a> {
    pub(super) connection: &'a str,
    pub(super) created: &'a str,
    pub(super) sent: bool,
    pub(super) topic: String,
    pub(super) payload: Bytes,
    pub(super) qos: Scalar,
    pub(super) retain: Scalar,
    pub(super) properties: Listed,
}

/// Reads a message of a backup; the error is the reason in words.
pub(super) fn read(raw: &RawValue, connection: &str, offset: UtcOffset) -> Result<Record, String> {
    let exported: Exported<'_> = serde_json::from_str(raw.get()).map_err(|error| {
        let text = error.to_string();
        text.split(" at line ").next().unwrap_or(&text).to_owned()
    })?;
    let parts = Parts {
        connection,
        created: &exported.create_at,
        sent: exported.out.flag(),
        topic: exported.topic,
        payload: payload(exported.payload)?,
        qos: exported.qos,
        retain: exported.retain,
        properties: exported.properties.unwrap_or_default(),
    };
    parts.into_record(offset)
}

impl Parts<'_> {
    /// The message; the error is the reason in words.
    pub(super) fn into_record(self, offset: UtcOffset) -> Result<Record, String> {
        let received_at = local_time::moment(self.created, offset)
            .ok_or("createAt is not a time that can be read")?;
        let qos = match self.qos {
            Scalar::Nothing => 0,
            qos => qos.number().and_then(|qos| u8::try_from(qos).ok()).unwrap_or(u8::MAX),
        };
        let publish = Publish {
            topic: Topic::received(self.topic),
            payload: self.payload,
            qos: QoS::from_bits(qos).ok_or("qos is 0, 1 or 2")?,
            retain: self.retain.flag(),
            dup: false,
            packet_id: None,
            properties: self.properties.into_properties(),
        };
        let direction = if self.sent { Direction::Sent } else { Direction::Received };
        let message = Message { sequence: 0, received_at, direction, publish };
        Ok(Record { connection: self.connection.to_owned(), message })
    }
}

impl Listed {
    /// In the order of their identifiers: MQTTX does not say in which they came.
    pub(super) fn into_properties(self) -> Properties {
        use Property as P;
        let small = |value: &Scalar| value.number().and_then(|value| u8::try_from(value).ok());
        let mut list = Vec::new();
        list.extend(small(&self.payload_format_indicator).map(P::PayloadFormatIndicator));
        let expiry = self.message_expiry_interval.number();
        list.extend(expiry.and_then(|it| u32::try_from(it).ok()).map(P::MessageExpiryInterval));
        list.extend(self.content_type.text().map(|text| P::ContentType(text.into())));
        list.extend(self.response_topic.text().map(|text| P::ResponseTopic(text.into())));
        list.extend(self.correlation_data.and_then(|data| match data {
            Binary::Text(text) if text.is_empty() => None,
            Binary::Text(text) => Some(P::CorrelationData(text.into())),
            Binary::Buffer(data) => Some(P::CorrelationData(data.into())),
        }));
        let identifiers = self.subscription_identifier.map_or(Vec::new(), |list| list.0);
        let identifiers = identifiers.iter().filter_map(Scalar::number);
        let identifiers = identifiers.filter_map(|number| u32::try_from(number).ok());
        list.extend(identifiers.filter(|number| *number > 0).map(P::SubscriptionIdentifier));
        let alias = self.topic_alias.number().and_then(|alias| u16::try_from(alias).ok());
        list.extend(alias.filter(|alias| *alias > 0).map(P::TopicAlias));
        let pairs = self.user_properties.unwrap_or_default().0.into_iter();
        list.extend(pairs.map(|(name, value)| P::UserProperty(name, value)));
        Properties(list)
    }
}
