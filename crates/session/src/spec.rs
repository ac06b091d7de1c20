//! What a session is opened with, and what is left to say when it has ended.

use std::time::Duration;

use wiretree_model::{PasswordSource, Profile, Purpose, Secret, Timestamp};
use wiretree_mqtt::{ConnectOptions, State};
use wiretree_store::StoreError;
use wiretree_tree::Limits;

use crate::SubscriptionState;
use crate::counters::Totals;

/// Whether the tree begins with the topics that the history knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeding {
    /// So that what was recorded can be looked at while the broker is away.
    FromHistory,
    /// Nobody looks at the tree.
    None,
}

/// What a session is opened with.
#[derive(Clone, Debug)]
pub struct SessionSpec {
    /// Names the connection in the history, for good.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// How to reach the broker.
    pub options: ConnectOptions,
    /// Whether the tree begins with the topics that the history knows.
    pub seeding: Seeding,
    /// How much the tree may hold.
    pub limits: Limits,
    /// A random number: it keeps a hostile broker from preparing topics that collide.
    pub tree_seed: u64,
}

/// The state of a session in numbers.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Received, stored, shown, dropped.
    pub totals: Totals,
    /// Topics known.
    pub topics: u64,
    /// Where the connection stands.
    pub state: State,
    /// What was asked for, and what the broker answered.
    pub subscriptions: Vec<SubscriptionState>,
    /// When the first message came in.
    pub first_received: Option<Timestamp>,
    /// When the history last told of a commit.
    pub last_stored: Option<Timestamp>,
    /// Why the history could not be written, if it could not.
    pub history_problem: Option<StoreError>,
}

impl Default for Summary {
    /// A session that has never done anything, and is closed.
    fn default() -> Self {
        Self {
            totals: Totals::default(),
            topics: 0,
            state: State::Closed,
            subscriptions: Vec::new(),
            first_received: None,
            last_stored: None,
            history_problem: None,
        }
    }
}

/// The secrets that a profile needs, as far as they are known.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// The password for the broker.
    pub password: Option<Secret>,
    /// The passphrase of the client certificate's key.
    pub key_passphrase: Option<Secret>,
    /// The password for the proxy.
    pub proxy_password: Option<Secret>,
}

/// The connection that a profile describes.
pub fn connect_options(profile: &Profile, secrets: Secrets) -> ConnectOptions {
    ConnectOptions {
        host: profile.host.clone(),
        port: profile.port,
        protocol: profile.protocol,
        client_id: profile.client_id.clone(),
        username: profile.username.clone(),
        username_is_secret: has_token(profile),
        password: secrets.password,
        keep_alive: profile.keep_alive,
        clean_start: profile.clean_start,
        session_expiry: profile.session_expiry,
        subscriptions: profile.subscriptions.clone(),
        connect_timeout: Duration::from_secs(profile.connect_timeout.max(1).into()),
        transport: profile.transport.clone(),
        tls: profile.tls.clone(),
        key_passphrase: secrets.key_passphrase,
        proxy: profile.proxy.clone(),
        proxy_password: secrets.proxy_password,
        will: profile.will.clone(),
        birth: profile.birth.clone(),
        properties: profile.properties.clone(),
        authentication: profile.authentication,
        acknowledge: profile.acknowledge,
        send_topic_aliases: profile.send_topic_aliases,
        packet_limit: profile.packet_limit,
        trace: None,
    }
}

/// Whether the user name is an access token: a device or a gateway signs in with it alone.
fn has_token(profile: &Profile) -> bool {
    let is_device = match profile.purpose {
        Purpose::ThingsBoardDevice | Purpose::ThingsBoardGateway => true,
        Purpose::General | Purpose::ThingsBoardProvisioning => false,
    };
    is_device && profile.password == PasswordSource::None
}
