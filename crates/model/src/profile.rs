//! Connection profiles: what the user saved about a broker. Never the password itself.

mod check;

pub use check::FieldError;

use crate::{
    Authentication, Birth, ConnectProperties, FilterError, ProtocolVersion, Proxy, Subscription,
    Tls, Transport, Will,
};

/// Identifies a profile and its history for good; opaque text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProfileId(pub String);

/// Where the password of a profile comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PasswordSource {
    /// CONNECT carries no password.
    #[default]
    None,
    /// The operating system's keychain holds it.
    Keychain,
    /// The user is asked at each connect.
    Ask,
}

/// What a profile was made for: it decides which forms are offered, and changes nothing about how
/// the connection works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Any broker.
    #[default]
    General,
    /// A device of a ThingsBoard-style server.
    ThingsBoardDevice,
    /// A gateway of such a server.
    ThingsBoardGateway,
    /// Provisioning at such a server: limited to the provisioning topics.
    ThingsBoardProvisioning,
}

/// The colour of a connection's tab and list entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Colour {
    Red,
    Orange,
    Yellow,
    Green,
    Teal,
    Blue,
    Purple,
    Grey,
}

/// When QoS 1 and 2 messages are acknowledged to the broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Acknowledge {
    /// When the history has committed them: what a crash loses, the broker sends again.
    #[default]
    AfterCommit,
    /// As soon as they have been read.
    OnReceipt,
}

/// A saved connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Stays the same when anything else is edited.
    pub id: ProfileId,
    /// What the tab shows.
    pub name: String,
    /// Where it stands in the list, levels apart by `/`; empty: at the top.
    pub folder: String,
    /// Marks its tab and its entry in the list.
    pub colour: Option<Colour>,
    /// Somebody's production: read-only until it is unlocked.
    pub production: bool,
    /// Open it when the program starts.
    pub auto_connect: bool,
    /// What it was made for.
    pub purpose: Purpose,
    /// What carries the bytes.
    pub transport: Transport,
    /// TLS below MQTT; none: plain text.
    pub tls: Option<Tls>,
    /// A proxy on the way; not with a Unix socket.
    pub proxy: Option<Proxy>,
    /// The time in seconds for reaching the broker, and once more for its CONNACK.
    pub connect_timeout: u16,
    /// Host name or address, without scheme or port.
    pub host: String,
    /// TCP port; 1883 by custom.
    pub port: u16,
    /// Which version of MQTT to speak.
    pub protocol: ProtocolVersion,
    /// Client identifier; empty: a random one for each connection, so that two windows do not take
    /// each other's session over.
    pub client_id: String,
    /// User name; none: CONNECT carries none.
    pub username: Option<String>,
    /// Where the password is to be had.
    pub password: PasswordSource,
    /// Sign in by access token: what [`Profile::password`] leads to is sent as the user name, and no
    /// password is.
    pub access_token: bool,
    /// Keep-alive in seconds; 0 switches it off (MQTT 5 §3.1.2.10).
    pub keep_alive: u16,
    /// Clean start (MQTT 5 §3.1.2.4), clean session in 3.1.1.
    pub clean_start: bool,
    /// Session expiry interval in seconds (MQTT 5 §3.1.2.11.2); ignored with 3.1.1.
    pub session_expiry: u32,
    /// What the broker publishes when the connection ends without DISCONNECT.
    pub will: Option<Will>,
    /// What is published after each connect, as the counterpart of the will.
    pub birth: Option<Birth>,
    /// What CONNECT says beside that (MQTT 5 §3.1.2.11); ignored with 3.1.1.
    pub properties: ConnectProperties,
    /// Enhanced authentication (MQTT 5 §4.12); it uses the user name and the password.
    pub authentication: Option<Authentication>,
    /// What to subscribe to after each connect that finds no session.
    pub subscriptions: Vec<Subscription>,
    /// When QoS 1 and 2 messages are acknowledged.
    pub acknowledge: Acknowledge,
    /// Replace topics by aliases when publishing, as far as the broker allows (MQTT 5 §3.3.2.3.4).
    pub send_topic_aliases: bool,
    /// The largest packet taken from the broker, in bytes; sent as Maximum Packet Size in MQTT 5.
    pub packet_limit: u32,
    /// Warn before a payload above this size in bytes is published.
    pub payload_warning: Option<u32>,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            id: ProfileId::default(),
            name: String::new(),
            folder: String::new(),
            colour: None,
            production: false,
            auto_connect: false,
            purpose: Purpose::default(),
            transport: Transport::default(),
            tls: None,
            proxy: None,
            connect_timeout: 10,
            host: String::new(),
            port: 1883,
            protocol: ProtocolVersion::default(),
            client_id: String::new(),
            username: None,
            password: PasswordSource::default(),
            access_token: false,
            keep_alive: 60,
            clean_start: true,
            session_expiry: 0,
            will: None,
            birth: None,
            properties: ConnectProperties::default(),
            authentication: None,
            subscriptions: Vec::new(),
            acknowledge: Acknowledge::default(),
            send_topic_aliases: false,
            packet_limit: DEFAULT_PACKET_LIMIT,
            payload_warning: None,
        }
    }
}

/// The largest packet taken from a broker unless a profile says otherwise, in bytes.
pub const DEFAULT_PACKET_LIMIT: u32 = 32 * 1024 * 1024;

/// Why a profile cannot be saved or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// The tab would have no label.
    #[error("give the connection a name")]
    NoName,
    /// Nowhere to connect to.
    #[error("give the host name or address of the broker")]
    NoHost,
    /// The host has a scheme, credentials, a path or blanks in it. Deliberately without the text: a
    /// pasted address may hold a password.
    #[error("the host is not a host name or address; leave out the scheme, the user and the path")]
    BadHost,
    /// Port 0 cannot be connected to.
    #[error("the port is a number from 1 to 65535")]
    NoPort,
    /// MQTT 3.1.1 §3.1.3.1: a session cannot be kept under a random identifier.
    #[error("a persistent session needs a client identifier")]
    NoClientId,
    /// Half a client certificate.
    #[error("{0}")]
    Tls(&'static str),
    /// A Unix socket needs its path, and takes no TLS and no proxy.
    #[error("{0}")]
    Transport(&'static str),
    /// MQTT 3.1.1 §3.1.2.9: a password needs a user name; 5 has no such rule.
    #[error("MQTT 3.1.1 sends a password only together with a user name")]
    PasswordWithoutUser,
    /// The token takes the place of the user name, and is never in a profile.
    #[error("{0}")]
    AccessToken(&'static str),
    /// MQTT 5 §4.12.
    #[error("{0}")]
    Authentication(&'static str),
    /// The will or the birth message cannot be published.
    #[error("the topic of the {0} is not one to publish to: {1}")]
    MessageTopic(&'static str, String),
    /// MQTT 5 §3.1.2.11.3, §3.1.2.11.4, §3.8.2.1.2: 0 is not allowed.
    #[error("{0} cannot be 0")]
    Zero(&'static str),
    /// MQTT 5 §1.5.4 and §1.5.6: what a string and binary data can be.
    #[error("{0} cannot be sent: MQTT takes at most 65,535 bytes, and no character U+0000")]
    Text(&'static str),
    /// The proxy cannot be reached as it is given.
    #[error("{0}")]
    Proxy(&'static str),
    /// MQTT 5 §3.8.2.1.2, §3.8.3.1: what a subscription cannot ask for.
    #[error("{0}")]
    Subscription(&'static str),
    /// A filter is wrong.
    #[error("the topic filter {filter:?} is not valid: {error}")]
    Filter {
        /// The text that was given.
        filter: String,
        /// The rule it breaks.
        error: FilterError,
    },
}
