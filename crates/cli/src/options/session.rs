//! Who connects, in which version of MQTT, and what is agreed on: identity, session, limits.

use clap::ValueEnum;
use wiretree_model::{
    Authentication, ConnectProperties, DEFAULT_PACKET_LIMIT, MqttString, PasswordSource, Profile,
    ProtocolVersion, Secret,
};
use wiretree_session::payload::Compose;

use super::parsing::parse_pair;
use crate::address::Address;
use crate::error::CliError;
use crate::password;

#[derive(clap::Args)]
#[command(next_help_heading = "Session")]
pub(super) struct SessionOptions {
    /// Version of MQTT
    #[arg(long, value_enum, value_name = "V", default_value = "5")]
    protocol: Protocol,
    /// Keep-alive in seconds; 0 switches it off
    #[arg(long, value_name = "S", default_value_t = 60)]
    keep_alive: u16,
    /// Client identifier; a random one unless given
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Begin with a clean session; this is the default
    #[arg(long, conflicts_with = "persistent")]
    clean: bool,
    /// Ask the broker to keep the session, with what it sends meanwhile at QoS 1 and 2, until the
    /// same client identifier comes back
    #[arg(long, requires = "client_id")]
    persistent: bool,
    /// How many seconds the broker keeps the session; 0 unless given, or as long as the broker will
    /// with --persistent (MQTT 5)
    #[arg(long, value_name = "S")]
    session_expiry: Option<u32>,
    /// User name; the password comes from the environment variable WIRETREE_PASSWORD, or is asked
    /// for at the terminal
    #[arg(long, value_name = "U")]
    username: Option<String>,
    /// Send the password without a user name (MQTT 5)
    #[arg(long, conflicts_with = "username")]
    no_username: bool,
    /// Sign in by access token, as ThingsBoard has it: what WIRETREE_PASSWORD holds, or is typed, is
    /// sent as the user name, and no password is
    #[arg(long, conflicts_with_all = ["username", "no_username", "auth"])]
    access_token: bool,
    /// What WIRETREE_PASSWORD holds: the password as text, or its bytes
    #[arg(long, value_enum, value_name = "ENCODING", default_value = "text")]
    password_encoding: Encoding,
    /// Enhanced authentication with user name and password (MQTT 5)
    #[arg(long, value_enum, value_name = "METHOD")]
    auth: Option<Method>,
    /// User property of CONNECT; may be given again (MQTT 5)
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    user_property: Vec<(MqttString, MqttString)>,
    /// How many unacknowledged QoS 1 and 2 messages the broker may send at a time (MQTT 5)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    receive_maximum: Option<u16>,
    /// How many topic aliases the broker may use (MQTT 5)
    #[arg(long, value_name = "N")]
    topic_alias_maximum: Option<u16>,
    /// Ask the broker for response information (MQTT 5)
    #[arg(long)]
    request_response_information: bool,
    /// Ask the broker to leave out reason strings and user properties (MQTT 5)
    #[arg(long)]
    no_problem_information: bool,
    /// Replace topics by aliases when publishing, as far as the broker allows (MQTT 5)
    #[arg(long)]
    topic_aliases: bool,
    /// The largest packet taken from the broker, in bytes; a larger one ends the connection
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_PACKET_LIMIT, value_parser = clap::value_parser!(u32).range(1..))]
    max_packet: u32,
}

#[derive(Clone, Copy, ValueEnum)]
enum Protocol {
    #[value(name = "3.1")]
    V31,
    #[value(name = "3.1.1")]
    V311,
    #[value(name = "5")]
    V5,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Encoding {
    Text,
    Hex,
    Base64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Method {
    #[value(name = "scram-sha-256")]
    ScramSha256,
}

impl SessionOptions {
    /// Fills in what these options say.
    ///
    /// # Errors
    /// [`CliError::Usage`]: an option that needs MQTT 5, with another version.
    pub(super) fn apply(&self, profile: &mut Profile) -> Result<(), CliError> {
        profile.protocol = match self.protocol {
            Protocol::V31 => ProtocolVersion::V31,
            Protocol::V311 => ProtocolVersion::V311,
            Protocol::V5 => ProtocolVersion::V5,
        };
        if !profile.protocol.has_properties() {
            self.check_old()?;
        }
        profile.client_id = self.client_id.clone().unwrap_or_default();
        profile.clean_start = !self.persistent;
        // As long as the broker will (MQTT 5 §3.1.2.11.2), which is what 3.1.1 always means.
        let usual = if self.persistent { u32::MAX } else { 0 };
        profile.session_expiry = self.session_expiry.unwrap_or(usual);
        profile.keep_alive = self.keep_alive;
        profile.username.clone_from(&self.username);
        profile.access_token = self.access_token;
        if self.has_password() {
            profile.password = PasswordSource::Ask;
        }
        profile.authentication = self.auth.map(|Method::ScramSha256| Authentication::ScramSha256);
        profile.properties = ConnectProperties {
            receive_maximum: self.receive_maximum,
            topic_alias_maximum: self.topic_alias_maximum,
            request_response_information: self.request_response_information,
            request_problem_information: self.no_problem_information.then_some(false),
            user_properties: self.user_property.clone(),
        };
        profile.send_topic_aliases = self.topic_aliases;
        profile.packet_limit = self.max_packet;
        Ok(())
    }

    /// The password, if there is one.
    ///
    /// # Errors
    /// [`CliError::Password`]; [`CliError::Usage`]: not encoded as it was said.
    pub(super) fn password(&self, address: &Address) -> Result<Option<Secret>, CliError> {
        if !self.has_password() {
            return Ok(None);
        }
        let whose = match &self.username {
            Some(username) => format!("Password of {username} at {address}"),
            None if self.access_token => format!("Access token for {address}"),
            None => format!("Password for {address}"),
        };
        let encoding = match self.password_encoding {
            Encoding::Text => return password::find(password::BROKER, &whose),
            Encoding::Hex => Compose::Hex,
            Encoding::Base64 => Compose::Base64,
        };
        let Some(typed) = password::find(password::BROKER, &whose)? else { return Ok(None) };
        let text = std::str::from_utf8(typed.expose_bytes()).ok();
        // The error would say where, and so what, the password is.
        let bytes = text.and_then(|text| encoding.bytes(text).ok()).ok_or_else(|| {
            CliError::Usage("the password is not encoded as --password-encoding says".to_owned())
        })?;
        Ok(Some(Secret::new(bytes)))
    }

    /// Whether a password may be sent.
    fn has_password(&self) -> bool {
        self.username.is_some() || self.no_username || self.access_token
    }

    fn check_old(&self) -> Result<(), CliError> {
        let given = [
            (self.session_expiry.is_some(), "--session-expiry"),
            (self.no_username, "--no-username"),
            (self.auth.is_some(), "--auth"),
            (!self.user_property.is_empty(), "--user-property"),
            (self.receive_maximum.is_some(), "--receive-maximum"),
            (self.topic_alias_maximum.is_some(), "--topic-alias-maximum"),
            (self.request_response_information, "--request-response-information"),
            (self.no_problem_information, "--no-problem-information"),
            (self.topic_aliases, "--topic-aliases"),
        ];
        needs_version_5(&given)
    }
}

/// Refuses the first option that was given.
///
/// # Errors
/// [`CliError::Usage`].
pub(super) fn needs_version_5(given: &[(bool, &str)]) -> Result<(), CliError> {
    match given.iter().find(|(given, _)| *given) {
        Some((_, option)) => Err(CliError::Usage(format!("{option} needs --protocol 5"))),
        None => Ok(()),
    }
}
