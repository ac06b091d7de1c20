//! Fields of an object from elsewhere: each may be missing, or of another type than documented.

use serde_json::{Map, Value};
use wiretree_model::{MqttString, QoS};

/// The fields of an object.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a Map<String, Value>);

/// An object with nothing in it.
static NOTHING: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

impl<'a> Fields<'a> {
    /// The object that a value is; an empty one if it is none.
    pub(super) fn of(value: Option<&'a Value>) -> Self {
        Self(value.and_then(Value::as_object).unwrap_or(&NOTHING))
    }

    pub(super) fn has(self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// An object within.
    pub(super) fn inner(self, name: &str) -> Self {
        Self::of(self.0.get(name))
    }

    /// A text that is not empty; a number is taken for its digits.
    pub(super) fn text(self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A whole number, be it in digits.
    pub(super) fn number(self, name: &str) -> Option<u64> {
        match self.0.get(name)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.trim().parse().ok(),
            Value::Bool(flag) => Some(u64::from(*flag)),
            _ => None,
        }
    }

    /// A number that fits.
    pub(super) fn small<T: TryFrom<u64>>(self, name: &str) -> Option<T> {
        self.number(name).and_then(|number| T::try_from(number).ok())
    }

    /// Yes or no, if it says so: `true`, `"true"`, 1.
    pub(super) fn flag(self, name: &str) -> Option<bool> {
        match self.0.get(name)? {
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => self.number(name).map(|number| number != 0),
        }
    }

    pub(super) fn is(self, name: &str) -> bool {
        self.flag(name).unwrap_or(false)
    }

    /// A QoS; 0 where it is none.
    pub(super) fn qos(self, name: &str) -> QoS {
        self.small(name).and_then(QoS::from_bits).unwrap_or_default()
    }

    pub(super) fn list(self, name: &str) -> impl Iterator<Item = &'a Value> {
        self.0.get(name).and_then(Value::as_array).into_iter().flatten()
    }

    /// User properties: an object with texts or lists of texts, a list of pairs, or one of them as
    /// text.
    pub(super) fn pairs(self, name: &str) -> Vec<(MqttString, MqttString)> {
        let Some(value) = self.0.get(name) else { return Vec::new() };
        let pairs: Result<crate::import::pairs::Pairs, _> = serde_json::from_value(value.clone());
        pairs.map(|pairs| pairs.0).unwrap_or_default()
    }
}
