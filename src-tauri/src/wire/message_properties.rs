//! The MQTT 5 properties that a client may give a message (§3.3.2.3), as a form shows them.
//!
//! Deliberately absent: the topic alias, which belongs to the connection, and the subscription
//! identifier, which only a broker may say.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_model::{self as model, MqttString, Property, Topic};

use super::{AppError, Pair, TypedPayload};

/// The most that the length prefix of a string or of binary data can say (MQTT 5 §1.5.4, §1.5.6).
const LONGEST: usize = 65_535;

/// The properties of a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageProperties {
    /// Message Expiry Interval in seconds.
    pub expiry: Option<u32>,
    /// Content Type.
    pub content_type: Option<String>,
    /// Payload Format Indicator 1: the payload is UTF-8.
    pub payload_is_text: bool,
    /// Response Topic.
    pub response_topic: Option<String>,
    /// Correlation Data as typed.
    pub correlation_data: Option<TypedPayload>,
    /// User properties in their order, duplicates included.
    pub user_properties: Vec<Pair>,
}

impl MessageProperties {
    /// As the domain knows them.
    ///
    /// # Errors
    /// `invalid-property`: the sentence names the field and what is wrong with it.
    pub(crate) fn to_model(&self) -> Result<model::Properties, AppError> {
        let mut list = Vec::new();
        list.extend(self.payload_is_text.then_some(Property::PayloadFormatIndicator(1)));
        list.extend(self.expiry.map(Property::MessageExpiryInterval));
        if let Some(kind) = &self.content_type {
            list.push(Property::ContentType(text("content type", kind)?));
        }
        if let Some(topic) = &self.response_topic {
            list.push(Property::ResponseTopic(response_topic(topic)?));
        }
        if let Some(typed) = &self.correlation_data {
            list.push(Property::CorrelationData(correlation_data(typed)?));
        }
        for (index, pair) in self.user_properties.iter().enumerate() {
            let place = index + 1;
            let name = text(&format!("name of user property {place}"), &pair.name)?;
            let value = text(&format!("value of user property {place}"), &pair.value)?;
            list.push(Property::UserProperty(name, value));
        }
        Ok(model::Properties(list))
    }

    /// As the page knows them, and how many cannot be published again: what a broker says about the
    /// delivery, and text that is not UTF-8.
    pub(crate) fn from_model(properties: &model::Properties) -> (Self, u32) {
        let mut form = Self::default();
        let taken = properties.iter().filter(|property| form.take(property).is_some()).count();
        (form, super::to_u32(properties.0.len() - taken))
    }

    fn take(&mut self, property: &Property) -> Option<()> {
        let owned = |text: &MqttString| text.as_str().map(str::to_owned);
        match property {
            Property::PayloadFormatIndicator(kind) => self.payload_is_text = *kind == 1,
            Property::MessageExpiryInterval(seconds) => self.expiry = Some(*seconds),
            Property::ContentType(text) => self.content_type = Some(owned(text)?),
            Property::ResponseTopic(text) => self.response_topic = Some(owned(text)?),
            Property::CorrelationData(data) => {
                self.correlation_data = Some(TypedPayload::from_bytes(data));
            }
            Property::UserProperty(name, value) => {
                let (name, value) = (owned(name)?, owned(value)?);
                self.user_properties.push(Pair { name, value });
            }
            _ => return None,
        }
        Some(())
    }
}

fn text(field: &str, value: &str) -> Result<MqttString, AppError> {
    if value.contains('\0') {
        return Err(invalid(field, "it contains the character U+0000"));
    }
    fits(field, value.len())?;
    Ok(value.into())
}

fn response_topic(value: &str) -> Result<MqttString, AppError> {
    // MQTT 5 §3.3.2.3.5: no wildcards.
    Topic::to_publish(value).map_err(|error| invalid("response topic", &error.to_string()))?;
    Ok(value.into())
}

fn correlation_data(typed: &TypedPayload) -> Result<Bytes, AppError> {
    let field = "correlation data";
    let bytes = typed.bytes().map_err(|problem| invalid(field, &problem))?;
    fits(field, bytes.len())?;
    Ok(bytes.into())
}

fn fits(field: &str, length: usize) -> Result<(), AppError> {
    let problem = || format!("it has {length} bytes, and MQTT takes at most {LONGEST}");
    if length <= LONGEST { Ok(()) } else { Err(invalid(field, &problem())) }
}

fn invalid(field: &str, problem: &str) -> AppError {
    AppError::new("invalid-property", format!("the {field} cannot be sent: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Encoding;

    fn pair(name: &str, value: &str) -> Pair {
        Pair { name: name.to_owned(), value: value.to_owned() }
    }

    fn typed(encoding: Encoding, value: &str) -> Option<TypedPayload> {
        Some(TypedPayload { encoding, value: value.to_owned() })
    }

    fn full() -> MessageProperties {
        MessageProperties {
            expiry: Some(0),
            content_type: Some("application/json".to_owned()),
            payload_is_text: true,
            response_topic: Some("answers/ü".to_owned()),
            correlation_data: typed(Encoding::Hex, "00 FF"),
            user_properties: vec![pair("k", "2"), pair("a", ""), pair("k", "1"), pair("k", "1")],
        }
    }

    #[test]
    fn what_stands_in_the_form_is_what_is_sent_and_comes_back() {
        let user = |name: &str, value: &str| Property::UserProperty(name.into(), value.into());
        let model = full().to_model().unwrap();
        let expected = [
            Property::PayloadFormatIndicator(1),
            Property::MessageExpiryInterval(0),
            Property::ContentType("application/json".into()),
            Property::ResponseTopic("answers/ü".into()),
            Property::CorrelationData(Bytes::from_static(&[0, 255])),
            user("k", "2"),
            user("a", ""),
            user("k", "1"),
            user("k", "1"),
        ];
        assert_eq!(model.0, expected);
        assert_eq!(MessageProperties::from_model(&model), (full(), 0));
        assert!(MessageProperties::default().to_model().unwrap().is_empty());
    }

    #[test]
    fn correlation_data_is_typed_in_three_ways() {
        for (encoding, value) in
            [(Encoding::Text, "Az"), (Encoding::Hex, "417a"), (Encoding::Base64, "QXo=")]
        {
            let form = MessageProperties {
                correlation_data: typed(encoding, value),
                ..MessageProperties::default()
            };
            let sent = form.to_model().unwrap();
            assert_eq!(sent.0, [Property::CorrelationData(Bytes::from_static(b"Az"))]);
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused_with_its_field() {
        type Change = fn(&mut MessageProperties);
        let cases: [(&str, Change); 8] = [
            ("The content type", |form| form.content_type = Some("a\0".to_owned())),
            ("The content type", |form| form.content_type = Some("a".repeat(65_536))),
            ("The response topic", |form| form.response_topic = Some("a/+".to_owned())),
            ("The response topic", |form| form.response_topic = Some(String::new())),
            ("The correlation data", |form| form.correlation_data = typed(Encoding::Hex, "0g")),
            ("The correlation data", |form| {
                form.correlation_data = typed(Encoding::Text, &"a".repeat(65_536));
            }),
            ("The name of user property 5", |form| form.user_properties.push(pair("\0", ""))),
            ("The value of user property 1", |form| form.user_properties[0] = pair("a", "\0")),
        ];
        for (field, change) in cases {
            let mut form = full();
            change(&mut form);
            let error = form.to_model().unwrap_err();
            assert_eq!(error.code, "invalid-property");
            assert!(error.message.starts_with(field), "{}", error.message);
        }
    }

    #[test]
    fn what_belongs_to_a_delivery_or_is_no_text_is_left_out_and_counted() {
        let odd = || MqttString::from(Bytes::from_static(&[0xff]));
        let received = model::Properties(vec![
            Property::SubscriptionIdentifier(7),
            Property::TopicAlias(3),
            Property::ContentType(odd()),
            Property::UserProperty("a".into(), odd()),
            Property::UserProperty("a".into(), "b".into()),
        ]);
        let (form, left_out) = MessageProperties::from_model(&received);
        assert_eq!((form.user_properties, left_out), (vec![pair("a", "b")], 4));
        assert_eq!(form.content_type, None);
    }
}
