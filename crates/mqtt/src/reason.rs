//! Reason codes and return codes by the names the specifications give them.
//!
//! Promise: every code has a name, unknown ones included. Pure.

use std::fmt;

use wiretree_model::{Properties, Property, ProtocolVersion, is_hidden};
use wiretree_wire::ReasonCode;

/// A code of the broker, its name, and the text the broker gave with it, if any.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reason {
    /// The code as it was on the wire.
    pub code: u8,
    /// The name in the specification.
    pub name: &'static str,
    /// The Reason String (MQTT 5 §3.2.2.3.9 and its like).
    pub text: Option<String>,
}

impl Reason {
    /// A code of an MQTT 5 packet (MQTT 5 §2.4).
    pub(crate) fn v5(code: u8, text: Option<String>) -> Self {
        Self { code, name: reason_name(code), text }
    }

    /// A CONNACK code of either version (MQTT 3.1.1 §3.2.2.3, MQTT 5 §3.2.2.2).
    ///
    /// A broker that speaks only 3.1.1 answers an MQTT 5 client with codes of 3.1.1, which MQTT 5
    /// does not use, so the small codes mean the same for both.
    pub(crate) fn connack(version: ProtocolVersion, code: u8, text: Option<String>) -> Self {
        let name = match (version, code) {
            (_, 0) => "Connection accepted",
            (_, 1) => "Unacceptable protocol version",
            (_, 2) => "Identifier rejected",
            (_, 3) => "Server unavailable",
            (_, 4) => "Bad user name or password",
            (_, 5) => "Not authorized",
            (ProtocolVersion::V31 | ProtocolVersion::V311, _) => "Unknown return code",
            (ProtocolVersion::V5, code) => reason_name(code),
        };
        Self { code, name, text }
    }

    /// One return code of a SUBACK (MQTT 3.1.1 §3.9.3, MQTT 5 §3.9.3).
    pub(crate) fn suback(version: ProtocolVersion, code: u8, text: Option<String>) -> Self {
        let name = match (version, code) {
            (_, 0) => "Granted QoS 0",
            (ProtocolVersion::V31 | ProtocolVersion::V311, 0x80) => "Failure",
            (_, code) => reason_name(code),
        };
        Self { code, name, text }
    }

    /// The code of a DISCONNECT (MQTT 5 §3.14.2.1).
    pub(crate) fn disconnect(code: u8, text: Option<String>) -> Self {
        match code {
            0 => Self { code, name: "Normal disconnection", text },
            code => Self::v5(code, text),
        }
    }

    /// Whether the code tells of a failure (MQTT 5 §2.4: 0x80 and above).
    pub fn is_failure(&self) -> bool {
        self.code >= 0x80
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (0x{:02X})", self.name, self.code)?;
        match &self.text {
            Some(text) => write!(formatter, ", it says: {}", Quoted(text)),
            None => Ok(()),
        }
    }
}

/// What the broker says about its reason: the Reason String, and the server it names instead of
/// itself (MQTT 5 §4.11). That server is shown, and never followed.
pub(crate) fn said(properties: &Properties) -> Option<String> {
    let mut text = reason_string(properties);
    for property in properties.iter() {
        if let Property::ServerReference(server) = property {
            let server = server.to_text();
            text = Some(match text {
                Some(text) => format!("{text} (use {server})"),
                None => format!("use {server}"),
            });
        }
    }
    text
}

/// The Reason String (MQTT 5 §3.4.2.2.2 and its like).
pub(crate) fn reason_string(properties: &Properties) -> Option<String> {
    properties.reason_string().map(|text| text.to_text().into_owned())
}

/// The most characters of a broker's text that are repeated.
const LONGEST: usize = 300;

/// A broker's text in a sentence of ours: on one line, not too long, and without characters that
/// command a terminal or turn what follows them around.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars().take(LONGEST) {
            if is_hidden(character) {
                write!(formatter, "{}", character.escape_unicode())?;
            } else {
                write!(formatter, "{character}")?;
            }
        }
        if self.0.chars().nth(LONGEST).is_some() { formatter.write_str("…") } else { Ok(()) }
    }
}

/// The name of an MQTT 5 reason code (MQTT 5 §2.4).
fn reason_name(code: u8) -> &'static str {
    ReasonCode(code).name()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_named_by_the_specification_of_their_version() {
        let name = |version, code| Reason::connack(version, code, None).name;
        assert_eq!(name(ProtocolVersion::V311, 4), "Bad user name or password");
        assert_eq!(name(ProtocolVersion::V5, 0x86), "Bad User Name or Password");
        assert_eq!(name(ProtocolVersion::V5, 1), "Unacceptable protocol version");
        assert_eq!(name(ProtocolVersion::V311, 0x86), "Unknown return code");
        assert_eq!(Reason::suback(ProtocolVersion::V311, 0x80, None).name, "Failure");
        assert_eq!(Reason::suback(ProtocolVersion::V5, 0x87, None).name, "Not authorized");
    }

    /// TB-104.
    #[test]
    fn a_code_is_shown_by_name_and_number() {
        for (code, shown) in [
            (0x00, "Success (0x00)"),
            (0x80, "Unspecified error (0x80)"),
            (0x83, "Implementation specific error (0x83)"),
            (0x87, "Not authorized (0x87)"),
            (0x8f, "Topic Filter invalid (0x8F)"),
            (0x99, "Payload format invalid (0x99)"),
        ] {
            assert_eq!(Reason::v5(code, None).to_string(), shown);
        }
    }

    #[test]
    fn the_text_of_the_broker_is_shown_with_the_name() {
        let reason = Reason::v5(0x97, Some("too many clients".to_owned()));
        assert_eq!(reason.to_string(), "Quota exceeded (0x97), it says: too many clients");
        assert!(reason.is_failure() && !Reason::v5(0x10, None).is_failure());
    }

    #[test]
    fn the_text_of_the_broker_can_neither_disguise_nor_flood_the_sentence() {
        let shown = |text: &str| Reason::v5(0x87, Some(text.to_owned())).to_string();
        let hostile = shown("no\u{1b}[2J\n\u{202e}exe");
        assert_eq!(hostile, "Not authorized (0x87), it says: no\\u{1b}[2J\\u{a}\\u{202e}exe");
        let long = shown(&"ä".repeat(65_535));
        assert!(long.ends_with("ä…") && long.chars().count() < LONGEST + 50);
    }
}
