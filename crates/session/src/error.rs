//! What can go wrong in a session, as sentences; the edges' own errors are passed on unchanged.

use wiretree_model::{FilterError, ProfileError, TopicError};
use wiretree_mqtt::MqttError;

use wiretree_payload::ComposeError;
use wiretree_store::StoreError;
use wiretree_transfer::TransferError;
use wiretree_transfer::import::ImportError;

use crate::replay::ReplayError;

/// Why something asked of a session failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SessionError {
    /// The broker's edge.
    #[error(transparent)]
    Mqtt(#[from] MqttError),
    /// The disk's edge.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A profile that cannot be used.
    #[error("The connection cannot be used as it is: {0}")]
    Profile(#[from] ProfileError),
    /// An access token that cannot be a user name. Deliberately without the token.
    #[error("The access token cannot be sent: {0}. Give it again")]
    AccessToken(&'static str),
    /// A topic that cannot be published to.
    #[error("The message was not sent: {0}")]
    Topic(#[from] TopicError),
    /// A filter that is not one.
    #[error("The filter was not applied: {0}")]
    Filter(#[from] FilterError),
    /// A payload that was typed wrong.
    #[error("The message was not sent: {0}")]
    Compose(#[from] ComposeError),
    /// An export that could not be written.
    #[error("The export failed: {0}")]
    Export(String),
    /// A replay that cannot be begun.
    #[error("The replay was not begun: {0}. Change it, and start it again")]
    Replay(#[from] ReplayError),
    /// The file with the outcomes of a replay.
    #[error("The replay was not begun: {0}. Choose another name or folder")]
    OutcomeFile(String),
    /// A file that could not be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Something that stands where an export would go.
    #[error("{0} exists already; choose another name, or say that it is to be replaced")]
    Exists(String),
    /// A message that is not in the history (any more).
    #[error("The message is not in the history any more. Choose another one from the list")]
    NoMessage,
    /// A connection that is being recorded already.
    #[error("{0} is open already. Go on there, or close it first")]
    AlreadyOpen(String),
    /// The session has been closed.
    #[error("The connection is closed. Open it again to go on")]
    Ended,
    /// A replay whose task ended without a word.
    #[error(
        "The replay broke off by a fault of this program. What was sent stays sent; the history tells \
         what. Start it again"
    )]
    BrokeOff,
    /// A task of ours ended without an answer.
    #[error("Reading the history was interrupted. Try again")]
    Interrupted,
}

impl SessionError {
    /// Stays the same whatever the sentence says.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Mqtt(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Profile(_) => "profile-invalid",
            Self::AccessToken(_) => "secret-invalid",
            Self::Topic(_) => "topic-invalid",
            Self::Filter(_) => "filter-invalid",
            Self::Compose(_) => "payload-invalid",
            Self::Export(_) => "export-failed",
            Self::Replay(_) => "replay-invalid",
            Self::OutcomeFile(_) => "outcome-file",
            Self::Import(error) => error.code(),
            Self::Exists(_) => "export-exists",
            Self::NoMessage => "message-gone",
            Self::AlreadyOpen(_) => "already-open",
            Self::Ended => "session-ended",
            Self::BrokeOff => "job-broken",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<TransferError> for SessionError {
    fn from(error: TransferError) -> Self {
        Self::Export(error.to_string())
    }
}
