//! A field that other programs write now as a number, now as text: whatever it is, as long as it is
//! one value.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::few::Few;

/// One value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Scalar {
    /// `null`, or not there.
    #[default]
    Nothing,
    /// `true` or `false`.
    Flag(bool),
    /// A whole number that is not negative.
    Number(u64),
    /// Any other number.
    Other(f64),
    /// Text.
    Text(String),
}

impl Scalar {
    /// The number it is, or that its text is.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Flag(flag) => Some(u64::from(*flag)),
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Nothing | Self::Other(_) => None,
        }
    }

    /// Whether it stands for yes.
    pub(super) fn flag(&self) -> bool {
        match self {
            Self::Text(text) => text.eq_ignore_ascii_case("true") || text == "1",
            other => other.number().is_some_and(|number| number != 0),
        }
    }

    /// Its text, unless that is empty.
    pub(super) fn text(self) -> Option<String> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            Self::Number(number) => Some(number.to_string()),
            Self::Other(number) => Some(number.to_string()),
            Self::Text(_) | Self::Nothing | Self::Flag(_) => None,
        }
    }

    /// A cell of a table.
    pub(super) fn cell(text: &str) -> Self {
        if text.is_empty() { Self::Nothing } else { Self::Text(text.to_owned()) }
    }
}

/// One value, or a list of them.
#[derive(Debug)]
pub(super) struct Scalars(pub(super) Vec<Scalar>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(One)
    }
}

impl<'de> Deserialize<'de> for Scalars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrSeveral)
    }
}

/// By hand: what serde derives for it takes in whatever stands there before it looks at it.
struct OneOrSeveral;

impl<'de> Visitor<'de> for OneOrSeveral {
    type Value = Scalars;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a single value or a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Scalars, A::Error> {
        Few::deserialize(SeqAccessDeserializer::new(list)).map(|few| Scalars(few.0))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Scalars, E> {
        One.visit_unit().map(Scalars::one)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Scalars, E> {
        One.visit_bool(value).map(Scalars::one)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Scalars, E> {
        One.visit_u64(value).map(Scalars::one)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Scalars, E> {
        One.visit_i64(value).map(Scalars::one)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Scalars, E> {
        One.visit_f64(value).map(Scalars::one)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Scalars, E> {
        One.visit_str(value).map(Scalars::one)
    }
}

impl Scalars {
    pub(super) fn one(scalar: Scalar) -> Self {
        Self(vec![scalar])
    }
}

struct One;

impl Visitor<'_> for One {
    type Value = Scalar;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a single value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Nothing)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Flag(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(u64::try_from(value).map_or(Scalar::Other(value as f64), Scalar::Number))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Other(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Scalar, E> {
        Ok(Scalar::Text(value))
    }
}
