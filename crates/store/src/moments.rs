//! What the history knows of a moment, of the time between two, and of when messages came: plain
//! values, no SQL.

use wiretree_model::{Timestamp, Topic};

use crate::Cursor;

impl Cursor {
    /// Where a page of messages up to the one with this number, itself included, begins.
    pub fn up_to(position: i64) -> Self {
        Self(position.saturating_add(1))
    }
}

/// How many messages came in each of some equal parts of a stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Density {
    /// The beginning, included.
    pub from: Timestamp,
    /// The end, not included.
    pub to: Timestamp,
    /// One count for each part, the earliest first.
    pub counts: Vec<u64>,
}

/// What had come in by a position in the history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The number of the last message that belongs to it; 0: none does.
    pub position: i64,
    /// The topics with a message by then, in no particular order.
    pub topics: Vec<TopicState>,
}

/// A topic as it was. What we sent ourselves is not counted, as the live tree does not count it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicState {
    /// Which one.
    pub topic: Topic,
    /// Messages received on it.
    pub messages: u64,
    /// The number of the last of them.
    pub last: i64,
    /// Whether the last one with RETAIN set had a payload.
    pub retained: bool,
}

/// What became of a topic between two moments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which one.
    pub topic: Topic,
    /// What.
    pub kind: ChangeKind,
}

/// How a topic differs between two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It had no message at the first moment.
    Appeared {
        /// Its last message at the second.
        after: i64,
    },
    /// Its payload is another one.
    Changed {
        /// Its last message at the first moment.
        before: i64,
        /// Its last message at the second.
        after: i64,
    },
    /// It was retained at the first moment and is not at the second.
    Vanished {
        /// Its last message at the first moment.
        before: i64,
        /// Its last message at the second.
        after: i64,
    },
}

/// Some of the topics that differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangePage {
    /// May be fewer than asked for, even none, although more will be found; see `next`.
    pub items: Vec<Change>,
    /// Where to go on; `None`: everything has been compared.
    pub next: Option<Cursor>,
    /// Topics compared so far, those of earlier pages included.
    pub compared: u64,
    /// Topics to compare in all.
    pub total: u64,
}
