//! The options that every command with a broker has: they become a profile, and are checked as one
//! from the window would be.

mod certificates;
mod message;
mod network;
mod parsing;
mod session;
mod will;

use wiretree_model::{Acknowledge, Profile, Subscription, Transport};
use wiretree_session::{ConnectOptions, Secrets, connect_options};

pub(crate) use message::{MessageOptions, read_payload};
pub(crate) use parsing::{parse_qos, parse_seconds};

use crate::address::{Address, Scheme};
use crate::console::warn;
use crate::error::CliError;
use crate::password;

/// Which broker, and how to connect to it. Without `Debug`: an address may hold a password.
#[derive(clap::Args)]
#[command(next_help_heading = "Broker")]
pub(crate) struct BrokerOptions {
    /// Address of the broker: mqtt://HOST:PORT, mqtts:// with TLS, ws:// or wss://HOST:PORT/PATH for
    /// a WebSocket, unix://PATH for a socket. Ports 1883, 8883, 80 and 443 unless given; IPv6 as in
    /// mqtt://[::1]
    // Checked later: what clap refuses it repeats, and people write passwords into addresses.
    #[arg(long, value_name = "URL")]
    broker: String,
    /// Seconds for reaching the broker, and once more for its CONNACK
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    connect_timeout: u16,
    #[command(flatten)]
    session: session::SessionOptions,
    #[command(flatten)]
    certificates: certificates::TlsOptions,
    #[command(flatten)]
    web_socket: network::WebSocketOptions,
    #[command(flatten)]
    proxy: network::ProxyOptions,
    #[command(flatten)]
    will: will::WillOptions,
    #[command(flatten)]
    birth: will::BirthOptions,
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

    /// How to connect to `address`; may ask for passwords.
    ///
    /// # Errors
    /// [`CliError::Usage`]: options that do not go together. [`CliError::Password`].
    pub(crate) fn connect_options(
        &self,
        address: &Address,
        subscriptions: Vec<Subscription>,
    ) -> Result<ConnectOptions, CliError> {
        let profile = self.profile(address, subscriptions)?;
        profile.check().map_err(|error| CliError::Usage(error.to_string()))?;
        self.certificates.warn();
        let secrets = Secrets {
            password: self.session.password(address)?,
            key_passphrase: self.certificates.passphrase()?,
            proxy_password: match &profile.proxy {
                Some(proxy) if proxy.username.is_some() => {
                    password::find(password::PROXY, "Password for the proxy")?
                }
                _ => None,
            },
        };
        connect_options(&profile, secrets).map_err(|error| CliError::Usage(error.to_string()))
    }

    fn profile(
        &self,
        address: &Address,
        subscriptions: Vec<Subscription>,
    ) -> Result<Profile, CliError> {
        let mut profile = Profile {
            name: address.to_string(),
            host: address.host.clone(),
            port: address.port,
            transport: match address.scheme {
                Scheme::Mqtt | Scheme::Mqtts => Transport::Tcp,
                Scheme::Ws | Scheme::Wss => {
                    Transport::WebSocket(self.web_socket.to_web_socket(&address.path))
                }
                Scheme::Unix => Transport::Unix { path: address.path.clone() },
            },
            connect_timeout: self.connect_timeout,
            subscriptions,
            // Only what records has something to commit, and says so itself.
            acknowledge: Acknowledge::OnReceipt,
            ..Profile::default()
        };
        if !address.scheme.is_web_socket() {
            self.web_socket.check_absent()?;
        }
        if address.scheme.is_secure() {
            profile.tls = Some(self.certificates.to_tls());
        } else {
            self.certificates.check_absent()?;
        }
        profile.proxy = self.proxy.to_proxy()?;
        self.session.apply(&mut profile)?;
        profile.will = self.will.to_will(profile.protocol)?;
        profile.birth = self.birth.to_birth();
        Ok(profile)
    }
}
