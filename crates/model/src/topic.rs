//! Topic names (MQTT 5 §4.7): what a message is published to, split into levels at `/`.

use std::borrow::Cow;

use bytes::Bytes;

use crate::MqttString;

/// The longest topic name or filter the length prefix can express, in bytes (MQTT 5 §4.7.3).
pub(crate) const LONGEST: usize = 65_535;

/// A topic name as received or as checked for publishing. Cloning shares the bytes.
///
/// Levels are what stands between the slashes, so an empty level is a level: `/a` has two,
/// the first of them empty (MQTT 5 §4.7.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Topic(MqttString);

/// Why a text cannot be published to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// MQTT 5 §4.7.3: at least one character.
    #[error("a topic needs at least one character")]
    Empty,
    /// MQTT 5 §4.7.1: wildcards belong to filters.
    #[error("a topic to publish to cannot contain the wildcard {0:?}; wildcards belong to filters")]
    Wildcard(char),
    /// MQTT 5 §1.5.4: U+0000 is not allowed.
    #[error("a topic cannot contain the character U+0000")]
    Null,
    /// MQTT 5 §4.7.3: at most 65,535 bytes.
    #[error("a topic has at most 65,535 bytes, this one has {0}")]
    TooLong(usize),
    /// MQTT 5 §1.5.4: strings are UTF-8.
    #[error("a topic is UTF-8 text, and this one is not")]
    Utf8,
}

impl Topic {
    /// The topic as received, unchecked: the record keeps what a broker sends.
    pub fn received(name: impl Into<MqttString>) -> Self {
        Self(name.into())
    }

    /// A topic to publish to, checked against MQTT 5 §4.7.
    ///
    /// # Errors
    /// Names the rule that the text breaks.
    pub fn to_publish(text: &str) -> Result<Self, TopicError> {
        if text.is_empty() {
            return Err(TopicError::Empty);
        }
        if let Some(wildcard) = text.chars().find(|character| matches!(character, '+' | '#')) {
            return Err(TopicError::Wildcard(wildcard));
        }
        if text.contains('\0') {
            return Err(TopicError::Null);
        }
        if text.len() > LONGEST {
            return Err(TopicError::TooLong(text.len()));
        }
        Ok(Self(text.into()))
    }

    /// Whether this topic can be published to.
    ///
    /// # Errors
    /// Names the rule that it breaks.
    pub fn check_to_publish(&self) -> Result<(), TopicError> {
        let text = std::str::from_utf8(self.as_bytes()).map_err(|_| TopicError::Utf8)?;
        Self::to_publish(text).map(|_| ())
    }

    /// The bytes as received.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The text for showing; see [`MqttString::to_text`].
    pub fn to_text(&self) -> Cow<'_, str> {
        self.0.to_text()
    }

    /// The levels from first to last; never none.
    pub fn levels(&self) -> impl Iterator<Item = &[u8]> {
        levels(self.as_bytes())
    }

    /// Whether it begins with `$`, and so is the broker's own (MQTT 5 §4.7.2).
    pub fn is_system(&self) -> bool {
        self.as_bytes().first() == Some(&b'$')
    }
}

impl From<Bytes> for Topic {
    fn from(bytes: Bytes) -> Self {
        Self(bytes.into())
    }
}

/// Splits a topic name or filter into its levels (MQTT 5 §4.7.1.1).
pub(crate) fn levels(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    name.split(|byte| *byte == b'/')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn empty_levels_are_levels() {
        let levels = |text: &str| {
            Topic::received(text)
                .levels()
                .map(|level| String::from_utf8_lossy(level).into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(levels("/a//b/"), ["", "a", "", "b", ""]);
        assert_eq!(levels(""), [""], "even an empty name has one level");
    }

    #[test]
    fn what_cannot_be_published_to_is_refused_by_name() {
        assert_eq!(Topic::to_publish(""), Err(TopicError::Empty));
        assert_eq!(Topic::to_publish("a/+/b"), Err(TopicError::Wildcard('+')));
        assert_eq!(Topic::to_publish("a/#"), Err(TopicError::Wildcard('#')));
        assert_eq!(Topic::to_publish("a\0b"), Err(TopicError::Null));
        assert_eq!(Topic::to_publish(&"a".repeat(65_536)), Err(TopicError::TooLong(65_536)));
        assert!(Topic::to_publish(&"a".repeat(65_535)).is_ok());
    }

    proptest! {
        #[test]
        fn joining_the_levels_gives_the_name(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let topic = Topic::received(Bytes::from(bytes.clone()));
            let joined = topic.levels().collect::<Vec<_>>().join(&b'/');
            prop_assert_eq!(joined, bytes);
        }
    }
}
