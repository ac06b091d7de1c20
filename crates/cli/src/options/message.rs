//! The properties of a message that is published, and where its payload is read.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use wiretree_model::{MqttString, Properties, Property};
use wiretree_session::payload::Compose;

use super::parsing::parse_pair;
use super::session::needs_version_5;
use crate::error::CliError;

/// The most a message can carry (MQTT 5 §1.5.5), headers included.
const LARGEST: u64 = 268_435_455;

/// The MQTT 5 properties of a message.
#[derive(clap::Args)]
#[command(next_help_heading = "Properties of the message (MQTT 5)")]
pub(crate) struct MessageOptions {
    /// Content type, such as application/json
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Say that the payload is UTF-8 text (payload format indicator)
    #[arg(long)]
    payload_is_text: bool,
    /// Seconds after which the message is worth nothing any more
    #[arg(long, value_name = "S")]
    expiry: Option<u32>,
    /// Topic for an answer
    #[arg(long, value_name = "T")]
    response_topic: Option<String>,
    /// Correlation data as text
    #[arg(long, value_name = "D")]
    correlation_data: Option<String>,
    /// Correlation data as hex digits
    #[arg(long, value_name = "HEX", conflicts_with = "correlation_data", value_parser = parse_hex)]
    correlation_hex: Option<Hex>,
    /// User property of the message; may be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    message_user_property: Vec<(MqttString, MqttString)>,
}

/// Bytes; clap takes a plain list for many values.
#[derive(Clone)]
struct Hex(Vec<u8>);

impl MessageOptions {
    /// The properties in the order of these options.
    ///
    /// # Errors
    /// [`CliError::Usage`]: some were given, and the version of MQTT has none.
    pub(crate) fn to_properties(&self, has_properties: bool) -> Result<Properties, CliError> {
        let binary = self.correlation_hex.as_ref().map(|Hex(bytes)| bytes.clone());
        let wanted = Wanted {
            will_delay: None,
            expiry: self.expiry,
            content_type: self.content_type.as_deref(),
            is_text: self.payload_is_text,
            response_topic: self.response_topic.as_deref(),
            correlation_data: self.correlation_data.clone().map(String::into_bytes).or(binary),
            user_properties: &self.message_user_property,
        };
        let properties = wanted.properties();
        if !has_properties {
            needs_version_5(&[(!properties.is_empty(), "a property of the message")])?;
        }
        Ok(properties)
    }
}

/// The properties that a message or a will may have.
pub(super) struct Wanted<'a> {
    pub(super) will_delay: Option<u32>,
    pub(super) expiry: Option<u32>,
    pub(super) content_type: Option<&'a str>,
    pub(super) is_text: bool,
    pub(super) response_topic: Option<&'a str>,
    pub(super) correlation_data: Option<Vec<u8>>,
    pub(super) user_properties: &'a [(MqttString, MqttString)],
}

impl Wanted<'_> {
    pub(super) fn properties(self) -> Properties {
        let mut list = Vec::new();
        list.extend(self.will_delay.map(Property::WillDelayInterval));
        list.extend(self.is_text.then_some(Property::PayloadFormatIndicator(1)));
        list.extend(self.expiry.map(Property::MessageExpiryInterval));
        list.extend(self.content_type.map(|text| Property::ContentType(text.into())));
        list.extend(self.response_topic.map(|text| Property::ResponseTopic(text.into())));
        list.extend(self.correlation_data.map(|data| Property::CorrelationData(data.into())));
        let pair = |(name, value): &(MqttString, MqttString)| {
            Property::UserProperty(name.clone(), value.clone())
        };
        list.extend(self.user_properties.iter().map(pair));
        Properties(list)
    }
}

/// The bytes of a file; `-` is standard input.
///
/// # Errors
/// [`CliError::Payload`], [`CliError::PayloadTooLarge`].
pub(crate) fn read_payload(path: &PathBuf) -> Result<Vec<u8>, CliError> {
    let bytes = if path == Path::new("-") {
        read_bounded(io::stdin().lock())
    } else {
        File::open(path).and_then(read_bounded)
    };
    let bytes = bytes.map_err(|cause| CliError::Payload { path: path.clone(), cause })?;
    if bytes.len() as u64 > LARGEST {
        return Err(CliError::PayloadTooLarge { path: path.clone() });
    }
    Ok(bytes)
}

fn read_bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn parse_hex(text: &str) -> Result<Hex, String> {
    Compose::Hex.bytes(text).map(Hex).map_err(|error| error.to_string())
}
