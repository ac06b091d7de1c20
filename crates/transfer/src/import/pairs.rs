//! User properties as other programs write them: an object whose values are texts or lists of texts.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use wiretree_model::MqttString;

use super::scalar::Scalar;

/// Pairs in their order, duplicates included.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pairs(pub(super) Vec<(MqttString, MqttString)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Object)
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Pairs;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of user properties")
    }

    fn visit_unit<E>(self) -> Result<Pairs, E> {
        Ok(Pairs::default())
    }

    /// Where a database has it: the object as text.
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Pairs, E> {
        if text.trim().is_empty() {
            return Ok(Pairs::default());
        }
        serde_json::from_str(text).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            for value in map.next_value::<Values>()?.0 {
                pairs.push((name.as_str().into(), value.into()));
            }
        }
        Ok(Pairs(pairs))
    }

    /// `[["name", "value"]]` or `[{"key": …, "value": …}]`.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = list.next_element::<Pair>()? {
            let (name, value) = match pair {
                Pair::Named { key, value } | Pair::Listed(key, value) => (key, value),
            };
            pairs.push((name.as_str().into(), value.as_str().into()));
        }
        Ok(Pairs(pairs))
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Pair {
    Named { key: String, value: String },
    Listed(String, String),
}

/// One text, or several.
struct Values(Vec<String>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            One(Scalar),
            Several(Vec<Scalar>),
        }
        let list = match Either::deserialize(deserializer)? {
            Either::One(one) => vec![one],
            Either::Several(several) => several,
        };
        Ok(Self(list.into_iter().map(|value| value.text().unwrap_or_default()).collect()))
    }
}
