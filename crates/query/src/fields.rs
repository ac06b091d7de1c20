//! The fields of the language, in one list: the parser, its errors and the completion read it.

/// What can stand before a colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Topic,
    Retain,
    Qos,
    Dup,
    Direction,
    Size,
    From,
    To,
    Has,
    ContentType,
    ResponseTopic,
    Correlation,
    Expiry,
    Format,
    SubscriptionId,
}

/// How a field is written and explained.
pub(crate) struct Entry {
    pub(crate) field: Field,
    pub(crate) name: &'static str,
    /// What it asks.
    pub(crate) detail: &'static str,
    /// Values to propose.
    pub(crate) values: &'static [&'static str],
    /// What can stand behind the colon.
    pub(crate) expected: &'static str,
}

/// Before the key of a user property.
pub(crate) const USER: &str = "user.";

const YES_NO: &[&str] = &["yes", "no"];
const MOMENTS: &[&str] = &["-15m", "-1h", "-1d"];
const MOMENT: &str = "a moment such as 2026-01-31T12:00:00Z, 2026-01-31 (in your time), or -15m";

const fn entry(
    field: Field,
    name: &'static str,
    detail: &'static str,
    values: &'static [&'static str],
    expected: &'static str,
) -> Entry {
    Entry { field, name, detail, values, expected }
}

/// All of them but the user properties, whose names are open.
pub(crate) const ENTRIES: [Entry; 15] = [
    entry(
        Field::Topic,
        "topic",
        "topics that an MQTT filter matches",
        &["#", "+/"],
        "an MQTT topic filter such as plant/+/status or plant/#",
    ),
    entry(Field::Retain, "retain", "RETAIN as received", YES_NO, "yes or no"),
    entry(
        Field::Qos,
        "qos",
        "QoS as received",
        &["0", "1", "2", ">=1"],
        "0, 1, 2 or a comparison such as >=1",
    ),
    entry(Field::Dup, "dup", "DUP as received", YES_NO, "yes or no"),
    entry(Field::Direction, "dir", "received (in) or sent (out)", &["in", "out"], "in or out"),
    entry(
        Field::Size,
        "size",
        "bytes of payload",
        &["0", ">1KiB", "100..200"],
        "a size such as >1KiB, 0 or 100..200",
    ),
    entry(Field::From, "from", "received then or later", MOMENTS, MOMENT),
    entry(Field::To, "to", "received before then", MOMENTS, MOMENT),
    entry(
        Field::Has,
        "has",
        "has this property of MQTT 5",
        &[
            "user",
            "content-type",
            "response-topic",
            "correlation",
            "expiry",
            "format",
            "subscription-id",
        ],
        "the name of a property: user, user.KEY, content-type, response-topic, correlation, expiry, format or subscription-id",
    ),
    entry(
        Field::ContentType,
        "content-type",
        "Content Type (MQTT 5)",
        &["application/json", "/json/"],
        "a text or a /regex/",
    ),
    entry(
        Field::ResponseTopic,
        "response-topic",
        "Response Topic (MQTT 5)",
        &[],
        "a text or a /regex/",
    ),
    entry(
        Field::Correlation,
        "correlation",
        "Correlation Data (MQTT 5)",
        &["0x"],
        "a text, or bytes in hex such as 0x2a00",
    ),
    entry(
        Field::Expiry,
        "expiry",
        "Message Expiry Interval in seconds (MQTT 5)",
        &["<60", ">0"],
        "seconds: 60, <=60 or 60..3600",
    ),
    entry(
        Field::Format,
        "format",
        "Payload Format Indicator as sent (MQTT 5)",
        &["utf8", "bytes"],
        "utf8 or bytes",
    ),
    entry(
        Field::SubscriptionId,
        "subscription-id",
        "Subscription Identifier (MQTT 5)",
        &[],
        "a number, or a span such as 1..9",
    ),
];

/// The field with this name.
pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name == name)
}
