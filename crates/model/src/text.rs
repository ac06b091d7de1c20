//! A string as MQTT carries it: two length bytes and then what should be UTF-8 (MQTT 5 §1.5.4).
//!
//! A broker may send anything, and the record keeps it: the bytes stay as received, and text is a
//! view of them.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

/// The bytes of an MQTT UTF-8 string, unchanged, whether or not they are UTF-8.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MqttString(Bytes);

impl MqttString {
    /// The bytes as they were on the wire, without the length prefix.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text for showing: bytes that are not UTF-8 become U+FFFD. Never use it as a key.
    pub fn to_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// The text, if the bytes are UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Bytes> for MqttString {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<String> for MqttString {
    fn from(text: String) -> Self {
        Self(Bytes::from(text))
    }
}

impl From<&str> for MqttString {
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl fmt::Debug for MqttString {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_text(), formatter)
    }
}
