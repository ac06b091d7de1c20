//! What a CONNECT says beside address and identity: the will, MQTT 5 properties, authentication.

use bytes::Bytes;

use crate::{MqttString, Properties, QoS, Topic};

/// The will message of a CONNECT (MQTT 5 §3.1.2.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Will {
    /// Where it is published.
    pub topic: Topic,
    /// What is published.
    pub payload: Bytes,
    /// With which QoS.
    pub qos: QoS,
    /// Whether it is retained.
    pub retain: bool,
    /// Its properties, the Will Delay Interval among them (§3.1.3.2); none with 3.1.1.
    pub properties: Properties,
}

/// What is published after each connect: `online` where the will says `offline`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Birth {
    /// Where it is published.
    pub topic: Topic,
    /// What is published.
    pub payload: Bytes,
    /// With which QoS.
    pub qos: QoS,
    /// Whether it is retained.
    pub retain: bool,
}

/// The properties of a CONNECT that the user chooses (MQTT 5 §3.1.2.11). Session expiry, maximum
/// packet size and authentication are settings of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectProperties {
    /// How many unacknowledged QoS 1 and 2 messages the broker may send at a time; `None`: 65,535.
    pub receive_maximum: Option<u16>,
    /// How many topic aliases the broker may use; `None` or 0: none.
    pub topic_alias_maximum: Option<u16>,
    /// Ask for response information (§3.1.2.11.6).
    pub request_response_information: bool,
    /// `Some(false)`: ask not to be sent reason strings and user properties (§3.1.2.11.7).
    pub request_problem_information: Option<bool>,
    /// User properties in their order.
    pub user_properties: Vec<(MqttString, MqttString)>,
}

/// A method of enhanced authentication (MQTT 5 §4.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Authentication {
    /// SCRAM-SHA-256 (RFC 7677) with the user name and the password of the connection.
    ScramSha256,
}
