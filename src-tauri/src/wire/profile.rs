//! Connection profiles and their form.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_model::{self as model, ProfileError};

use super::AppError;

/// Which MQTT to speak.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Protocol {
    V31,
    V311,
    V5,
}

/// Where the password comes from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PasswordSource {
    None,
    Keychain,
    Ask,
}

/// One filter to subscribe to, as typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscriptionInput {
    /// The topic filter.
    pub filter: String,
    /// 0, 1 or 2.
    pub qos: u8,
}

/// A saved connection, or what the form holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Profile {
    /// Empty: not saved yet.
    pub id: String,
    /// What the tab shows.
    pub name: String,
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Which MQTT to speak.
    pub protocol: Protocol,
    /// Empty: random for each connection.
    pub client_id: String,
    /// None: CONNECT carries none.
    pub username: Option<String>,
    /// Where the password comes from; never the password.
    pub password: PasswordSource,
    /// Seconds; 0 is off.
    pub keep_alive: u16,
    /// Clean start, or clean session in 3.1.1.
    pub clean_start: bool,
    /// Seconds; MQTT 5 only.
    pub session_expiry: u32,
    /// What to subscribe to.
    pub subscriptions: Vec<SubscriptionInput>,
}

/// A connection that has been opened.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Opened {
    /// Names it in every further call.
    pub connection: u32,
    /// What the tab shows.
    pub name: String,
    /// The broker, as in `mqtt://127.0.0.1:1883`; never with credentials.
    pub address: String,
    /// Which MQTT it speaks.
    pub protocol: Protocol,
}

/// What to do with the password in the keychain when a profile is saved.
#[derive(Clone, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum PasswordInput {
    /// Leave it as it is.
    Keep,
    /// Put this one there.
    Set {
        /// The password; it goes in and never comes back out.
        value: String,
    },
    /// Remove it.
    Clear,
}

/// One step of a connection test.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TestStep {
    /// Which step.
    pub name: String,
    /// Whether it went well.
    pub ok: bool,
    /// How long it took; none when it failed.
    pub microseconds: Option<u64>,
    /// What came of it.
    pub detail: String,
}

/// A name and a value, both for showing.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fact {
    /// What it is.
    pub name: String,
    /// What it says.
    pub value: String,
}

/// What a connection test found.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TestReport {
    /// Whether the broker accepted the connection.
    pub ok: bool,
    /// The steps in order, up to the one that failed.
    pub steps: Vec<TestStep>,
    /// Why it failed.
    pub problem: Option<AppError>,
    /// Session present, server limits.
    pub facts: Vec<Fact>,
}

impl Profile {
    /// The form's content as the domain's type, checked.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub(crate) fn to_model(&self) -> Result<model::Profile, ProfileError> {
        let subscriptions = self.subscriptions.iter().map(|wanted| {
            let qos = model::QoS::from_bits(wanted.qos).unwrap_or_default();
            model::Subscription::parse(&wanted.filter, qos)
        });
        let profile = model::Profile {
            id: model::ProfileId(self.id.clone()),
            name: self.name.trim().to_owned(),
            host: self.host.trim().to_owned(),
            port: self.port,
            protocol: self.protocol.into(),
            client_id: self.client_id.clone(),
            username: self.username.clone(),
            password: self.password.into(),
            keep_alive: self.keep_alive,
            clean_start: self.clean_start,
            session_expiry: self.session_expiry,
            subscriptions: subscriptions.collect::<Result<_, _>>()?,
            ..model::Profile::default()
        };
        profile.check()?;
        Ok(profile)
    }

    /// A saved profile for the page.
    pub(crate) fn from_model(profile: &model::Profile) -> Self {
        let subscription = |wanted: &model::Subscription| SubscriptionInput {
            filter: wanted.filter.as_str().to_owned(),
            qos: wanted.qos.bits(),
        };
        Self {
            id: profile.id.0.clone(),
            name: profile.name.clone(),
            host: profile.host.clone(),
            port: profile.port,
            protocol: profile.protocol.into(),
            client_id: profile.client_id.clone(),
            username: profile.username.clone(),
            password: profile.password.into(),
            keep_alive: profile.keep_alive,
            clean_start: profile.clean_start,
            session_expiry: profile.session_expiry,
            subscriptions: profile.subscriptions.iter().map(subscription).collect(),
        }
    }
}

impl From<Protocol> for model::ProtocolVersion {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::V31 => Self::V31,
            Protocol::V311 => Self::V311,
            Protocol::V5 => Self::V5,
        }
    }
}

impl From<model::ProtocolVersion> for Protocol {
    fn from(protocol: model::ProtocolVersion) -> Self {
        match protocol {
            model::ProtocolVersion::V31 => Self::V31,
            model::ProtocolVersion::V311 => Self::V311,
            model::ProtocolVersion::V5 => Self::V5,
        }
    }
}

impl From<PasswordSource> for model::PasswordSource {
    fn from(source: PasswordSource) -> Self {
        match source {
            PasswordSource::None => Self::None,
            PasswordSource::Keychain => Self::Keychain,
            PasswordSource::Ask => Self::Ask,
        }
    }
}

impl From<model::PasswordSource> for PasswordSource {
    fn from(source: model::PasswordSource) -> Self {
        match source {
            model::PasswordSource::None => Self::None,
            model::PasswordSource::Keychain => Self::Keychain,
            model::PasswordSource::Ask => Self::Ask,
        }
    }
}
