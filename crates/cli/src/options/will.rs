//! The will, and the message that is published after each connect.

use std::path::PathBuf;

use wiretree_model::{Birth, MqttString, ProtocolVersion, QoS, Topic, Will};

use super::message::{Wanted, read_payload};
use super::parsing::{parse_pair, parse_qos};
use super::session::needs_version_5;
use crate::error::CliError;

#[derive(clap::Args)]
#[command(next_help_heading = "Will")]
pub(super) struct WillOptions {
    /// Topic to which the broker publishes when the connection ends without DISCONNECT
    #[arg(long, value_name = "T", value_parser = Topic::to_publish)]
    will_topic: Option<Topic>,
    /// Payload of the will as text; empty unless given
    #[arg(long, value_name = "P", requires = "will_topic", allow_hyphen_values = true)]
    will_payload: Option<String>,
    /// File whose bytes are the payload of the will
    #[arg(long, value_name = "F", requires = "will_topic", conflicts_with = "will_payload")]
    will_file: Option<PathBuf>,
    /// QoS of the will: 0, 1 or 2
    #[arg(long, value_name = "Q", requires = "will_topic", value_parser = parse_qos)]
    will_qos: Option<QoS>,
    /// Ask the broker to keep the will for later subscribers
    #[arg(long, requires = "will_topic")]
    will_retain: bool,
    /// Seconds that the broker waits before it publishes the will (MQTT 5)
    #[arg(long, value_name = "S", requires = "will_topic")]
    will_delay: Option<u32>,
    /// Seconds after which the will is worth nothing any more (MQTT 5)
    #[arg(long, value_name = "S", requires = "will_topic")]
    will_expiry: Option<u32>,
    /// Content type of the will (MQTT 5)
    #[arg(long, value_name = "TYPE", requires = "will_topic")]
    will_content_type: Option<String>,
    /// Say that the payload of the will is UTF-8 text (MQTT 5)
    #[arg(long, requires = "will_topic")]
    will_payload_is_text: bool,
    /// Response topic of the will (MQTT 5)
    #[arg(long, value_name = "T", requires = "will_topic")]
    will_response_topic: Option<String>,
    /// Correlation data of the will, as text (MQTT 5)
    #[arg(long, value_name = "D", requires = "will_topic")]
    will_correlation_data: Option<String>,
    /// User property of the will; may be given again (MQTT 5)
    #[arg(long, value_name = "NAME=VALUE", requires = "will_topic", value_parser = parse_pair)]
    will_user_property: Vec<(MqttString, MqttString)>,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Message after each connect")]
pub(super) struct BirthOptions {
    /// Topic to publish to after each connect: the counterpart of a will
    #[arg(long, value_name = "T", value_parser = Topic::to_publish)]
    birth_topic: Option<Topic>,
    /// Its payload as text; empty unless given
    #[arg(long, value_name = "P", requires = "birth_topic", allow_hyphen_values = true)]
    birth_payload: Option<String>,
    /// Its QoS: 0, 1 or 2
    #[arg(long, value_name = "Q", requires = "birth_topic", value_parser = parse_qos)]
    birth_qos: Option<QoS>,
    /// Ask the broker to keep it for later subscribers
    #[arg(long, requires = "birth_topic")]
    birth_retain: bool,
}

impl WillOptions {
    /// The will, if there is one.
    ///
    /// # Errors
    /// [`CliError::Usage`]: an option that needs MQTT 5. [`CliError::Payload`].
    pub(super) fn to_will(&self, protocol: ProtocolVersion) -> Result<Option<Will>, CliError> {
        let Some(topic) = &self.will_topic else { return Ok(None) };
        if !protocol.has_properties() {
            self.check_old()?;
        }
        let wanted = Wanted {
            will_delay: self.will_delay,
            expiry: self.will_expiry,
            content_type: self.will_content_type.as_deref(),
            is_text: self.will_payload_is_text,
            response_topic: self.will_response_topic.as_deref(),
            correlation_data: self.will_correlation_data.clone().map(String::into_bytes),
            user_properties: &self.will_user_property,
        };
        let payload = match &self.will_file {
            Some(file) => read_payload(file)?,
            None => self.will_payload.clone().unwrap_or_default().into_bytes(),
        };
        Ok(Some(Will {
            topic: topic.clone(),
            payload: payload.into(),
            qos: self.will_qos.unwrap_or_default(),
            retain: self.will_retain,
            properties: wanted.properties(),
        }))
    }

    fn check_old(&self) -> Result<(), CliError> {
        needs_version_5(&[
            (self.will_delay.is_some(), "--will-delay"),
            (self.will_expiry.is_some(), "--will-expiry"),
            (self.will_content_type.is_some(), "--will-content-type"),
            (self.will_payload_is_text, "--will-payload-is-text"),
            (self.will_response_topic.is_some(), "--will-response-topic"),
            (self.will_correlation_data.is_some(), "--will-correlation-data"),
            (!self.will_user_property.is_empty(), "--will-user-property"),
        ])
    }
}

impl BirthOptions {
    /// The message, if there is one.
    pub(super) fn to_birth(&self) -> Option<Birth> {
        Some(Birth {
            topic: self.birth_topic.clone()?,
            payload: self.birth_payload.clone().unwrap_or_default().into(),
            qos: self.birth_qos.unwrap_or_default(),
            retain: self.birth_retain,
        })
    }
}
