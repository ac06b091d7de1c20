//! MQTT 5 properties as a JSON object that a person can read and `jq` can ask.
//!
//! Names are those of MQTT 5 §2.2.2.2 in snake case. What may stand more than once is an array:
//! `subscription_identifiers`, and `user_properties` as ordered pairs. Binary values are base64,
//! and say so in their name. The fields stand in the order in which their kinds first came. An
//! order that mixes kinds, a kind that came twice, or text that is not UTF-8, an object cannot
//! say; `object.rs` notices by reading it back, and adds the bytes.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::{self, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use wiretree_model::{MqttString, Properties, Property};

use crate::few::{self, Few};

/// The object, field by field.
#[derive(Debug)]
pub(crate) struct Readable(Vec<Field>);

#[derive(Debug)]
enum Field {
    Users(Vec<(MqttString, MqttString)>),
    Subscriptions(Vec<u32>),
    Single(Property),
}

const USERS: &str = "user_properties";
const SUBSCRIPTIONS: &str = "subscription_identifiers";

impl Readable {
    pub(crate) fn from_properties(properties: &Properties) -> Self {
        let mut fields: Vec<Field> = Vec::new();
        for property in properties.iter() {
            match property {
                Property::UserProperty(name, value) => {
                    let pair = (name.clone(), value.clone());
                    let known = fields.iter_mut().find_map(|field| match field {
                        Field::Users(pairs) => Some(pairs),
                        _ => None,
                    });
                    match known {
                        Some(pairs) => pairs.push(pair),
                        None => fields.push(Field::Users(vec![pair])),
                    }
                }
                Property::SubscriptionIdentifier(value) => {
                    let known = fields.iter_mut().find_map(|field| match field {
                        Field::Subscriptions(values) => Some(values),
                        _ => None,
                    });
                    match known {
                        Some(values) => values.push(*value),
                        None => fields.push(Field::Subscriptions(vec![*value])),
                    }
                }
                // A kind that came twice appears once: a JSON object has each name once.
                single if fields.iter().any(|field| field.has_kind_of(single)) => {}
                single if name_of(single).is_some() => fields.push(Field::Single(single.clone())),
                _ => {}
            }
        }
        Self(fields)
    }

    /// The properties as the object tells them; text as it is shown.
    pub(crate) fn to_properties(&self) -> Properties {
        let shown = |text: &MqttString| MqttString::from(text.to_text().into_owned());
        let mut list = Vec::new();
        for field in &self.0 {
            match field {
                Field::Users(pairs) => list.extend(
                    pairs
                        .iter()
                        .map(|(name, value)| Property::UserProperty(shown(name), shown(value))),
                ),
                Field::Subscriptions(values) => {
                    list.extend(values.iter().copied().map(Property::SubscriptionIdentifier));
                }
                Field::Single(property) => list.push(with_text(property, shown)),
            }
        }
        Properties(list)
    }
}

/// The properties of their bytes on the wire; the error is the reason in words.
pub(crate) fn from_wire(mut bytes: Bytes) -> Result<Properties, String> {
    let mut list = Vec::new();
    while !bytes.is_empty() {
        if list.len() == few::MOST {
            return Err(few::too_many());
        }
        list.push(Property::take_from(&mut bytes).map_err(|error| error.to_string())?);
    }
    Ok(Properties(list))
}

impl Field {
    fn has_kind_of(&self, property: &Property) -> bool {
        matches!(self, Self::Single(own)
            if std::mem::discriminant(own) == std::mem::discriminant(property))
    }
}

/// The property with its text changed, if it is one of those with text.
fn with_text(property: &Property, change: impl Fn(&MqttString) -> MqttString) -> Property {
    match property {
        Property::ContentType(text) => Property::ContentType(change(text)),
        Property::ResponseTopic(text) => Property::ResponseTopic(change(text)),
        other => other.clone(),
    }
}

impl Serialize for Readable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for field in &self.0 {
            match field {
                Field::Users(pairs) => {
                    let pairs: Vec<_> = pairs
                        .iter()
                        .map(|(name, value)| [name.to_text(), value.to_text()])
                        .collect();
                    map.serialize_entry(USERS, &pairs)?;
                }
                Field::Subscriptions(values) => map.serialize_entry(SUBSCRIPTIONS, values)?,
                Field::Single(property) => single(property, &mut map)?,
            }
        }
        map.end()
    }
}

/// The field of a property that stands once. The others do not belong into a PUBLISH (§3.3.2.3);
/// where a broker sends one nevertheless, the bytes that `object.rs` adds have it.
fn name_of(property: &Property) -> Option<&'static str> {
    use Property as P;
    Some(match property {
        P::PayloadFormatIndicator(_) => "payload_format_indicator",
        P::MessageExpiryInterval(_) => "message_expiry_interval",
        P::ContentType(_) => "content_type",
        P::ResponseTopic(_) => "response_topic",
        P::CorrelationData(_) => "correlation_data_base64",
        P::TopicAlias(_) => "topic_alias",
        _ => return None,
    })
}

fn single<M: SerializeMap>(property: &Property, map: &mut M) -> Result<(), M::Error> {
    use Property as P;
    let Some(name) = name_of(property) else { return Ok(()) };
    match property {
        P::PayloadFormatIndicator(value) => map.serialize_entry(name, value),
        P::MessageExpiryInterval(value) => map.serialize_entry(name, value),
        P::ContentType(text) | P::ResponseTopic(text) => map.serialize_entry(name, &text.to_text()),
        P::CorrelationData(bytes) => map.serialize_entry(name, &STANDARD.encode(bytes)),
        P::TopicAlias(value) => map.serialize_entry(name, value),
        _ => Ok(()),
    }
}

impl<'de> Deserialize<'de> for Readable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

/// Reads the fields in their order, which is that of the properties.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Readable;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of MQTT 5 properties")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Readable, A::Error> {
        use Property as P;
        let (mut fields, mut count) = (Vec::new(), 0);
        while let Some(name) = map.next_key::<String>()? {
            few::check(count)?;
            let property = match name.as_str() {
                USERS => {
                    let Few(pairs) = map.next_value::<Few<(String, String)>>()?;
                    // One that has none counts too.
                    count += pairs.len().max(1);
                    let pairs = pairs.into_iter().map(|(name, value)| (name.into(), value.into()));
                    fields.push(Field::Users(pairs.collect()));
                    continue;
                }
                SUBSCRIPTIONS => {
                    let Few(values) = map.next_value()?;
                    count += values.len().max(1);
                    fields.push(Field::Subscriptions(values));
                    continue;
                }
                "payload_format_indicator" => P::PayloadFormatIndicator(map.next_value()?),
                "message_expiry_interval" => P::MessageExpiryInterval(map.next_value()?),
                "content_type" => P::ContentType(map.next_value::<String>()?.into()),
                "response_topic" => P::ResponseTopic(map.next_value::<String>()?.into()),
                "correlation_data_base64" => {
                    let bytes = STANDARD.decode(map.next_value::<String>()?);
                    P::CorrelationData(bytes.map_err(de::Error::custom)?.into())
                }
                "topic_alias" => P::TopicAlias(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            count += 1;
            fields.push(Field::Single(property));
        }
        few::check(count)?;
        Ok(Readable(fields))
    }
}
