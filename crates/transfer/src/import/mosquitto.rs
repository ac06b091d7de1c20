//! A line of `mosquitto_sub -F %j` (payload as text) or `-F %J` (payload as JSON).
//!
//! What they do not say is not made up: bytes that were no text are lost already, and DUP, the
//! direction, and properties beyond those printed are not there.

use std::fmt;

use bytes::Bytes;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use time::UtcOffset;
use wiretree_model::{Direction, Message, Properties, Property, Publish, QoS, Topic};

use super::pairs::Pairs;
use super::scalar::Scalar;
use super::{Fidelity, local_time};
use crate::{Record, few};

#[derive(Deserialize)]
struct Line<'a> {
    tst: String,
    topic: String,
    #[serde(default)]
    qos: u8,
    #[serde(default)]
    retain: Scalar,
    payloadlen: Option<u64>,
    mid: Option<u16>,
    #[serde(default)]
    properties: Listed,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

/// Reads a line; the error is the reason in words.
pub(super) fn read(line: &[u8], offset: UtcOffset) -> Result<(Record, Fidelity), String> {
    let line: Line<'_> = serde_json::from_slice(line)
        .map_err(|error| error.to_string().replace(" at line 1 column ", " at column "))?;
    let received_at =
        local_time::moment(&line.tst, offset).ok_or("tst is not a time that can be read")?;
    let payload = payload(line.payload)?;
    // A payload that was parsed and printed anew has another length, and other digits maybe.
    let changed = line.payloadlen.is_some_and(|length| length != payload.len() as u64);
    let publish = Publish {
        topic: Topic::received(line.topic),
        payload,
        qos: QoS::from_bits(line.qos).ok_or("qos is 0, 1 or 2")?,
        retain: line.retain.flag(),
        dup: false,
        packet_id: line.mid,
        properties: line.properties.0,
    };
    let message = Message { sequence: 0, received_at, direction: Direction::Received, publish };
    let fidelity = if changed { Fidelity::Changed } else { Fidelity::AsWritten };
    Ok((Record { connection: String::new(), message }, fidelity))
}

/// The text, or the JSON as it stands there.
pub(super) fn payload(raw: Option<&RawValue>) -> Result<Bytes, String> {
    let Some(text) = raw.map(|raw| raw.get().trim()) else { return Ok(Bytes::new()) };
    if !text.starts_with('"') {
        return Ok(Bytes::copy_from_slice(text.as_bytes()));
    }
    let text: String =
        serde_json::from_str(text).map_err(|error| format!("the payload is not text ({error})"))?;
    Ok(Bytes::from(text))
}

/// The properties in the order in which they are listed.
#[derive(Default)]
struct Listed(Properties);

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object)
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Listed;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of properties")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Listed, A::Error> {
        use Property as P;
        let mut list = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            few::check(list.len())?;
            list.push(match name.as_str() {
                "user-properties" => {
                    let pairs = map.next_value::<Pairs>()?.0.into_iter();
                    list.extend(pairs.map(|(name, value)| P::UserProperty(name, value)));
                    continue;
                }
                "payload-format-indicator" => P::PayloadFormatIndicator(map.next_value()?),
                "message-expiry-interval" => P::MessageExpiryInterval(map.next_value()?),
                "content-type" => P::ContentType(map.next_value::<String>()?.into()),
                "response-topic" => P::ResponseTopic(map.next_value::<String>()?.into()),
                "correlation-data" => P::CorrelationData(map.next_value::<String>()?.into()),
                "subscription-identifier" => P::SubscriptionIdentifier(map.next_value()?),
                "topic-alias" => P::TopicAlias(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            });
        }
        few::check(list.len())?;
        Ok(Listed(Properties(list)))
    }
}
