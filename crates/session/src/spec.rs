//! What a session is opened with, and what is left to say when it has ended.

use std::time::Duration;

use wiretree_model::{PasswordSource, Profile, Purpose, RecordingRules, Secret, Timestamp};
use wiretree_mqtt::{ConnectOptions, State};
use wiretree_store::StoreError;
use wiretree_tree::Limits;

use crate::counters::Totals;
use crate::{SessionError, SubscriptionState};

/// The longest string of MQTT in bytes (MQTT 5 §1.5.4).
const LONGEST: usize = 65_535;

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
    /// Which topics are recorded.
    pub rules: RecordingRules,
    /// Numbers go on behind this one, where the history has none that is higher; 0 is usual.
    pub numbers_after: u64,
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
///
/// # Errors
/// [`SessionError::AccessToken`]: there is none, or it cannot be a user name.
pub fn connect_options(
    profile: &Profile,
    secrets: Secrets,
) -> Result<ConnectOptions, SessionError> {
    let (username, password) = match profile.access_token {
        true => (Some(token(secrets.password)?), None),
        false => (profile.username.clone(), secrets.password),
    };
    Ok(ConnectOptions {
        host: profile.host.clone(),
        port: profile.port,
        protocol: profile.protocol,
        client_id: profile.client_id.clone(),
        username,
        username_is_secret: has_token(profile),
        password,
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
    })
}

/// An access token as the user name that it is sent as (MQTT 5 §3.1.3.5).
fn token(secret: Option<Secret>) -> Result<String, SessionError> {
    let secret = secret.ok_or(SessionError::AccessToken("none was given"))?;
    let bytes = secret.expose_bytes();
    let text = std::str::from_utf8(bytes)
        .map_err(|_| SessionError::AccessToken("it is not text in UTF-8"))?;
    match text {
        "" => Err(SessionError::AccessToken("it is empty")),
        _ if text.contains('\0') => Err(SessionError::AccessToken("it has U+0000 in it")),
        _ if text.len() > LONGEST => Err(SessionError::AccessToken("it is too long")),
        _ => Ok(text.to_owned()),
    }
}

/// Whether the user name is an access token. Profiles of devices and gateways once had it there, and
/// no password.
fn has_token(profile: &Profile) -> bool {
    if profile.access_token {
        return true;
    }
    let is_device = match profile.purpose {
        Purpose::ThingsBoardDevice | Purpose::ThingsBoardGateway => true,
        Purpose::General | Purpose::ThingsBoardProvisioning => false,
    };
    is_device && profile.password == PasswordSource::None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_token(secret: Option<&[u8]>) -> Result<ConnectOptions, SessionError> {
        let profile =
            Profile { access_token: true, password: PasswordSource::Ask, ..Profile::default() };
        let password = secret.map(Secret::new);
        connect_options(&profile, Secrets { password, ..Secrets::default() })
    }

    #[test]
    fn an_access_token_is_the_user_name_and_a_secret() {
        let options = by_token(Some("T0KEN-ü".as_bytes())).unwrap();
        assert_eq!(options.username.as_deref(), Some("T0KEN-ü"));
        assert!(options.username_is_secret);
        assert_eq!(options.password, None);
        assert!(!format!("{options:?}").contains("T0KEN"), "{options:?}");
    }

    #[test]
    fn what_cannot_be_a_user_name_is_refused_without_being_quoted() {
        let long = "a".repeat(LONGEST + 1);
        for secret in
            [None, Some(b"".as_slice()), Some(b"a\xff"), Some(b"a\0"), Some(long.as_ref())]
        {
            let error = by_token(secret).unwrap_err();
            assert_eq!(error.code(), "secret-invalid");
            assert!(error.to_string().len() < 200, "{error}");
        }
    }

    #[test]
    fn a_token_saved_as_a_user_name_still_signs_in_and_is_hidden() {
        let signed = |purpose, password| {
            let username = Some("T0KEN".to_owned());
            let profile = Profile { username, purpose, password, ..Profile::default() };
            connect_options(&profile, Secrets::default()).unwrap()
        };
        let old = signed(Purpose::ThingsBoardDevice, PasswordSource::None);
        assert_eq!((old.username.as_deref(), old.username_is_secret), (Some("T0KEN"), true));
        assert!(!signed(Purpose::ThingsBoardDevice, PasswordSource::Ask).username_is_secret);
        assert!(!signed(Purpose::General, PasswordSource::None).username_is_secret);
    }
}
