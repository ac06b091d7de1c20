//! The will, the birth message and the properties of CONNECT, as they are written. Payloads are
//! base64, since any bytes may stand there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use wiretree_model::{Birth, ConnectProperties, MqttString, Properties, Property, Topic, Will};

use super::subscription::{QosRecord, is_false};

type Pairs = Vec<(String, String)>;

#[derive(Serialize, Deserialize)]
pub(super) struct WillRecord {
    topic: String,
    #[serde(default)]
    payload: Base64,
    #[serde(default)]
    qos: QosRecord,
    #[serde(default)]
    retain: bool,
    #[serde(default)]
    properties: Vec<PropertyRecord>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct BirthRecord {
    topic: String,
    #[serde(default)]
    payload: Base64,
    #[serde(default)]
    qos: QosRecord,
    #[serde(default)]
    retain: bool,
}

/// The properties that a will can have (MQTT 5 §3.1.3.2), in their order.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PropertyRecord {
    WillDelayInterval(u32),
    PayloadFormatIndicator(u8),
    MessageExpiryInterval(u32),
    ContentType(String),
    ResponseTopic(String),
    CorrelationData(Base64),
    UserProperty(String, String),
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct ConnectRecord {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receive_maximum: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    topic_alias_maximum: Option<u16>,
    #[serde(default, skip_serializing_if = "is_false")]
    request_response_information: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_problem_information: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    user_properties: Pairs,
}

#[derive(Default)]
struct Base64(Vec<u8>);

impl WillRecord {
    pub(super) fn new(will: &Will) -> Self {
        Self {
            topic: will.topic.to_text().into_owned(),
            payload: Base64(will.payload.to_vec()),
            qos: QosRecord::new(will.qos),
            retain: will.retain,
            properties: will.properties.iter().filter_map(PropertyRecord::new).collect(),
        }
    }

    pub(super) fn into_will(self) -> Will {
        let properties = self.properties.into_iter().map(PropertyRecord::into_property);
        Will {
            topic: Topic::received(self.topic),
            payload: self.payload.0.into(),
            qos: self.qos.into_qos(),
            retain: self.retain,
            properties: Properties(properties.collect()),
        }
    }
}

impl BirthRecord {
    pub(super) fn new(birth: &Birth) -> Self {
        Self {
            topic: birth.topic.to_text().into_owned(),
            payload: Base64(birth.payload.to_vec()),
            qos: QosRecord::new(birth.qos),
            retain: birth.retain,
        }
    }

    pub(super) fn into_birth(self) -> Birth {
        Birth {
            topic: Topic::received(self.topic),
            payload: self.payload.0.into(),
            qos: self.qos.into_qos(),
            retain: self.retain,
        }
    }
}

impl PropertyRecord {
    /// `None` for a property that no will can have.
    fn new(property: &Property) -> Option<Self> {
        let text = |text: &MqttString| text.to_text().into_owned();
        Some(match property {
            Property::WillDelayInterval(seconds) => Self::WillDelayInterval(*seconds),
            Property::PayloadFormatIndicator(format) => Self::PayloadFormatIndicator(*format),
            Property::MessageExpiryInterval(seconds) => Self::MessageExpiryInterval(*seconds),
            Property::ContentType(kind) => Self::ContentType(text(kind)),
            Property::ResponseTopic(topic) => Self::ResponseTopic(text(topic)),
            Property::CorrelationData(bytes) => Self::CorrelationData(Base64(bytes.to_vec())),
            Property::UserProperty(name, value) => Self::UserProperty(text(name), text(value)),
            _ => return None,
        })
    }

    fn into_property(self) -> Property {
        match self {
            Self::WillDelayInterval(seconds) => Property::WillDelayInterval(seconds),
            Self::PayloadFormatIndicator(format) => Property::PayloadFormatIndicator(format),
            Self::MessageExpiryInterval(seconds) => Property::MessageExpiryInterval(seconds),
            Self::ContentType(kind) => Property::ContentType(kind.into()),
            Self::ResponseTopic(topic) => Property::ResponseTopic(topic.into()),
            Self::CorrelationData(bytes) => Property::CorrelationData(bytes.0.into()),
            Self::UserProperty(name, value) => Property::UserProperty(name.into(), value.into()),
        }
    }
}

impl ConnectRecord {
    pub(super) fn new(properties: &ConnectProperties) -> Self {
        let pair = |(name, value): &(MqttString, MqttString)| {
            (name.to_text().into_owned(), value.to_text().into_owned())
        };
        Self {
            receive_maximum: properties.receive_maximum,
            topic_alias_maximum: properties.topic_alias_maximum,
            request_response_information: properties.request_response_information,
            request_problem_information: properties.request_problem_information,
            user_properties: properties.user_properties.iter().map(pair).collect(),
        }
    }

    pub(super) fn into_properties(self) -> ConnectProperties {
        let pair = |(name, value): (String, String)| (name.into(), value.into());
        ConnectProperties {
            receive_maximum: self.receive_maximum,
            topic_alias_maximum: self.topic_alias_maximum,
            request_response_information: self.request_response_information,
            request_problem_information: self.request_problem_information,
            user_properties: self.user_properties.into_iter().map(pair).collect(),
        }
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text);
        bytes.map(Self).map_err(|_| de::Error::custom("a payload is written as base64"))
    }
}
