//! The options that every command with a broker has.

use clap::ValueEnum;
use wiretree_model::{ProtocolVersion, QoS};
use wiretree_session::ConnectOptions;

use crate::address::Address;
use crate::console::warn;
use crate::error::CliError;
use crate::password;

/// Which broker, and how to connect to it. Without `Debug`: an address may hold a password.
#[derive(clap::Args)]
pub(crate) struct BrokerOptions {
    /// Address of the broker, mqtt://HOST:PORT; port 1883 unless given, IPv6 as in mqtt://[::1]
    // Checked later: what clap refuses it repeats, and people write passwords into addresses.
    #[arg(long, value_name = "URL")]
    broker: String,
    /// Version of MQTT
    #[arg(long, value_enum, default_value = "5")]
    protocol: Protocol,
    /// Keep-alive in seconds; 0 switches it off
    #[arg(long, value_name = "S", default_value_t = 60)]
    keep_alive: u16,
    /// Client identifier; a random one unless given
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Ask the broker to keep the session, with what it sends meanwhile at QoS 1 and 2, until the
    /// same client identifier comes back
    #[arg(long, requires = "client_id")]
    persistent: bool,
    /// User name; the password comes from the environment variable WIRETREE_PASSWORD, or is asked
    /// for at the terminal
    #[arg(long, value_name = "U")]
    username: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Protocol {
    #[value(name = "3.1.1")]
    V311,
    #[value(name = "5")]
    V5,
}

impl BrokerOptions {
    /// The address, and a word to the user when it had credentials in it.
    ///
    /// # Errors
    /// [`CliError::Usage`].
    pub(crate) fn address(&self) -> Result<Address, CliError> {
        let parsed = Address::parse(&self.broker);
        let address = parsed.map_err(|error| CliError::Usage(error.to_string()))?;
        if address.had_credentials {
            warn(
                "A user name or password in the broker address is not used. Give \
                 --username, and the password in WIRETREE_PASSWORD",
            );
        }
        Ok(address)
    }

    /// How to connect to `address`; may ask for the password.
    ///
    /// # Errors
    /// [`CliError::Password`].
    pub(crate) fn connect_options(&self, address: &Address) -> Result<ConnectOptions, CliError> {
        let password = match &self.username {
            Some(username) => password::find(username, address)?,
            None => None,
        };
        Ok(ConnectOptions {
            host: address.host.clone(),
            port: address.port,
            protocol: match self.protocol {
                Protocol::V311 => ProtocolVersion::V311,
                Protocol::V5 => ProtocolVersion::V5,
            },
            client_id: self.client_id.clone().unwrap_or_default(),
            username: self.username.clone(),
            password,
            keep_alive: self.keep_alive,
            clean_start: !self.persistent,
            // As long as the broker will (MQTT 5 §3.1.2.11.2), which is what 3.1.1 always means.
            session_expiry: if self.persistent { u32::MAX } else { 0 },
            ..ConnectOptions::default()
        })
    }
}

/// Reads a QoS.
///
/// # Errors
/// The numbers that there are.
pub(crate) fn parse_qos(text: &str) -> Result<QoS, String> {
    let bits = text.parse().ok();
    bits.and_then(QoS::from_bits).ok_or_else(|| "QoS is 0, 1 or 2".to_owned())
}
