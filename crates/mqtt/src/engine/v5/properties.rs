//! PUBLISH properties between the model and the engine.
//!
//! The engine sorts them by kind, so the order among kinds is lost on the way in; user properties
//! keep theirs, duplicates included. The tap will give the order as it was on the wire.

use rumqttc_v5::PublishProperties;
use wiretree_model::{MqttString, Properties, Property};

use crate::MqttError;

/// Properties as received, in the order of their identifiers.
pub(super) fn from_engine(all: PublishProperties) -> Properties {
    let text = |value: String| MqttString::from(value);
    let mut list = Vec::new();
    list.extend(all.payload_format_indicator.map(Property::PayloadFormatIndicator));
    list.extend(all.message_expiry_interval.map(Property::MessageExpiryInterval));
    list.extend(all.content_type.map(text).map(Property::ContentType));
    list.extend(all.response_topic.map(text).map(Property::ResponseTopic));
    list.extend(all.correlation_data.map(Property::CorrelationData));
    let identifiers = all.subscription_identifiers.into_iter();
    list.extend(
        identifiers
            .filter_map(|identifier| u32::try_from(identifier).ok())
            .map(Property::SubscriptionIdentifier),
    );
    list.extend(all.topic_alias.map(Property::TopicAlias));
    let pairs = all.user_properties.into_iter();
    list.extend(pairs.map(|(name, value)| Property::UserProperty(text(name), text(value))));
    Properties(list)
}

/// Properties to send; `None`: there are none. Kinds that a client may not send with PUBLISH are
/// left out, and so is a topic alias: it belongs to one connection, and a message may see several.
///
/// # Errors
/// [`MqttError::InvalidProperty`] for text that is not UTF-8.
pub(super) fn to_engine(properties: &Properties) -> Result<Option<PublishProperties>, MqttError> {
    if properties.0.is_empty() {
        return Ok(None);
    }
    let mut all = PublishProperties::default();
    for property in &properties.0 {
        match property {
            Property::PayloadFormatIndicator(value) => all.payload_format_indicator = Some(*value),
            Property::MessageExpiryInterval(value) => all.message_expiry_interval = Some(*value),
            Property::ContentType(value) => {
                all.content_type = Some(to_text("content type", value)?);
            }
            Property::ResponseTopic(value) => {
                all.response_topic = Some(to_text("response topic", value)?);
            }
            Property::CorrelationData(value) => all.correlation_data = Some(value.clone()),
            Property::UserProperty(name, value) => {
                let name = to_text("name of a user property", name)?;
                let value = to_text("value of a user property", value)?;
                all.user_properties.push((name, value));
            }
            _ => {}
        }
    }
    Ok(Some(all))
}

fn to_text(what: &'static str, value: &MqttString) -> Result<String, MqttError> {
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(MqttError::InvalidProperty(what)),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn what_is_sent_comes_back_with_user_properties_in_order() {
        let pair = |name: &str, value: &str| Property::UserProperty(name.into(), value.into());
        let sent = Properties(vec![
            Property::PayloadFormatIndicator(1),
            Property::MessageExpiryInterval(60),
            Property::ContentType("text/plain".into()),
            Property::ResponseTopic("answers/here".into()),
            Property::CorrelationData(Bytes::from_static(&[0, 255])),
            pair("k", "2"),
            pair("a", ""),
            pair("k", "1"),
        ]);
        let there = to_engine(&sent).ok().flatten();
        assert_eq!(there.map(from_engine), Some(sent));
    }

    #[test]
    fn what_a_client_may_not_send_is_left_out() {
        let sent = Properties(vec![Property::SubscriptionIdentifier(7), Property::TopicAlias(3)]);
        let there = to_engine(&sent).ok().flatten();
        assert_eq!(there.map(from_engine), Some(Properties::default()));
    }

    #[test]
    fn text_that_is_not_utf_8_is_refused_by_name() {
        let bad = MqttString::from(Bytes::from_static(&[0xff]));
        let sent = Properties(vec![Property::ContentType(bad)]);
        let code = to_engine(&sent).map_err(|error| error.code());
        assert_eq!(code.err(), Some("invalid-property"));
    }
}
