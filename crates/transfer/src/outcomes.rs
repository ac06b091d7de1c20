//! What became of replayed messages: a line of NDJSON for each.
//!
//! | field | holds |
//! |---|---|
//! | `message` | the number of the message in its history |
//! | `recorded_at` | when it was recorded, as `ts` in a capture |
//! | `topic`, `sent_to` | the topic as recorded, and where it was sent; `null`: nowhere |
//! | `qos`, `retain`, `size` | as it was sent; `null`: it was not |
//! | `outcome` | `acknowledged`, `sent` (QoS 0), `refused` (by us), `failed`, `unknown` |
//! | `reason` | in words; `null` where there is nothing to say |
//! | `after_us`, `acknowledged_at` | from sending to the acknowledgement in microseconds, and when that came |
//!
//! What is not UTF-8 in a topic is replaced; `message` names the message for sure. Pure.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;
use wiretree_model::{QoS, Timestamp, Topic};

use crate::moment;

/// What became of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its number in the history.
    pub message: i64,
    /// When it was recorded.
    pub received_at: Timestamp,
    /// The topic that it was recorded on.
    pub from: Topic,
    /// Where it was sent.
    pub to: Option<Topic>,
    /// The QoS that it was sent with.
    pub qos: Option<QoS>,
    /// RETAIN as it was sent.
    pub retain: Option<bool>,
    /// Bytes of payload that were sent.
    pub size: Option<u64>,
    /// One word for how it ended.
    pub word: &'static str,
    /// More words.
    pub reason: Option<String>,
    /// From sending to the acknowledgement.
    pub after: Option<Duration>,
    /// When that came.
    pub at: Option<Timestamp>,
}

#[derive(Serialize)]
struct Line<'a> {
    message: i64,
    recorded_at: String,
    topic: &'a str,
    sent_to: Option<&'a str>,
    qos: Option<u8>,
    retain: Option<bool>,
    size: Option<u64>,
    outcome: &'a str,
    reason: Option<&'a str>,
    after_us: Option<u64>,
    acknowledged_at: Option<String>,
}

/// Writes the line of one message.
///
/// # Errors
/// The destination takes no more.
pub fn write_line(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let text = |at: Timestamp| moment::to_text(at).unwrap_or_else(|| at.0.to_string());
    let to = outcome.to.as_ref().map(Topic::to_text);
    let line = Line {
        message: outcome.message,
        recorded_at: text(outcome.received_at),
        topic: &outcome.from.to_text(),
        sent_to: to.as_deref(),
        qos: outcome.qos.map(QoS::bits),
        retain: outcome.retain,
        size: outcome.size,
        outcome: outcome.word,
        reason: outcome.reason.as_deref(),
        after_us: outcome.after.map(|after| u64::try_from(after.as_micros()).unwrap_or(u64::MAX)),
        acknowledged_at: outcome.at.map(text),
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_where_it_went_and_how_it_ended() {
        let outcome = Outcome {
            message: 7,
            received_at: Timestamp(1_500_000),
            from: Topic::received("a/\u{202e}b"),
            to: Some(Topic::received("x/b")),
            qos: Some(QoS::AtLeastOnce),
            retain: Some(false),
            size: Some(3),
            word: "acknowledged",
            reason: Some("Success \"0\"".to_owned()),
            after: Some(Duration::from_micros(1_234)),
            at: Some(Timestamp(2_000_000)),
        };
        let mut out = Vec::new();
        write_line(&mut out, &outcome).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.ends_with("}\n") && text.lines().count() == 1, "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["recorded_at"], "1970-01-01T00:00:01.500000Z");
        assert_eq!(line["acknowledged_at"], "1970-01-01T00:00:02.000000Z");
        assert_eq!((&line["sent_to"], &line["after_us"]), (&"x/b".into(), &1_234.into()));
        assert_eq!((&line["outcome"], &line["qos"]), (&"acknowledged".into(), &1.into()));

        let refused = Outcome { to: None, qos: None, word: "refused", ..outcome };
        let mut out = Vec::new();
        write_line(&mut out, &refused).unwrap();
        let line: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert!(line["sent_to"].is_null() && line["qos"].is_null());
    }
}
