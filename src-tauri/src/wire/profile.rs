//! Connection profiles and their form.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_model as model;

use super::{
    AppError, BirthInput, ConnectPropertiesInput, Flaw, Flaws, Proxy, SubscriptionInput, Tls,
    Transport, WillInput,
};

/// Which MQTT to speak.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Protocol {
    V31,
    V311,
    V5,
}

/// Where a password comes from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PasswordSource {
    None,
    Keychain,
    Ask,
}

/// The colour of a tab and of an entry in the list.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Colour {
    Red,
    Orange,
    Yellow,
    Green,
    Teal,
    Blue,
    Purple,
    Grey,
}

/// What a connection was made for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Purpose {
    General,
    ThingsBoardDevice,
    ThingsBoardGateway,
    ThingsBoardProvisioning,
}

/// When QoS 1 and 2 messages are acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Acknowledge {
    AfterCommit,
    OnReceipt,
}

same_variants!(Protocol = model::ProtocolVersion: V31, V311, V5);
same_variants!(PasswordSource = model::PasswordSource: None, Keychain, Ask);
same_variants!(Colour = model::Colour: Red, Orange, Yellow, Green, Teal, Blue, Purple, Grey);
same_variants!(Purpose = model::Purpose:
    General, ThingsBoardDevice, ThingsBoardGateway, ThingsBoardProvisioning);
same_variants!(Acknowledge = model::Acknowledge: AfterCommit, OnReceipt);

/// A saved connection, or what the form holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Profile {
    /// Empty: not saved yet.
    pub id: String,
    /// What the tab shows.
    pub name: String,
    /// Where it stands in the list, levels apart by `/`; empty: at the top.
    pub folder: String,
    /// Marks its tab and its entry in the list.
    pub colour: Option<Colour>,
    /// Read-only until it is unlocked.
    pub production: bool,
    /// Open it when the program starts.
    pub auto_connect: bool,
    /// What it was made for.
    pub purpose: Purpose,
    /// What carries the bytes.
    pub transport: Transport,
    /// TLS below MQTT; none: plain text.
    pub tls: Option<Tls>,
    /// A proxy on the way.
    pub proxy: Option<Proxy>,
    /// Seconds.
    pub connect_timeout: u16,
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
    /// The secret is an access token, sent as the user name.
    pub access_token: bool,
    /// Seconds; 0 is off.
    pub keep_alive: u16,
    /// Clean start, or clean session in 3.1.1.
    pub clean_start: bool,
    /// Seconds; MQTT 5 only.
    pub session_expiry: u32,
    /// What the broker publishes when the connection ends without DISCONNECT.
    pub will: Option<WillInput>,
    /// What is published after each connect.
    pub birth: Option<BirthInput>,
    /// What CONNECT says beside that; MQTT 5 only.
    pub properties: ConnectPropertiesInput,
    /// Enhanced authentication by SCRAM-SHA-256; MQTT 5 only.
    pub scram: bool,
    /// What to subscribe to.
    pub subscriptions: Vec<SubscriptionInput>,
    /// When QoS 1 and 2 messages are acknowledged.
    pub acknowledge: Acknowledge,
    /// Replace topics by aliases when publishing.
    pub send_topic_aliases: bool,
    /// The largest packet taken from the broker, in bytes.
    pub packet_limit: u32,
    /// Warn before a payload above this size in bytes is published.
    pub payload_warning: Option<u32>,
}

impl Profile {
    /// The form's content as the domain's type, checked.
    ///
    /// # Errors
    /// `profile-invalid` with the first thing that is wrong with it.
    pub(crate) fn to_model(&self) -> Result<model::Profile, AppError> {
        let (profile, flaws) = self.read();
        match flaws.first() {
            None => Ok(profile),
            Some(Flaw { message, .. }) => Err(AppError::new(
                "profile-invalid",
                format!("The connection cannot be used as it is: {message}"),
            )),
        }
    }

    /// The form's content as far as it can be read, and everything that is wrong with it. What is
    /// wrong is replaced by something that is right, so it is for checking only.
    pub(crate) fn read(&self) -> (model::Profile, Vec<Flaw>) {
        let mut flaws = Flaws::default();
        let profile = self.convert(&mut flaws);
        let errors = profile.errors().into_iter();
        let errors = errors.map(|found| Flaw {
            field: camel_case(&found.field).replace("authentication", "scram"),
            message: found.error.to_string(),
        });
        let typed = flaws.0;
        // What cannot be read is said once, and not again because of what stands in for it.
        let more: Vec<_> =
            errors.filter(|error| !typed.iter().any(|flaw| flaw.field == error.field)).collect();
        (profile, typed.into_iter().chain(more).collect())
    }

    fn convert(&self, flaws: &mut Flaws) -> model::Profile {
        let subscriptions = self.subscriptions.iter().enumerate();
        let subscriptions = subscriptions.filter_map(|(index, wanted)| {
            wanted.to_model(&format!("subscriptions.{index}"), flaws)
        });
        let subscriptions = subscriptions.collect();
        model::Profile {
            id: model::ProfileId(self.id.clone()),
            name: self.name.trim().to_owned(),
            folder: self.folder.trim().to_owned(),
            colour: self.colour.map(Into::into),
            production: self.production,
            auto_connect: self.auto_connect,
            purpose: self.purpose.into(),
            transport: self.transport.to_model(),
            tls: self.tls.as_ref().map(|tls| tls.to_model(flaws)),
            proxy: self.proxy.as_ref().map(Proxy::to_model),
            connect_timeout: self.connect_timeout,
            host: self.host.trim().to_owned(),
            port: self.port,
            protocol: self.protocol.into(),
            client_id: self.client_id.clone(),
            username: self.username.clone(),
            password: self.password.into(),
            access_token: self.access_token,
            keep_alive: self.keep_alive,
            clean_start: self.clean_start,
            session_expiry: self.session_expiry,
            will: self.will.as_ref().map(|will| will.to_model(flaws)),
            birth: self.birth.as_ref().map(|birth| birth.to_model(flaws)),
            properties: self.properties.to_model(),
            authentication: self.scram.then_some(model::Authentication::ScramSha256),
            subscriptions,
            acknowledge: self.acknowledge.into(),
            send_topic_aliases: self.send_topic_aliases,
            packet_limit: self.packet_limit,
            payload_warning: self.payload_warning,
        }
    }

    /// A saved profile for the page.
    pub(crate) fn from_model(profile: &model::Profile) -> Self {
        let subscriptions = profile.subscriptions.iter().map(SubscriptionInput::from_model);
        Self {
            id: profile.id.0.clone(),
            name: profile.name.clone(),
            folder: profile.folder.clone(),
            colour: profile.colour.map(Into::into),
            production: profile.production,
            auto_connect: profile.auto_connect,
            purpose: profile.purpose.into(),
            transport: Transport::from_model(&profile.transport),
            tls: profile.tls.as_ref().map(Tls::from_model),
            proxy: profile.proxy.as_ref().map(Proxy::from_model),
            connect_timeout: profile.connect_timeout,
            host: profile.host.clone(),
            port: profile.port,
            protocol: profile.protocol.into(),
            client_id: profile.client_id.clone(),
            username: profile.username.clone(),
            password: profile.password.into(),
            access_token: profile.access_token,
            keep_alive: profile.keep_alive,
            clean_start: profile.clean_start,
            session_expiry: profile.session_expiry,
            will: profile.will.as_ref().map(WillInput::from_model),
            birth: profile.birth.as_ref().map(BirthInput::from_model),
            properties: ConnectPropertiesInput::from_model(&profile.properties),
            scram: profile.authentication.is_some(),
            subscriptions: subscriptions.collect(),
            acknowledge: profile.acknowledge.into(),
            send_topic_aliases: profile.send_topic_aliases,
            packet_limit: profile.packet_limit,
            payload_warning: profile.payload_warning,
        }
    }
}

/// A path of fields as the page writes it.
fn camel_case(path: &str) -> String {
    let mut parts = path.split('_');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (first, rest) = part.split_at(part.len().min(1));
        text += &first.to_uppercase();
        text += rest;
    }
    text
}

#[cfg(test)]
mod tests;
