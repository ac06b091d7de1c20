//! A profile as it is written, converted by hand: what the file calls something stays the same when
//! the program calls it otherwise. Fields that came later have defaults, so that older files are
//! read. Absent: secrets, which have no field.

mod messages;
mod network;
mod subscription;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wiretree_model::{
    Acknowledge, Authentication, Colour, DEFAULT_PACKET_LIMIT, PasswordSource, Profile, ProfileId,
    ProtocolVersion, Purpose,
};

use messages::{BirthRecord, ConnectRecord, WillRecord};
use network::{ProxyRecord, TlsRecord, TransportRecord};
use subscription::SubscriptionRecord;

/// A profile in the file.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    id: String,
    name: String,
    #[serde(default)]
    folder: String,
    #[serde(default)]
    colour: Option<ColourRecord>,
    #[serde(default)]
    production: bool,
    #[serde(default)]
    auto_connect: bool,
    #[serde(default)]
    purpose: PurposeRecord,
    #[serde(default)]
    transport: TransportRecord,
    #[serde(default)]
    tls: Option<TlsRecord>,
    #[serde(default)]
    proxy: Option<ProxyRecord>,
    #[serde(default = "connect_timeout")]
    connect_timeout: u16,
    host: String,
    port: u16,
    protocol: Protocol,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    password_source: Source,
    #[serde(default)]
    access_token: bool,
    keep_alive: u16,
    clean_start: bool,
    #[serde(default)]
    session_expiry: u32,
    #[serde(default)]
    will: Option<WillRecord>,
    #[serde(default)]
    birth: Option<BirthRecord>,
    #[serde(default)]
    properties: ConnectRecord,
    #[serde(default)]
    authentication: Option<AuthenticationRecord>,
    #[serde(default)]
    subscriptions: Vec<SubscriptionRecord>,
    #[serde(default)]
    acknowledge: AcknowledgeRecord,
    #[serde(default)]
    send_topic_aliases: bool,
    #[serde(default = "packet_limit")]
    packet_limit: u32,
    #[serde(default)]
    payload_warning: Option<u32>,
}

#[derive(Serialize, Deserialize)]
enum Protocol {
    #[serde(rename = "3.1")]
    V31,
    #[serde(rename = "3.1.1")]
    V311,
    #[serde(rename = "5")]
    V5,
}

/// Where a secret is to be had; never the secret.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Source {
    #[default]
    None,
    Keychain,
    Ask,
}

/// Enumerations of the model under the names they have in the file.
macro_rules! names {
    ($($record:ident for $model:ident { $($variant:ident = $name:literal),* $(,)? })*) => {$(
        #[derive(Serialize, Deserialize)]
        enum $record {
            $(#[serde(rename = $name)] $variant,)*
        }

        impl From<$model> for $record {
            fn from(value: $model) -> Self {
                match value { $($model::$variant => Self::$variant,)* }
            }
        }

        impl From<$record> for $model {
            fn from(value: $record) -> Self {
                match value { $($record::$variant => Self::$variant,)* }
            }
        }
    )*};
}

names! {
    ColourRecord for Colour {
        Red = "red", Orange = "orange", Yellow = "yellow", Green = "green",
        Teal = "teal", Blue = "blue", Purple = "purple", Grey = "grey",
    }
    PurposeRecord for Purpose {
        General = "general",
        ThingsBoardDevice = "thingsboard-device",
        ThingsBoardGateway = "thingsboard-gateway",
        ThingsBoardProvisioning = "thingsboard-provisioning",
    }
    AuthenticationRecord for Authentication { ScramSha256 = "scram-sha-256" }
    AcknowledgeRecord for Acknowledge { AfterCommit = "after-commit", OnReceipt = "on-receipt" }
}

impl Default for PurposeRecord {
    fn default() -> Self {
        Purpose::default().into()
    }
}

impl Default for AcknowledgeRecord {
    fn default() -> Self {
        Acknowledge::default().into()
    }
}

impl Record {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn new(profile: &Profile) -> Self {
        Self {
            id: profile.id.0.clone(),
            name: profile.name.clone(),
            folder: profile.folder.clone(),
            colour: profile.colour.map(Into::into),
            production: profile.production,
            auto_connect: profile.auto_connect,
            purpose: profile.purpose.into(),
            transport: TransportRecord::new(&profile.transport),
            tls: profile.tls.as_ref().map(TlsRecord::new),
            proxy: profile.proxy.as_ref().map(ProxyRecord::new),
            connect_timeout: profile.connect_timeout,
            host: profile.host.clone(),
            port: profile.port,
            protocol: Protocol::new(profile.protocol),
            client_id: profile.client_id.clone(),
            username: profile.username.clone(),
            password_source: Source::new(profile.password),
            access_token: profile.access_token,
            keep_alive: profile.keep_alive,
            clean_start: profile.clean_start,
            session_expiry: profile.session_expiry,
            will: profile.will.as_ref().map(WillRecord::new),
            birth: profile.birth.as_ref().map(BirthRecord::new),
            properties: ConnectRecord::new(&profile.properties),
            authentication: profile.authentication.map(Into::into),
            subscriptions: profile.subscriptions.iter().map(SubscriptionRecord::new).collect(),
            acknowledge: profile.acknowledge.into(),
            send_topic_aliases: profile.send_topic_aliases,
            packet_limit: profile.packet_limit,
            payload_warning: profile.payload_warning,
        }
    }

    pub(super) fn into_profile(self) -> Profile {
        let subscriptions = self.subscriptions.into_iter();
        Profile {
            id: ProfileId(self.id),
            name: self.name,
            folder: self.folder,
            colour: self.colour.map(Into::into),
            production: self.production,
            auto_connect: self.auto_connect,
            purpose: self.purpose.into(),
            transport: self.transport.into_transport(),
            tls: self.tls.map(TlsRecord::into_tls),
            proxy: self.proxy.map(ProxyRecord::into_proxy),
            connect_timeout: self.connect_timeout,
            host: self.host,
            port: self.port,
            protocol: self.protocol.into_version(),
            client_id: self.client_id,
            username: self.username,
            password: self.password_source.into_source(),
            access_token: self.access_token,
            keep_alive: self.keep_alive,
            clean_start: self.clean_start,
            session_expiry: self.session_expiry,
            will: self.will.map(WillRecord::into_will),
            birth: self.birth.map(BirthRecord::into_birth),
            properties: self.properties.into_properties(),
            authentication: self.authentication.map(Into::into),
            subscriptions: subscriptions.map(SubscriptionRecord::into_subscription).collect(),
            acknowledge: self.acknowledge.into(),
            send_topic_aliases: self.send_topic_aliases,
            packet_limit: self.packet_limit,
            payload_warning: self.payload_warning,
        }
    }

    /// The fields by name, to be laid over those that the file had.
    pub(super) fn into_fields(self) -> serde_json::Result<Map<String, Value>> {
        match serde_json::to_value(self)? {
            Value::Object(fields) => Ok(fields),
            _ => Ok(Map::new()),
        }
    }
}

impl Protocol {
    fn new(version: ProtocolVersion) -> Self {
        match version {
            ProtocolVersion::V31 => Self::V31,
            ProtocolVersion::V311 => Self::V311,
            ProtocolVersion::V5 => Self::V5,
        }
    }

    fn into_version(self) -> ProtocolVersion {
        match self {
            Self::V31 => ProtocolVersion::V31,
            Self::V311 => ProtocolVersion::V311,
            Self::V5 => ProtocolVersion::V5,
        }
    }
}

impl Source {
    fn new(source: PasswordSource) -> Self {
        match source {
            PasswordSource::None => Self::None,
            PasswordSource::Keychain => Self::Keychain,
            PasswordSource::Ask => Self::Ask,
        }
    }

    fn into_source(self) -> PasswordSource {
        match self {
            Self::None => PasswordSource::None,
            Self::Keychain => PasswordSource::Keychain,
            Self::Ask => PasswordSource::Ask,
        }
    }
}

fn connect_timeout() -> u16 {
    Profile::default().connect_timeout
}

fn packet_limit() -> u32 {
    DEFAULT_PACKET_LIMIT
}
