//! What a person typed, on its way to bytes, with the field it was typed into.

use std::fmt::Display;

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_model::MqttString;
use wiretree_session::payload::Compose;

/// A name and a value, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pair {
    pub name: String,
    pub value: String,
}

/// How typed text stands for bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Encoding {
    #[default]
    Text,
    Hex,
    Base64,
}

/// Bytes as typed. Without Debug: passwords are typed this way too.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TypedPayload {
    /// How the text is meant.
    pub encoding: Encoding,
    /// What was typed.
    pub value: String,
}

/// What is wrong with what was typed, and into which field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Flaw {
    /// The path of the field as the page knows it, as in `tls.caFile`.
    pub field: String,
    /// What is wrong, without capital letter and full stop.
    pub message: String,
}

/// Everything that is wrong with a form. Reading it goes on after a flaw, to find the others.
#[derive(Debug, Default)]
pub(crate) struct Flaws(pub Vec<Flaw>);

impl Flaws {
    /// Notes a flaw.
    pub(crate) fn note(&mut self, field: &str, message: impl Display) {
        self.0.push(Flaw { field: field.to_owned(), message: message.to_string() });
    }

    /// The value, or its default and a flaw.
    pub(crate) fn take<T: Default>(&mut self, field: &str, read: Result<T, impl Display>) -> T {
        read.unwrap_or_else(|message| {
            self.note(field, message);
            T::default()
        })
    }
}

impl Encoding {
    /// The bytes that a text stands for.
    ///
    /// # Errors
    /// What does not fit and where. The sentence may quote a character: not for passwords.
    pub(crate) fn bytes(self, text: &str) -> Result<Vec<u8>, String> {
        let how = match self {
            Self::Text => Compose::Text,
            Self::Hex => Compose::Hex,
            Self::Base64 => Compose::Base64,
        };
        how.bytes(text).map_err(|error| error.to_string())
    }
}

impl TypedPayload {
    /// The bytes.
    ///
    /// # Errors
    /// See [`Encoding::bytes`].
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, String> {
        self.encoding.bytes(&self.value)
    }

    /// Bytes for a field of a form: as text where the field gives back exactly these bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let is_plain = |text: &&str| !text.contains(|c: char| c.is_control() && c != '\n');
        match std::str::from_utf8(bytes).ok().filter(is_plain) {
            Some(text) => Self { encoding: Encoding::Text, value: text.to_owned() },
            None => Self { encoding: Encoding::Hex, value: hex(bytes, " ") },
        }
    }
}

impl std::fmt::Debug for TypedPayload {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "TypedPayload({:?}, …)", self.encoding)
    }
}

impl Pair {
    /// Two texts of MQTT for the page.
    pub(crate) fn from_mqtt((name, value): &(MqttString, MqttString)) -> Self {
        Self { name: name.to_text().into_owned(), value: value.to_text().into_owned() }
    }

    /// As MQTT carries it.
    pub(crate) fn to_mqtt(&self) -> (MqttString, MqttString) {
        (self.name.as_str().into(), self.value.as_str().into())
    }

    /// Two texts.
    pub(crate) fn from_texts((name, value): &(String, String)) -> Self {
        Self { name: name.clone(), value: value.clone() }
    }

    /// Two texts.
    pub(crate) fn to_texts(&self) -> (String, String) {
        (self.name.clone(), self.value.clone())
    }
}

/// Two digits a byte, with something between the bytes.
pub(crate) fn hex(bytes: &[u8], between: &str) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_gives_back_the_bytes_it_was_filled_with() {
        for bytes in [b"".as_slice(), "grüß\n".as_bytes(), b"a\r\n", b"\0\xff", b"\x7f", b"\t"] {
            let typed = TypedPayload::from_bytes(bytes);
            assert_eq!(typed.bytes().unwrap(), bytes, "{typed:?}");
        }
        assert_eq!(TypedPayload::from_bytes("grüß\n".as_bytes()).encoding, Encoding::Text);
        assert_eq!(TypedPayload::from_bytes(b"a\r\n").value, "61 0D 0A");
    }

    #[test]
    fn what_was_typed_is_not_in_debug_text() {
        let value = "hunter2".to_owned();
        let shown = format!("{:?}", TypedPayload { encoding: Encoding::Text, value });
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_flaw_has_its_field_and_the_rest_is_read_on() {
        let mut flaws = Flaws::default();
        let bytes = flaws.take("will.payload", Encoding::Hex.bytes("0g"));
        assert!(bytes.is_empty());
        assert_eq!(flaws.take("other", Encoding::Base64.bytes("AP8")), [0, 255]);
        assert_eq!(flaws.0.len(), 1);
        assert_eq!(flaws.0[0].field, "will.payload");
    }
}
