//! A message as a line of JSON with the fields of `mosquitto_sub -F %J`, for scripts that know it.
//!
//! Differences: the time is always UTC; numbers in the payload keep their digits; a payload that is
//! not JSON stands there as a string (as with `%j`), where mosquitto_sub prints an error and an
//! empty line. Lost: the connection, the sequence number, the direction and DUP; bytes that are not
//! UTF-8, which become U+FFFD; blanks between the parts of JSON.

use std::io::Write;

use serde::de::IgnoredAny;
use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;
use wiretree_model::{Properties, Property, Publish, Timestamp};

use crate::{Record, TransferError};

const TIME: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z+0000");

/// What is kept of the memory that a line took, in bytes.
const KEPT: usize = 1024 * 1024;

/// Lines that are being written.
pub(crate) struct Lines<W> {
    out: W,
    line: Vec<u8>,
}

impl<W: Write> Lines<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, line: Vec::new() }
    }

    pub(crate) fn write(&mut self, record: &Record) -> Result<(), TransferError> {
        let message = &record.message;
        self.line.clear();
        self.line.shrink_to(KEPT);
        write_line(&mut self.line, message.received_at, &message.publish);
        self.out.write_all(&self.line).map_err(TransferError::Write)
    }

    pub(crate) fn finish(self) -> W {
        self.out
    }
}

/// Appends the line.
fn write_line(out: &mut Vec<u8>, received_at: Timestamp, publish: &Publish) {
    let nanoseconds = i128::from(received_at.0) * 1_000;
    let moment = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds);
    let moment = moment.ok().and_then(|moment| moment.format(TIME).ok()).unwrap_or_default();
    out.extend_from_slice(format!("{{\"tst\":\"{moment}\",\"topic\":").as_bytes());
    string(out, publish.topic.as_bytes());
    let numbers = format!(
        ",\"qos\":{},\"retain\":{},\"payloadlen\":{}",
        publish.qos.bits(),
        u8::from(publish.retain),
        publish.payload.len()
    );
    out.extend_from_slice(numbers.as_bytes());
    if let Some(packet_id) = publish.packet_id {
        out.extend_from_slice(format!(",\"mid\":{packet_id}").as_bytes());
    }
    if !publish.properties.is_empty() {
        out.extend_from_slice(b",\"properties\":");
        properties(out, &publish.properties);
    }
    out.extend_from_slice(b",\"payload\":");
    payload(out, &publish.payload);
    out.extend_from_slice(b"}\n");
}

fn payload(out: &mut Vec<u8>, bytes: &[u8]) {
    if bytes.is_empty() {
        out.extend_from_slice(b"null");
    } else if serde_json::from_slice::<IgnoredAny>(bytes).is_ok() {
        compact(out, bytes);
    } else {
        string(out, bytes);
    }
}

/// Appends JSON without the blanks between its parts, so that it fits on a line.
fn compact(out: &mut Vec<u8>, json: &[u8]) {
    let (mut inside, mut escaped) = (false, false);
    for byte in json {
        if inside {
            inside = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
        } else if byte.is_ascii_whitespace() {
            continue;
        } else {
            inside = *byte == b'"';
        }
        out.push(*byte);
    }
}

/// Properties in their order, but user properties together where the first of them stands. A name
/// that stands there more than once, does so here too.
fn properties(out: &mut Vec<u8>, properties: &Properties) {
    let mut told = false;
    out.push(b'{');
    for property in properties.iter() {
        if matches!(property, Property::UserProperty(..)) {
            if !told {
                told = true;
                name(out, "user-properties");
                user_properties(out, properties);
            }
            continue;
        }
        match property {
            Property::PayloadFormatIndicator(value) => {
                number(out, "payload-format-indicator", u32::from(*value));
            }
            Property::MessageExpiryInterval(value) => {
                number(out, "message-expiry-interval", *value);
            }
            Property::ContentType(value) => text(out, "content-type", value.as_bytes()),
            Property::ResponseTopic(value) => text(out, "response-topic", value.as_bytes()),
            Property::CorrelationData(value) => text(out, "correlation-data", value),
            Property::SubscriptionIdentifier(value) => {
                number(out, "subscription-identifier", *value);
            }
            Property::TopicAlias(value) => number(out, "topic-alias", u32::from(*value)),
            // No other property belongs to a message.
            _ => {}
        }
    }
    out.push(b'}');
}

fn user_properties(out: &mut Vec<u8>, properties: &Properties) {
    out.push(b'{');
    for property in properties.iter() {
        if let Property::UserProperty(key, value) = property {
            comma(out);
            string(out, key.as_bytes());
            out.push(b':');
            string(out, value.as_bytes());
        }
    }
    out.push(b'}');
}

fn number(out: &mut Vec<u8>, key: &str, value: u32) {
    name(out, key);
    out.extend_from_slice(value.to_string().as_bytes());
}

fn text(out: &mut Vec<u8>, key: &str, value: &[u8]) {
    name(out, key);
    string(out, value);
}

fn name(out: &mut Vec<u8>, key: &str) {
    comma(out);
    string(out, key.as_bytes());
    out.push(b':');
}

/// A comma, unless an object has just begun.
fn comma(out: &mut Vec<u8>) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
}

fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // Writing into memory does not fail, and text is always JSON.
    let _ = serde_json::to_writer(&mut *out, text.as_ref());
}

#[cfg(test)]
mod tests {
    use wiretree_model::{QoS, Topic};

    use super::*;

    fn line(publish: &Publish) -> String {
        let mut out = Vec::new();
        write_line(&mut out, Timestamp(1_767_225_599_000_001), publish);
        String::from_utf8(out).unwrap()
    }

    fn payload_of(bytes: &'static [u8]) -> String {
        let publish = Publish { payload: bytes.into(), ..Publish::default() };
        let line = line(&publish);
        line.split_once("\"payload\":").unwrap().1.trim_end_matches("}\n").to_owned()
    }

    #[test]
    fn the_whole_line() {
        let properties = Properties(vec![
            Property::ContentType("text/plain".into()),
            Property::UserProperty("a".into(), "b".into()),
            Property::SubscriptionIdentifier(1),
            Property::UserProperty("a".into(), "\"".into()),
            Property::SubscriptionIdentifier(2),
        ]);
        let publish = Publish {
            topic: Topic::received("größe/\"x\""),
            payload: "{ }".into(),
            qos: QoS::AtLeastOnce,
            retain: true,
            packet_id: Some(7),
            properties,
            ..Publish::default()
        };
        assert_eq!(
            line(&publish),
            "{\"tst\":\"2025-12-31T23:59:59.000001Z+0000\",\"topic\":\"größe/\\\"x\\\"\",\"qos\":1,\
             \"retain\":1,\"payloadlen\":3,\"mid\":7,\"properties\":{\"content-type\":\"text/plain\",\
             \"user-properties\":{\"a\":\"b\",\"a\":\"\\\"\"},\"subscription-identifier\":1,\
             \"subscription-identifier\":2},\"payload\":{}}\n"
        );
    }

    #[test]
    fn payloads_keep_their_digits_and_fit_on_a_line() {
        for (bytes, expected) in [
            (&b""[..], "null"),
            (b"21.50", "21.50"),
            (b"12345678901234567890", "12345678901234567890"),
            (b" {\n \"a b\" : [ 1 , \"x \\\" y\" ] }\r\n", "{\"a b\":[1,\"x \\\" y\"]}"),
            (b"\"\\\\\" ", "\"\\\\\""),
            (b"plain \"text\"\n", "\"plain \\\"text\\\"\\n\""),
            (b"{\"a\":1} x", "\"{\\\"a\\\":1} x\""),
            (b"nan", "\"nan\""),
            (b"\xff", "\"\u{fffd}\""),
        ] {
            let payload = payload_of(bytes);
            assert_eq!(payload, expected);
            assert!(serde_json::from_str::<IgnoredAny>(&payload).is_ok(), "{payload}");
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep: &'static [u8] = Box::leak("[".repeat(100_000).into_bytes().into_boxed_slice());
        assert!(payload_of(deep).starts_with('"'), "not closed, so no JSON");
        let closed = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let deep: &'static [u8] = Box::leak(closed.into_bytes().into_boxed_slice());
        assert!(payload_of(deep).ends_with(']') || payload_of(deep).ends_with('"'));
    }
}
