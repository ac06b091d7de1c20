//! A message as a JSON object: the fields of our NDJSON, to and fro.
//!
//! | field | holds |
//! |---|---|
//! | `ts` | time of receipt, RFC 3339 UTC with microseconds; a number of microseconds since 1970 for a year beyond 9999 |
//! | `connection`, `seq` | which connection, and its sequence number |
//! | `dir` | `in` from the broker, `out` to it |
//! | `topic` | the name; `topic_base64` instead, where it is not UTF-8 |
//! | `qos`, `retain`, `dup` | as on the wire |
//! | `mid` | the packet identifier, where there is one |
//! | `encoding`, `payload` | `utf8`: text as it is, never re-serialised; `base64`: bytes that are not UTF-8; `file`: the name of the file that has it |
//! | `properties` | see `properties.rs`; absent where there are none |
//! | `properties_base64` | their bytes on the wire, where `properties` could not give them back exactly |

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use wiretree_model::{Direction, Message, Properties, Publish, QoS, Timestamp, Topic};

use crate::properties::{Readable, from_wire};
use crate::{Record, moment};

#[derive(Serialize, Deserialize)]
pub(crate) struct Object<'a> {
    ts: Moment,
    #[serde(default, borrow)]
    connection: Cow<'a, str>,
    seq: u64,
    dir: Way,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    topic: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic_base64: Option<String>,
    qos: u8,
    retain: bool,
    dup: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mid: Option<u16>,
    encoding: Encoding,
    #[serde(borrow)]
    payload: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Readable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties_base64: Option<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Moment {
    Text(String),
    Microseconds(i64),
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EitherMoment)
    }
}

/// By hand: what serde derives for it takes in whatever stands there before it looks at it.
struct EitherMoment;

impl Visitor<'_> for EitherMoment {
    type Value = Moment;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a time as text or in microseconds")
    }

    fn visit_i64<E>(self, value: i64) -> Result<Moment, E> {
        Ok(Moment::Microseconds(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Moment, E> {
        i64::try_from(value).map(Moment::Microseconds).map_err(E::custom)
    }

    fn visit_str<E>(self, text: &str) -> Result<Moment, E> {
        Ok(Moment::Text(text.to_owned()))
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Way {
    In,
    Out,
}

/// How a payload is written as text.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Encoding {
    Utf8,
    Base64,
    File,
}

/// The payload as text, and how it was made one.
pub(crate) fn payload_text(payload: &[u8]) -> (Encoding, Cow<'_, str>) {
    match std::str::from_utf8(payload) {
        Ok(text) => (Encoding::Utf8, text.into()),
        Err(_) => (Encoding::Base64, STANDARD.encode(payload).into()),
    }
}

pub(crate) fn to_object(record: &Record) -> Object<'_> {
    with_payload(record, payload_text(&record.message.publish.payload))
}

/// The object of a message whose payload stands in a file of its own.
pub(crate) fn with_file<'a>(record: &'a Record, file: &'a str) -> Object<'a> {
    with_payload(record, (Encoding::File, file.into()))
}

fn with_payload<'a>(
    record: &'a Record,
    (encoding, payload): (Encoding, Cow<'a, str>),
) -> Object<'a> {
    let Record { connection, message } = record;
    let Message { sequence, received_at, direction, publish } = message;
    let topic = std::str::from_utf8(publish.topic.as_bytes()).ok();
    let (properties, properties_base64) = properties_of(&publish.properties);
    Object {
        ts: moment::to_text(*received_at).map_or(Moment::Microseconds(received_at.0), Moment::Text),
        connection: connection.into(),
        seq: *sequence,
        dir: match direction {
            Direction::Received => Way::In,
            Direction::Sent => Way::Out,
        },
        topic: topic.map(Cow::from),
        topic_base64: topic.is_none().then(|| STANDARD.encode(publish.topic.as_bytes())),
        qos: publish.qos.bits(),
        retain: publish.retain,
        dup: publish.dup,
        mid: publish.packet_id,
        encoding,
        payload,
        properties,
        properties_base64,
    }
}

/// The properties as JSON text; empty where there are none.
pub(crate) fn properties_text(properties: &Properties) -> String {
    match properties_of(properties) {
        (Some(readable), _) => serde_json::to_string(&readable).unwrap_or_default(),
        (None, _) => String::new(),
    }
}

/// Reads an object; the error is the reason in words.
pub(crate) fn from_json(text: &[u8]) -> Result<Record, String> {
    let object: Object<'_> = serde_json::from_slice(text).map_err(|error| {
        // The object stands on one line, which the caller names.
        error.to_string().replace(" at line 1 column ", " at column ")
    })?;
    object.into_record()
}

impl Object<'_> {
    fn into_record(self) -> Result<Record, String> {
        let publish = Publish {
            topic: self.to_topic()?,
            payload: match self.encoding {
                Encoding::Utf8 => Bytes::from(self.payload.into_owned()),
                Encoding::Base64 => from_base64("payload", &self.payload)?,
                Encoding::File => {
                    return Err("its payload stands in a file of its own, which is not read".into());
                }
            },
            qos: QoS::from_bits(self.qos).ok_or("qos is 0, 1 or 2")?,
            retain: self.retain,
            dup: self.dup,
            packet_id: self.mid,
            properties: match (self.properties_base64, self.properties) {
                (Some(text), _) => from_wire(from_base64("properties_base64", &text)?)?,
                (None, Some(readable)) => readable.to_properties(),
                (None, None) => Properties::default(),
            },
        };
        let received_at = match self.ts {
            Moment::Microseconds(value) => Timestamp(value),
            Moment::Text(text) => moment::from_text(&text).ok_or("ts is not an RFC 3339 time")?,
        };
        let direction = match self.dir {
            Way::In => Direction::Received,
            Way::Out => Direction::Sent,
        };
        let message = Message { sequence: self.seq, received_at, direction, publish };
        Ok(Record { connection: self.connection.into_owned(), message })
    }

    fn to_topic(&self) -> Result<Topic, String> {
        match (&self.topic_base64, &self.topic) {
            (Some(text), _) => Ok(from_base64("topic_base64", text)?.into()),
            (None, Some(text)) => Ok(Topic::received(text.as_ref())),
            (None, None) => Err("the topic is missing".to_owned()),
        }
    }
}

/// The properties for people, and their bytes too where the first are not enough.
fn properties_of(properties: &Properties) -> (Option<Readable>, Option<String>) {
    if properties.is_empty() {
        return (None, None);
    }
    let readable = Readable::from_properties(properties);
    let exact = readable.to_properties() == *properties;
    let bytes = (!exact).then(|| {
        let mut bytes = Vec::new();
        properties.encode(&mut bytes);
        STANDARD.encode(bytes)
    });
    (Some(readable), bytes)
}

fn from_base64(field: &str, text: &str) -> Result<Bytes, String> {
    match STANDARD.decode(text) {
        Ok(bytes) => Ok(bytes.into()),
        Err(error) => Err(format!("{field} is not base64: {error}")),
    }
}
