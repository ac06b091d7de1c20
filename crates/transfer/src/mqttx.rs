//! MQTTX JSON: an array of connections, each with its messages, as MQTTX exports and imports it.
//!
//! Lost: microseconds, and the time zone, which the format cannot name (it is UTC here); DUP, the
//! packet identifier and the sequence number; the order of user properties with different names; a
//! property that came twice. A payload or a correlation that is not UTF-8 stands there as base64,
//! and the payload is marked as such. The history knows no addresses, so a connection has
//! placeholders: MQTTX wants a host and a port.
//!
//! The messages of a connection must come together: whoever mixes connections gets each of them
//! more than once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;
use wiretree_model::{Direction, Properties, Property, Timestamp};

use crate::error::from_json;
use crate::{Record, TransferError, moment};

const TIME: StaticFormatDescription =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]:[subsecond digits:3]");

/// An array that is being written.
pub(crate) struct Backup<W> {
    out: W,
    /// The connection whose messages are being written, and its number.
    open: Option<(String, u64)>,
    /// How many messages it has.
    messages: u64,
}

impl<W: Write> Backup<W> {
    pub(crate) fn new(mut out: W) -> Result<Self, TransferError> {
        out.write_all(b"[").map_err(TransferError::Write)?;
        Ok(Self { out, open: None, messages: 0 })
    }

    pub(crate) fn write(&mut self, record: &Record) -> Result<(), TransferError> {
        let number = match self.open.take() {
            Some((name, number)) if name == record.connection => {
                self.open = Some((name, number));
                number
            }
            other => self.begin(&record.connection, other.map(|(_, number)| number))?,
        };
        self.text(if self.messages == 0 { "\n" } else { ",\n" })?;
        self.messages += 1;
        let message = Entry::new(record, number, self.messages);
        serde_json::to_writer(&mut self.out, &message).map_err(from_json)
    }

    pub(crate) fn finish(mut self) -> Result<W, TransferError> {
        let end = if self.open.is_some() { "\n]}\n]\n" } else { "\n]\n" };
        self.text(end)?;
        Ok(self.out)
    }

    /// Ends the connection before, and begins the next.
    fn begin(&mut self, name: &str, before: Option<u64>) -> Result<u64, TransferError> {
        let number = before.map_or(1, |before| before + 1);
        self.text(if before.is_some() { "\n]},\n" } else { "\n" })?;
        let mut head = serde_json::to_string(&Head::new(name, number)).map_err(from_json)?;
        // The messages stand at the end of the object, and come one by one.
        head.truncate(head.len().saturating_sub(1));
        self.text(&head)?;
        self.text(",\"messages\":[")?;
        self.open = Some((name.to_owned(), number));
        self.messages = 0;
        Ok(number)
    }

    fn text(&mut self, text: &str) -> Result<(), TransferError> {
        self.out.write_all(text.as_bytes()).map_err(TransferError::Write)
    }
}

/// A connection without its messages.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    id: String,
    client_id: String,
    name: &'a str,
    clean: bool,
    protocol: &'static str,
    host: &'static str,
    port: u16,
    keepalive: u16,
    connect_timeout: u16,
    reconnect: bool,
    reconnect_period: u16,
    username: &'static str,
    password: &'static str,
    path: &'static str,
    ssl: bool,
    cert_type: &'static str,
    reject_unauthorized: bool,
    ca: &'static str,
    cert: &'static str,
    key: &'static str,
    mqtt_version: &'static str,
    client_id_with_time: bool,
    is_collection: bool,
    unread_message_count: u32,
    subscriptions: [(); 0],
}

impl<'a> Head<'a> {
    fn new(name: &'a str, number: u64) -> Self {
        Self {
            id: connection_id(number),
            client_id: format!("wiretree-{number}"),
            name,
            clean: true,
            protocol: "mqtt",
            host: "localhost",
            port: 1883,
            keepalive: 60,
            connect_timeout: 10,
            reconnect: false,
            reconnect_period: 4_000,
            username: "",
            password: "",
            path: "",
            ssl: false,
            cert_type: "",
            reject_unauthorized: true,
            ca: "",
            cert: "",
            key: "",
            mqtt_version: "5.0",
            client_id_with_time: false,
            is_collection: false,
            unread_message_count: 0,
            subscriptions: [],
        }
    }
}

fn connection_id(number: u64) -> String {
    format!("wiretree-connection-{number}")
}

/// A message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    id: String,
    create_at: String,
    out: bool,
    payload: Cow<'a, str>,
    qos: u8,
    retain: bool,
    topic: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<&'static str>,
    connection_id: String,
    properties: Shown<'a>,
}

impl<'a> Entry<'a> {
    fn new(record: &'a Record, connection: u64, number: u64) -> Self {
        let message = &record.message;
        let publish = &message.publish;
        let (payload, is_text) = text_of(&publish.payload);
        Self {
            id: format!("wiretree-message-{connection}-{number}"),
            create_at: time_of(message.received_at),
            out: message.direction == Direction::Sent,
            payload,
            qos: publish.qos.bits(),
            retain: publish.retain,
            topic: publish.topic.to_text(),
            meta: (!is_text).then_some("{\"msgType\":\"Base64\"}"),
            connection_id: connection_id(connection),
            properties: Shown::of(&publish.properties),
        }
    }
}

/// The properties that MQTTX knows, the first of each kind.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_format_indicator: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_expiry_interval: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic_alias: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_topic: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_data: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_identifier: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    user_properties: BTreeMap<Cow<'a, str>, OneOrMore<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OneOrMore<'a> {
    One(Cow<'a, str>),
    More(Vec<Cow<'a, str>>),
}

impl<'a> Shown<'a> {
    fn of(properties: &'a Properties) -> Self {
        use Property as P;
        let mut shown = Self::default();
        let mut users: BTreeMap<Cow<'a, str>, Vec<Cow<'a, str>>> = BTreeMap::new();
        for property in properties.iter() {
            match property {
                P::PayloadFormatIndicator(value) => {
                    shown.payload_format_indicator.get_or_insert(*value == 1);
                }
                P::MessageExpiryInterval(value) => {
                    shown.message_expiry_interval.get_or_insert(*value);
                }
                P::TopicAlias(value) => {
                    shown.topic_alias.get_or_insert(*value);
                }
                P::ResponseTopic(text) => {
                    shown.response_topic.get_or_insert_with(|| text.to_text());
                }
                P::CorrelationData(data) => {
                    shown.correlation_data.get_or_insert_with(|| text_of(data).0);
                }
                P::SubscriptionIdentifier(value) => {
                    shown.subscription_identifier.get_or_insert(*value);
                }
                P::ContentType(text) => {
                    shown.content_type.get_or_insert_with(|| text.to_text());
                }
                P::UserProperty(key, value) => {
                    users.entry(key.to_text()).or_default().push(value.to_text());
                }
                // No other property belongs to a message.
                _ => {}
            }
        }
        shown.user_properties = users.into_iter().map(|(key, list)| (key, one(list))).collect();
        shown
    }
}

fn one(mut values: Vec<Cow<'_, str>>) -> OneOrMore<'_> {
    match (values.pop(), values.is_empty()) {
        (Some(only), true) => OneOrMore::One(only),
        (last, _) => {
            values.extend(last);
            OneOrMore::More(values)
        }
    }
}

/// The bytes as text, or as base64 where they are none.
fn text_of(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.into(), true),
        Err(_) => (STANDARD.encode(bytes).into(), false),
    }
}

/// The time as MQTTX writes it; empty for a year that has not four digits.
fn time_of(at: Timestamp) -> String {
    moment::four_digits(at).and_then(|moment| moment.format(TIME).ok()).unwrap_or_default()
}
