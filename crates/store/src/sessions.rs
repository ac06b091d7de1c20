//! What a history keeps beside messages: when a connection was up, and what became of a publish.
//! Plain values, no SQL.

use std::time::Duration;

use wiretree_model::{ProtocolVersion, Timestamp};

use crate::ConnectionId;

/// How a connection to a broker began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionStart {
    /// When CONNACK came.
    pub from: Timestamp,
    /// Whether the broker still had the session (MQTT 5 §3.2.2.1.1).
    pub session_kept: bool,
    /// The client identifier in use.
    pub client_id: String,
    /// The address of the broker, without credentials.
    pub broker: String,
    /// What was spoken.
    pub protocol: ProtocolVersion,
}

/// A time in which a connection was up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// Whose it is.
    pub connection: ConnectionId,
    /// The message it begins behind: in a page, the newest of its items that is older, and none
    /// where it is older than all of them; else the newest in the file, whosever that is.
    pub after_message: Option<i64>,
    /// The sequence number of the connection's newest message when it began; 0: none.
    pub after_sequence: u64,
    /// How it began.
    pub start: SessionStart,
    /// Until when; `None`: it goes on, or nobody has looked since it was killed.
    pub to: Option<Timestamp>,
    /// Why it ended, as a sentence.
    pub cause: Option<String>,
}

/// What became of a message that was published from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOutcome {
    /// When that was known.
    pub at: Timestamp,
    /// What it was.
    pub ending: PublishEnding,
}

/// How a publish ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishEnding {
    /// Handed to the network; with QoS 0 nobody says more.
    Sent,
    /// The broker has taken it.
    Acknowledged {
        /// The time from sending to the acknowledgement.
        after: Duration,
        /// The reason code of PUBACK or PUBCOMP; 0 with 3.1.1, which has none.
        reason_code: u8,
        /// The reason in words.
        reason: String,
    },
    /// It was not sent, or the broker did not take it.
    Failed {
        /// Why, as a sentence.
        cause: String,
    },
    /// The connection or the session ended before the answer came.
    Unknown {
        /// What ended, as a sentence.
        cause: String,
    },
}
