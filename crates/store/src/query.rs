//! Questions to the history and their answers: plain values, no SQL.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;
use std::sync::Arc;

use wiretree_model::{Message, Timestamp, Topic, TopicFilter};
use wiretree_query::Expression;

use crate::StoredSession;
use crate::block::Damage;

/// A connection within one history file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub(crate) i64);

/// Which messages are wanted. The default is all of them.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Of which connection; `None`: of all.
    pub connection: Option<ConnectionId>,
    /// On which topics.
    pub scope: Scope,
    /// Bytes that must stand somewhere in the payload, exactly: case matters, and no encoding is
    /// assumed. Empty is the same as `None`.
    pub contains: Option<Vec<u8>>,
    /// What the message has to be like besides; `None`: as it may be.
    pub matching: Option<Arc<Expression>>,
    /// Received at this moment or later, by the clock as it was then.
    pub from: Option<Timestamp>,
    /// Received before this moment.
    pub to: Option<Timestamp>,
}

/// On which topics messages are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scope {
    /// On any.
    #[default]
    All,
    /// On exactly this one.
    Topic(Topic),
    /// On this one and all below it, which is what stands behind it and a slash.
    Subtree(Topic),
    /// On those that the filter matches (MQTT 5 §4.7).
    Filter(TopicFilter),
}

/// A message and where it stands in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its number in the file: the order of arrival over all connections.
    pub id: i64,
    /// Whose it is.
    pub connection: ConnectionId,
    /// The message as recorded.
    pub message: Message,
}

/// Some of the messages a query asks for, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// May be fewer than asked for, even none, although more will be found; see `next`.
    pub items: Vec<StoredMessage>,
    /// Where to go on; `None`: everything has been looked at.
    pub next: Option<Cursor>,
    /// How far back the search has come, where it has not come to the end.
    pub searched_to: Option<Timestamp>,
    /// Messages looked at or passed over for this page, of whichever connection.
    pub scanned: u64,
    /// Where nothing was recorded, oldest first: of the connection asked for, between the messages
    /// that were looked at, and at most a thousand. Each gap is in one page only.
    pub gaps: Vec<Gap>,
    /// When connections began, by the same rule.
    pub sessions: Vec<StoredSession>,
    /// What could not be read among the messages that were looked at, since it is damaged.
    pub damaged: Vec<Damaged>,
}

/// Messages next to each other that are damaged on the disk and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// How many.
    pub messages: u64,
    /// The number of the first.
    pub first: i64,
    /// The number of the last.
    pub last: i64,
    /// The earliest time of receipt among them, if that can be trusted.
    pub from: Timestamp,
    /// The latest.
    pub to: Timestamp,
    pub(crate) cause: Damage,
}

impl Damaged {
    /// What is wrong, in words.
    pub fn reason(&self) -> String {
        self.cause.to_string()
    }
}

/// A time in which a connection recorded nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Whose it is.
    pub connection: ConnectionId,
    /// The message it stands behind: in a page, the newest of its items that is older, and none where
    /// it is older than all of them; else the newest in the file, whosever that is.
    pub after_message: Option<i64>,
    /// The sequence number of the connection's newest message by then; 0: none.
    pub after_sequence: u64,
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None`: it goes on.
    pub to: Option<Timestamp>,
    /// Why, as a sentence.
    pub cause: String,
    /// Whether the broker had kept the session: then what it held back came afterwards.
    pub session_kept: bool,
}

/// Where to go on with a query. It stays valid while messages are added; as text it can cross to a
/// window and come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(pub(crate) i64);

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for Cursor {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// What [`crate::Reader::each`] comes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The next message that the query asks for.
    Message(StoredMessage),
    /// Some messages that cannot be read; it goes on behind them.
    Damaged(Damaged),
    /// No message, but word of how far it has come; the place to stop a search that finds nothing.
    Progress(Progressed),
}

/// How much of the history has been looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progressed {
    /// Messages looked at or passed over.
    pub scanned: u64,
    /// Messages that were there at the beginning.
    pub total: u64,
}

/// A connection that recorded into this history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredConnection {
    /// To ask with.
    pub id: ConnectionId,
    /// The identifier of its profile.
    pub key: String,
    /// Its name when it last recorded.
    pub name: String,
    /// The sequence number of its newest message; 0: none yet.
    pub last_sequence: u64,
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Bytes on the disk, what waits in the write-ahead log included.
    pub bytes: u64,
    /// Messages, over all connections.
    pub messages: u64,
}
