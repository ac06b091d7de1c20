//! One message, and the lines in which its payload is shown.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_model as model;
use wiretree_session::{self as session, payload};

use super::MessageProperties;

/// Which way a message or a packet went.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Direction {
    Received,
    Sent,
}

/// What a payload was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Format {
    Empty,
    Json,
    Text,
    Binary,
}

/// A property of MQTT 5, for showing.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageProperty {
    /// The name in the specification.
    pub name: String,
    /// The value as text.
    pub value: String,
    /// How the payload is not what this says of it.
    pub problem: Option<String>,
}

/// All of a message but its payload.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageDetail {
    /// Names the message in the history.
    pub id: i64,
    /// Its topic, for showing.
    pub topic: String,
    /// When it came.
    pub received_at: i64,
    /// Which way it went.
    pub direction: Direction,
    /// Order of arrival on its connection.
    pub sequence: u64,
    /// 0, 1 or 2.
    pub qos: u8,
    /// RETAIN as received.
    pub retain: bool,
    /// DUP as received.
    pub dup: bool,
    /// The packet identifier; none with QoS 0.
    pub packet_id: Option<u16>,
    /// Payload size in bytes.
    pub size: u64,
    /// What the payload was taken for.
    pub format: Format,
    /// Why.
    pub format_reason: String,
    /// In their order, duplicates included.
    pub properties: Vec<MessageProperty>,
    /// The properties with which it can be published again.
    pub again: MessageProperties,
    /// How many properties that leaves out.
    pub left_out: u32,
    /// The message before it on the same topic.
    pub previous: Option<i64>,
}

/// How to look at a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PayloadView {
    Auto,
    Json,
    Text,
    Hex,
}

/// What a piece of a line is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum TokenKind {
    Key,
    String,
    Number,
    Bool,
    Null,
    Punctuation,
    Text,
    Escape,
    Offset,
    Hex,
    Ascii,
    Note,
}

/// A piece of a line.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// The text to show; never markup.
    pub text: String,
}

/// How a line differs from the message compared with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LineChange {
    Same,
    Added,
    Changed,
    Removed,
}

/// A line of a payload.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    /// Counts from 1; none for a line that goes on from the one above or was removed.
    pub number: Option<u32>,
    /// Steps of two blanks.
    pub indent: u32,
    /// Its pieces in order.
    pub tokens: Vec<Token>,
    /// How it differs.
    pub change: LineChange,
    /// From what to what, as in `11790 → 11840`.
    pub note: Option<String>,
}

/// What a page of lines is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ShownAs {
    Empty,
    Json,
    Text,
    Hex,
}

/// The lines that a window shows.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinePage {
    /// The index of the first one.
    pub first: u32,
    /// How many there are in all.
    pub total: u32,
    /// The ones asked for.
    pub lines: Vec<Line>,
    /// How many differ in all.
    pub changes: u32,
    /// What is wrong with the payload, in sentences.
    pub problems: Vec<String>,
    /// What the payload is shown as.
    pub view: ShownAs,
}

same_variants!(Direction = model::Direction: Received, Sent);

impl From<payload::Format> for Format {
    fn from(format: payload::Format) -> Self {
        match format {
            payload::Format::Empty => Self::Empty,
            payload::Format::Json => Self::Json,
            payload::Format::Text => Self::Text,
            payload::Format::Binary => Self::Binary,
        }
    }
}

impl From<PayloadView> for session::PayloadView {
    fn from(view: PayloadView) -> Self {
        match view {
            PayloadView::Auto => Self::Auto,
            PayloadView::Json => Self::Json,
            PayloadView::Text => Self::Text,
            PayloadView::Hex => Self::Hex,
        }
    }
}

impl From<session::ShownAs> for ShownAs {
    fn from(shown: session::ShownAs) -> Self {
        match shown {
            session::ShownAs::Empty => Self::Empty,
            session::ShownAs::Json => Self::Json,
            session::ShownAs::Text => Self::Text,
            session::ShownAs::Hex => Self::Hex,
        }
    }
}

impl From<payload::TokenKind> for TokenKind {
    fn from(kind: payload::TokenKind) -> Self {
        use payload::TokenKind as Kind;
        match kind {
            Kind::Key => Self::Key,
            Kind::String => Self::String,
            Kind::Number => Self::Number,
            Kind::Bool => Self::Bool,
            Kind::Null => Self::Null,
            Kind::Punctuation => Self::Punctuation,
            Kind::Text => Self::Text,
            Kind::Escape => Self::Escape,
            Kind::Offset => Self::Offset,
            Kind::Hex => Self::Hex,
            Kind::Ascii => Self::Ascii,
            Kind::Note => Self::Note,
        }
    }
}

impl MessageDetail {
    /// All of a message but its payload, for the page.
    pub(crate) fn from_session(detail: &session::Detail) -> Self {
        let message = &detail.stored.message;
        let publish = &message.publish;
        let (again, left_out) = MessageProperties::from_model(&publish.properties);
        let property = |property| MessageProperty::from_model(property, message);
        Self {
            id: detail.stored.id,
            topic: publish.topic.to_text().into_owned(),
            received_at: message.received_at.0,
            direction: message.direction.into(),
            sequence: message.sequence,
            qos: publish.qos.bits(),
            retain: publish.retain,
            dup: publish.dup,
            packet_id: publish.packet_id,
            size: publish.payload.len() as u64,
            format: detail.detected.format.into(),
            format_reason: detail.detected.reason.clone(),
            properties: publish.properties.iter().map(property).collect(),
            again,
            left_out,
            previous: detail.previous,
        }
    }
}

impl MessageProperty {
    /// A property of a PUBLISH packet (MQTT 5 §3.3.2.3), with what cannot be seen as escapes.
    fn from_model(property: &model::Property, message: &model::Message) -> Self {
        use model::Property as P;
        let text = |value: &model::MqttString| payload::escaped(value.as_bytes());
        let bytes = &message.publish.payload;
        let (name, value) = match property {
            P::PayloadFormatIndicator(0) => ("Payload format indicator", "0 (bytes)".to_owned()),
            P::PayloadFormatIndicator(1) => ("Payload format indicator", "1 (UTF-8)".to_owned()),
            P::PayloadFormatIndicator(other) => ("Payload format indicator", other.to_string()),
            P::MessageExpiryInterval(seconds) => {
                ("Message expiry interval", expiry(*seconds, message.direction))
            }
            P::TopicAlias(alias) => ("Topic alias", alias.to_string()),
            P::ResponseTopic(topic) => ("Response topic", text(topic)),
            P::CorrelationData(data) => ("Correlation data", payload::preview(data, usize::MAX)),
            P::SubscriptionIdentifier(number) => ("Subscription identifier", number.to_string()),
            P::ContentType(kind) => ("Content type", text(kind)),
            P::UserProperty(name, value) => {
                let name = format!("User property: {}", text(name));
                return Self { name, value: text(value), problem: None };
            }
            other => ("Property", format!("{other:?}")),
        };
        let problem = match property {
            P::PayloadFormatIndicator(1) => payload::not_text(bytes),
            P::ContentType(kind) => kind.as_str().and_then(|kind| payload::not_of(kind, bytes)),
            _ => None,
        };
        Self { name: name.to_owned(), value, problem }
    }
}

/// A broker sends on what is left of the time when it delivers (MQTT 5 §3.3.2.3.3).
fn expiry(seconds: u32, direction: model::Direction) -> String {
    match direction {
        model::Direction::Received => format!("expires in {seconds} s as delivered"),
        model::Direction::Sent => format!("expires in {seconds} s"),
    }
}

impl LinePage {
    /// Lines for the page.
    pub(crate) fn from_session(lines: session::Lines) -> Self {
        Self {
            first: to_u32(lines.first),
            total: to_u32(lines.total),
            lines: lines.lines.into_iter().map(Line::from_session).collect(),
            changes: to_u32(lines.changes),
            problems: lines.problems,
            view: lines.shown_as.into(),
        }
    }
}

impl Line {
    fn from_session(line: session::ShownLine) -> Self {
        use session::LineChange as Change;
        let token = |token: payload::Token| Token { kind: token.kind.into(), text: token.text };
        Self {
            number: line.number.map(to_u32),
            indent: u32::from(line.indent),
            tokens: line.tokens.into_iter().map(token).collect(),
            change: match line.change {
                Change::Same => LineChange::Same,
                Change::Added => LineChange::Added,
                Change::Changed => LineChange::Changed,
                Change::Removed => LineChange::Removed,
            },
            note: line.note,
        }
    }
}

/// No payload has four billion lines.
fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wiretree_model::{Message, Property, Publish, Timestamp};

    fn shown(property: Property, payload: &'static [u8]) -> MessageProperty {
        let publish = Publish { payload: payload.into(), ..Publish::default() };
        let direction = model::Direction::Received;
        let message = Message { sequence: 1, received_at: Timestamp(0), direction, publish };
        MessageProperty::from_model(&property, &message)
    }

    #[test]
    fn what_is_left_of_a_message_is_shown_as_delivered() {
        let expiry = shown(Property::MessageExpiryInterval(42), b"");
        assert_eq!(expiry.value, "expires in 42 s as delivered");
    }

    #[test]
    fn a_property_that_does_not_fit_the_bytes_says_so() {
        let json = || Property::ContentType("application/json".into());
        for (property, payload, has_problem) in [
            (Property::PayloadFormatIndicator(1), b"\xff".as_slice(), true),
            (Property::PayloadFormatIndicator(1), b"gr\xc3\xbc\xc3\x9f", false),
            (Property::PayloadFormatIndicator(0), b"\xff", false),
            (json(), b"{", true),
            (json(), b"{}", false),
            (json(), b"", false),
            (Property::ContentType("image/png".into()), b"{", false),
        ] {
            let shown = shown(property, payload);
            assert_eq!(shown.problem.is_some(), has_problem, "{shown:?}");
        }
    }
}
