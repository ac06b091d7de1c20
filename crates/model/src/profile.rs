//! Connection profiles: what the user saved about a broker. Never the password itself.

use crate::{FilterError, ProtocolVersion, QoS, TopicFilter};

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

/// One topic filter to subscribe to, and the highest QoS wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subscription {
    /// Which topics.
    pub filter: TopicFilter,
    /// The maximum QoS at which the broker may send (MQTT 5 §3.8.3.1).
    pub qos: QoS,
}

/// A saved connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Stays the same when anything else is edited.
    pub id: ProfileId,
    /// What the tab shows.
    pub name: String,
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
    /// Keep-alive in seconds; 0 switches it off (MQTT 5 §3.1.2.10).
    pub keep_alive: u16,
    /// Clean start (MQTT 5 §3.1.2.4), clean session in 3.1.1.
    pub clean_start: bool,
    /// Session expiry interval in seconds (MQTT 5 §3.1.2.11.2); ignored with 3.1.1.
    pub session_expiry: u32,
    /// What to subscribe to after each connect that finds no session.
    pub subscriptions: Vec<Subscription>,
}

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
    /// A filter is wrong.
    #[error("the topic filter {filter:?} is not valid: {error}")]
    Filter {
        /// The text that was given.
        filter: String,
        /// The rule it breaks.
        error: FilterError,
    },
}

impl Profile {
    /// Checks what a form or a file gave.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), ProfileError> {
        if self.name.trim().is_empty() {
            return Err(ProfileError::NoName);
        }
        if self.host.is_empty() {
            return Err(ProfileError::NoHost);
        }
        if self.host.contains("://") || self.host.contains(['/', '@', ' ', '\0']) {
            return Err(ProfileError::BadHost);
        }
        if self.port == 0 {
            return Err(ProfileError::NoPort);
        }
        if !self.clean_start && self.client_id.is_empty() {
            return Err(ProfileError::NoClientId);
        }
        Ok(())
    }
}

impl Subscription {
    /// Checks the filter.
    ///
    /// # Errors
    /// [`ProfileError::Filter`] with the rule that the text breaks.
    pub fn parse(filter: &str, qos: QoS) -> Result<Self, ProfileError> {
        match TopicFilter::parse(filter) {
            Ok(filter) => Ok(Self { filter, qos }),
            Err(error) => Err(ProfileError::Filter { filter: filter.to_owned(), error }),
        }
    }
}
