//! User properties as other programs write them: an object whose values are texts or lists of texts.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use wiretree_model::MqttString;

use super::scalar::Scalars;
use crate::few::{self, Few};

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
            let Scalars(values) = map.next_value()?;
            few::check(pairs.len() + values.len())?;
            let name = MqttString::from(name);
            let texts = values.into_iter().map(|value| value.text().unwrap_or_default());
            pairs.extend(texts.map(|text| (name.clone(), text.into())));
        }
        Ok(Pairs(pairs))
    }

    /// `[["name", "value"]]` or `[{"key": …, "value": …}]`.
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Pairs, A::Error> {
        let Few(pairs) = Few::<Pair>::deserialize(SeqAccessDeserializer::new(list))?;
        Ok(Pairs(pairs.into_iter().map(|Pair(name, value)| (name.into(), value.into())).collect()))
    }
}

struct Pair(String, String);

impl<'de> Deserialize<'de> for Pair {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NamedOrListed)
    }
}

/// By hand: what serde derives for it takes in whatever stands there before it looks at it.
struct NamedOrListed;

impl<'de> Visitor<'de> for NamedOrListed {
    type Value = Pair;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name and a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Pair, A::Error> {
        #[derive(Deserialize)]
        struct Named {
            key: String,
            value: String,
        }
        let Named { key, value } = Named::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Pair(key, value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Pair, A::Error> {
        let (name, value) = Deserialize::deserialize(SeqAccessDeserializer::new(list))?;
        Ok(Pair(name, value))
    }
}
