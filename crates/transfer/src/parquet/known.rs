//! The properties of a message as columns: what each of them shows, and whether that is all.

use bytes::Bytes;
use wiretree_model::{MqttString, Properties, Property};

/// Each kind of property that belongs to a PUBLISH (MQTT 5 §3.3.2.3).
#[derive(Default)]
pub(super) struct Known<'a> {
    pub(super) indicator: Option<u8>,
    pub(super) expiry: Option<u32>,
    pub(super) content_type: Option<&'a MqttString>,
    pub(super) response_topic: Option<&'a MqttString>,
    pub(super) correlation: Option<&'a Bytes>,
    pub(super) subscriptions: Vec<u32>,
    pub(super) alias: Option<u16>,
    pub(super) users: Vec<(&'a MqttString, &'a MqttString)>,
    /// Whether the columns, read from left to right, are these properties: in this order, no kind
    /// twice that stands once, no others, and all text UTF-8.
    pub(super) is_all: bool,
}

impl<'a> Known<'a> {
    pub(super) fn of(properties: &'a Properties) -> Self {
        let mut known = Self { is_all: true, ..Self::default() };
        let mut last = 0;
        for property in properties.iter() {
            let place = known.take(property);
            known.is_all &= place.is_some_and(|place| {
                last < place || (last == place && matches!(place, SUBSCRIPTIONS | USERS))
            });
            last = place.unwrap_or(last);
        }
        known
    }

    /// Takes it, and gives its column's place; none where the columns cannot say it exactly.
    fn take(&mut self, property: &'a Property) -> Option<u8> {
        use Property as P;
        match property {
            P::PayloadFormatIndicator(value) => {
                self.indicator.get_or_insert(*value);
                Some(1)
            }
            P::MessageExpiryInterval(value) => {
                self.expiry.get_or_insert(*value);
                Some(2)
            }
            P::ContentType(text) => {
                self.content_type.get_or_insert(text);
                text.as_str().map(|_| 3)
            }
            P::ResponseTopic(text) => {
                self.response_topic.get_or_insert(text);
                text.as_str().map(|_| 4)
            }
            P::CorrelationData(data) => {
                self.correlation.get_or_insert(data);
                Some(5)
            }
            P::SubscriptionIdentifier(value) => {
                self.subscriptions.push(*value);
                Some(SUBSCRIPTIONS)
            }
            P::TopicAlias(value) => {
                self.alias.get_or_insert(*value);
                Some(7)
            }
            P::UserProperty(key, value) => {
                self.users.push((key, value));
                key.as_str().and(value.as_str()).map(|_| USERS)
            }
            _ => None,
        }
    }
}

const SUBSCRIPTIONS: u8 = 6;
const USERS: u8 = 8;
