//! What a CONNECT says beside address and identity, as the form shows it: will, birth, properties.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_model::{self as model, Property};

use super::{Encoding, Flaws, Pair, TypedPayload, hex};

/// The will message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WillInput {
    /// Where it is published.
    pub topic: String,
    /// What is published.
    pub payload: TypedPayload,
    /// 0, 1 or 2.
    pub qos: u8,
    /// RETAIN.
    pub retain: bool,
    /// Will Delay Interval in seconds.
    pub delay: Option<u32>,
    /// Message Expiry Interval in seconds.
    pub expiry: Option<u32>,
    /// Content Type.
    pub content_type: Option<String>,
    /// Payload Format Indicator 1: the payload is UTF-8.
    pub payload_is_text: bool,
    /// Response Topic.
    pub response_topic: Option<String>,
    /// Correlation Data as hex digits.
    pub correlation_data: Option<String>,
    /// User properties in their order.
    pub user_properties: Vec<Pair>,
}

/// What is published after each connect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BirthInput {
    /// Where it is published.
    pub topic: String,
    /// What is published.
    pub payload: TypedPayload,
    /// 0, 1 or 2.
    pub qos: u8,
    /// RETAIN.
    pub retain: bool,
}

/// The properties of CONNECT that have no place of their own in the form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectPropertiesInput {
    /// How many unacknowledged messages the broker may send at a time.
    pub receive_maximum: Option<u16>,
    /// How many topic aliases the broker may use.
    pub topic_alias_maximum: Option<u16>,
    /// Ask for response information.
    pub request_response_information: bool,
    /// False: ask not to be sent reason strings and user properties.
    pub request_problem_information: Option<bool>,
    /// User properties in their order.
    pub user_properties: Vec<Pair>,
}

impl WillInput {
    /// As the domain knows it; what is wrong goes into `flaws`.
    pub(crate) fn to_model(&self, flaws: &mut Flaws) -> model::Will {
        model::Will {
            topic: model::Topic::received(self.topic.as_str()),
            payload: flaws.take("will.payload", self.payload.bytes()).into(),
            qos: qos(self.qos, "will.qos", flaws),
            retain: self.retain,
            properties: self.properties(flaws),
        }
    }

    fn properties(&self, flaws: &mut Flaws) -> model::Properties {
        let mut list = Vec::new();
        list.extend(self.delay.map(Property::WillDelayInterval));
        list.extend(self.payload_is_text.then_some(Property::PayloadFormatIndicator(1)));
        list.extend(self.expiry.map(Property::MessageExpiryInterval));
        let text = |text: &String| model::MqttString::from(text.as_str());
        list.extend(self.content_type.as_ref().map(|it| Property::ContentType(text(it))));
        list.extend(self.response_topic.as_ref().map(|it| Property::ResponseTopic(text(it))));
        if let Some(digits) = &self.correlation_data {
            let data = flaws.take("will.correlationData", Encoding::Hex.bytes(digits));
            list.push(Property::CorrelationData(data.into()));
        }
        let pairs = self.user_properties.iter().map(Pair::to_mqtt);
        list.extend(pairs.map(|(name, value)| Property::UserProperty(name, value)));
        model::Properties(list)
    }

    /// As the page knows it.
    pub(crate) fn from_model(will: &model::Will) -> Self {
        let mut form = Self {
            topic: will.topic.to_text().into_owned(),
            payload: TypedPayload::from_bytes(&will.payload),
            qos: will.qos.bits(),
            retain: will.retain,
            delay: None,
            expiry: None,
            content_type: None,
            payload_is_text: false,
            response_topic: None,
            correlation_data: None,
            user_properties: Vec::new(),
        };
        for property in will.properties.iter() {
            form.show(property);
        }
        form
    }

    fn show(&mut self, property: &Property) {
        match property {
            Property::WillDelayInterval(seconds) => self.delay = Some(*seconds),
            Property::PayloadFormatIndicator(kind) => self.payload_is_text = *kind == 1,
            Property::MessageExpiryInterval(seconds) => self.expiry = Some(*seconds),
            Property::ContentType(text) => self.content_type = Some(text.to_text().into_owned()),
            Property::ResponseTopic(text) => {
                self.response_topic = Some(text.to_text().into_owned());
            }
            Property::CorrelationData(data) => self.correlation_data = Some(hex(data, " ")),
            Property::UserProperty(name, value) => {
                self.user_properties.push(Pair::from_mqtt(&(name.clone(), value.clone())));
            }
            // No other belongs to a will (MQTT 5 §3.1.3.2).
            _ => {}
        }
    }
}

impl BirthInput {
    /// As the domain knows it; what is wrong goes into `flaws`.
    pub(crate) fn to_model(&self, flaws: &mut Flaws) -> model::Birth {
        model::Birth {
            topic: model::Topic::received(self.topic.as_str()),
            payload: flaws.take("birth.payload", self.payload.bytes()).into(),
            qos: qos(self.qos, "birth.qos", flaws),
            retain: self.retain,
        }
    }

    /// As the page knows it.
    pub(crate) fn from_model(birth: &model::Birth) -> Self {
        Self {
            topic: birth.topic.to_text().into_owned(),
            payload: TypedPayload::from_bytes(&birth.payload),
            qos: birth.qos.bits(),
            retain: birth.retain,
        }
    }
}

impl ConnectPropertiesInput {
    /// As the domain knows it.
    pub(crate) fn to_model(&self) -> model::ConnectProperties {
        model::ConnectProperties {
            receive_maximum: self.receive_maximum,
            topic_alias_maximum: self.topic_alias_maximum,
            request_response_information: self.request_response_information,
            request_problem_information: self.request_problem_information,
            user_properties: self.user_properties.iter().map(Pair::to_mqtt).collect(),
        }
    }

    /// As the page knows it.
    pub(crate) fn from_model(properties: &model::ConnectProperties) -> Self {
        Self {
            receive_maximum: properties.receive_maximum,
            topic_alias_maximum: properties.topic_alias_maximum,
            request_response_information: properties.request_response_information,
            request_problem_information: properties.request_problem_information,
            user_properties: properties.user_properties.iter().map(Pair::from_mqtt).collect(),
        }
    }
}

/// A QoS as typed.
pub(crate) fn qos(bits: u8, field: &str, flaws: &mut Flaws) -> model::QoS {
    flaws.take(field, model::QoS::from_bits(bits).ok_or("the QoS is 0, 1 or 2"))
}
