//! What a connection is to be: address, version, identity, session, subscriptions.

use std::fmt;
use std::time::Duration;

use wiretree_model::{
    Acknowledge, Authentication, Birth, ConnectProperties, DEFAULT_PACKET_LIMIT, ProtocolVersion,
    Proxy, Secret, Subscription, Tls, Transport, Will,
};

use crate::MqttError;

/// How to connect, and what to subscribe to.
#[derive(Clone)]
pub struct ConnectOptions {
    /// Host name or address; an IPv6 address with or without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Which version of MQTT to speak.
    pub protocol: ProtocolVersion,
    /// Client identifier; empty: a random one for this connection, `wiretree-` and 8 hex digits.
    pub client_id: String,
    /// User name; none: CONNECT carries none.
    pub username: Option<String>,
    /// The user name is all there is to sign in with, as an access token is: it is masked in the
    /// trace, as the password always is.
    pub username_is_secret: bool,
    /// Password; 3.1.1 allows it only together with a user name (MQTT 3.1.1 §3.1.2.9).
    pub password: Option<Secret>,
    /// Keep-alive in seconds; 0 switches it off (MQTT 5 §3.1.2.10).
    pub keep_alive: u16,
    /// Clean start (MQTT 5 §3.1.2.4), clean session in 3.1.1.
    pub clean_start: bool,
    /// Session expiry interval in seconds (MQTT 5 §3.1.2.11.2); ignored with 3.1.1.
    pub session_expiry: u32,
    /// What to subscribe to: at the first connect, and after each that finds no session.
    pub subscriptions: Vec<Subscription>,
    /// The time for finding and reaching the broker, and once more for its CONNACK.
    pub connect_timeout: Duration,
    /// What carries the bytes.
    pub transport: Transport,
    /// TLS below MQTT; none: plain text.
    pub tls: Option<Tls>,
    /// The passphrase of the client certificate's key.
    pub key_passphrase: Option<Secret>,
    /// A proxy on the way.
    pub proxy: Option<Proxy>,
    /// The password for the proxy.
    pub proxy_password: Option<Secret>,
    /// What the broker publishes when the connection ends without DISCONNECT.
    pub will: Option<Will>,
    /// What is published after each connect.
    pub birth: Option<Birth>,
    /// What CONNECT says beside that; ignored with 3.1.1.
    pub properties: ConnectProperties,
    /// Enhanced authentication (MQTT 5 §4.12), with user name and password.
    pub authentication: Option<Authentication>,
    /// When QoS 1 and 2 messages are acknowledged: see [`crate::Connection::recorded`].
    pub acknowledge: Acknowledge,
    /// Replace topics by aliases when publishing, as far as the broker allows.
    pub send_topic_aliases: bool,
    /// The largest packet taken from the broker, in bytes with its header. Above it the connection
    /// is closed; MQTT 5 tells the broker beforehand (§3.1.2.11.4).
    pub packet_limit: u32,
    /// Record packets from the first one on, keeping so many bytes; `None`: not until
    /// [`crate::Trace::set_recording`] is called, which may be after CONNECT.
    pub trace: Option<usize>,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 1883,
            protocol: ProtocolVersion::V5,
            client_id: String::new(),
            username: None,
            username_is_secret: false,
            password: None,
            keep_alive: 60,
            clean_start: true,
            session_expiry: 0,
            subscriptions: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            transport: Transport::default(),
            tls: None,
            key_passphrase: None,
            proxy: None,
            proxy_password: None,
            will: None,
            birth: None,
            properties: ConnectProperties::default(),
            authentication: None,
            acknowledge: Acknowledge::OnReceipt,
            send_topic_aliases: false,
            packet_limit: DEFAULT_PACKET_LIMIT,
            trace: None,
        }
    }
}

impl fmt::Debug for ConnectOptions {
    /// Where to, and nothing that may be secret: a user name can be an access token.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("ConnectOptions").field(&self.address()).finish()
    }
}

impl ConnectOptions {
    /// The host without the brackets of an IPv6 address.
    pub(crate) fn bare_host(&self) -> &str {
        self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&self.host)
    }

    /// Host and port as people write them; the path of a Unix socket. Never credentials.
    pub fn address(&self) -> String {
        match &self.transport {
            Transport::Unix { path } => path.clone(),
            _ => join_address(self.bare_host(), self.port),
        }
    }

    /// The largest packet that is taken, in bytes.
    pub(crate) fn most_bytes(&self) -> usize {
        usize::try_from(self.packet_limit).unwrap_or(usize::MAX)
    }

    /// Settles the client identifier, so that every attempt uses the same one.
    ///
    /// # Errors
    /// [`MqttError::NoClientId`]: a random identifier would never find its session again, and
    /// leave one behind at the broker each time.
    pub(crate) fn settle_client_id(&mut self, random: u32) -> Result<(), MqttError> {
        if !self.client_id.is_empty() {
            return Ok(());
        }
        self.client_id = format!("wiretree-{random:08x}");
        if self.clean_start { Ok(()) } else { Err(MqttError::NoClientId) }
    }
}

/// Host and port as people write them.
pub(crate) fn join_address(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_people_write_them() {
        let address = |host: &str| {
            ConnectOptions { host: host.to_owned(), ..ConnectOptions::default() }.address()
        };
        assert_eq!(address("broker.local"), "broker.local:1883");
        assert_eq!(address("::1"), "[::1]:1883");
        assert_eq!(address("[::1]"), "[::1]:1883");
    }

    #[test]
    fn a_random_identifier_needs_a_clean_start() {
        let mut options = ConnectOptions::default();
        assert_eq!(options.settle_client_id(0xab), Ok(()));
        assert_eq!(options.client_id, "wiretree-000000ab");
        let mut options = ConnectOptions { clean_start: false, ..ConnectOptions::default() };
        assert_eq!(options.settle_client_id(0), Err(MqttError::NoClientId));
    }
}
