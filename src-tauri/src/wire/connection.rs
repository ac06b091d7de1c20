//! An open connection: what it is, where it stands, and how it is ended.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_session as session;

use super::{AppError, Colour, Fact, Pair, Protocol, Purpose};

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
    /// Read-only until it is unlocked.
    pub production: bool,
    /// Marks its tab.
    pub colour: Option<Colour>,
    /// What it was made for.
    pub purpose: Purpose,
    /// Warn before a payload above this size in bytes is published.
    pub payload_warning: Option<u32>,
}

/// How far an attempt to connect has come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ConnectStep {
    Resolving,
    Reaching,
    Proxy,
    Tls,
    WebSocket,
    Connack,
    Authenticating,
}

/// Where a connection stands.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum ConnectionState {
    Connecting { attempt: u32, step: ConnectStep },
    Connected { session_present: bool, client_id: String, since: i64, limits: Vec<Fact> },
    Disconnecting,
    Waiting { attempt: u32, retry_at: i64, cause: AppError },
    Refused { cause: AppError },
    Paused { dropped: bool },
    Closed,
}

/// What a DISCONNECT says. All but the fact itself is for MQTT 5.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FarewellInput {
    /// The reason code: 0, or 4 to have the will published.
    pub reason: u8,
    /// Another session expiry interval in seconds.
    pub session_expiry: Option<u32>,
    /// Text for people.
    pub reason_string: Option<String>,
    /// User properties in their order.
    pub user_properties: Vec<Pair>,
}

/// What the broker made of an UNSUBSCRIBE.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UnsubscribeResult {
    /// The topic filter.
    pub filter: String,
    /// Whether it has ended.
    pub ok: bool,
    /// The reason code and its name.
    pub reason: String,
}

impl FarewellInput {
    /// What the session is to say.
    pub(crate) fn to_session(&self) -> session::Farewell {
        session::Farewell {
            reason: self.reason,
            session_expiry: self.session_expiry,
            reason_string: self.reason_string.clone(),
            user_properties: self.user_properties.iter().map(Pair::to_texts).collect(),
        }
    }
}

impl UnsubscribeResult {
    /// The end of a subscription, for the page.
    pub(crate) fn from_session(outcome: &session::UnsubscribeOutcome) -> Self {
        Self {
            filter: outcome.filter.as_str().to_owned(),
            ok: !outcome.reason.is_failure(),
            reason: outcome.reason.to_string(),
        }
    }
}

impl ConnectionState {
    /// Where a session stands, for the page.
    pub(crate) fn from_session(state: session::State) -> Self {
        use session::State;
        match state {
            State::Connecting { attempt, step } => Self::Connecting { attempt, step: step.into() },
            State::Connected { session_present, client_id, since, limits } => Self::Connected {
                session_present,
                client_id,
                since: since.0,
                limits: Fact::from_limits(&limits),
            },
            State::WaitingToRetry { attempt, retry_at, cause, .. } => {
                Self::Waiting { attempt, retry_at: retry_at.0, cause: AppError::from(&cause) }
            }
            State::Disconnecting => Self::Disconnecting,
            State::Refused { cause } => Self::Refused { cause: AppError::from(&cause) },
            State::Paused { dropped } => Self::Paused { dropped },
            State::Closed => Self::Closed,
        }
    }
}

same_variants!(session::ConnectStep => ConnectStep:
    Resolving, Reaching, Proxy, Tls, WebSocket, Connack, Authenticating);
