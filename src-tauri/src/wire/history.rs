//! History pages and their questions.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_session::{self as session, payload};

use super::Direction;

/// How many characters of a payload a line of the list shows.
const PREVIEW: usize = 160;

/// A topic, or a topic and everything below it.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Scope {
    /// The topic name.
    pub topic: String,
    /// Whether the topics below it belong to it.
    pub subtree: bool,
}

/// What to look for.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HistoryQuery {
    /// Where; none: on every topic.
    pub scope: Option<Scope>,
    /// What to look for, in the query language; empty: anything.
    pub text: String,
    /// How far the page's time is ahead of UTC, for moments in the text that have no zone.
    pub utc_offset_minutes: i32,
    /// From this moment on.
    pub from: Option<i64>,
    /// Up to this moment.
    pub to: Option<i64>,
}

/// A line of the history list.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HistoryItem {
    /// Names the message in the history.
    pub id: i64,
    /// Its topic, for showing.
    pub topic: String,
    /// When it came.
    pub received_at: i64,
    /// Which way it went.
    pub direction: Direction,
    /// 0, 1 or 2.
    pub qos: u8,
    /// RETAIN as received.
    pub retain: bool,
    /// DUP as received.
    pub dup: bool,
    /// Payload size in bytes.
    pub size: u64,
    /// The beginning of the payload on one line.
    pub preview: String,
}

/// Part of an answer, newest first.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HistoryPage {
    /// What was found.
    pub items: Vec<HistoryItem>,
    /// Where to go on; none: that was all.
    pub next: Option<String>,
    /// How far back the search has come.
    pub searched_to: Option<i64>,
    /// Messages looked at or passed over for this part.
    pub scanned: u64,
    /// Where nothing was recorded, oldest first. Each gap is in one page only.
    pub gaps: Vec<Gap>,
    /// What cannot be read among the messages that were looked at.
    pub damaged: Vec<Damaged>,
}

/// Messages beside each other that are damaged on the disk and cannot be read.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Damaged {
    /// How many.
    pub messages: u64,
    /// The number of the first, by which the same stretch is known again.
    pub first: i64,
    /// When the earliest was received.
    pub from: i64,
    /// When the latest was.
    pub to: i64,
}

impl Damaged {
    /// A stretch for the list.
    pub(crate) fn from_session(damaged: &session::Damaged) -> Self {
        let session::Damaged { messages, first, from, to, .. } = *damaged;
        Self { messages, first, from: from.0, to: to.0 }
    }
}

/// How far the opening of the history is, where it has to be written anew.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HistoryOpening {
    /// Messages that are through.
    pub messages: u64,
    /// How many there are; 0: not known.
    pub total: u64,
}

impl HistoryOpening {
    /// The progress for the page.
    pub(crate) fn from_session(progressed: session::Progressed) -> Self {
        Self { messages: progressed.scanned, total: progressed.total }
    }
}

/// What had to be done with the history before it could be opened.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum HistoryMended {
    /// It was of an earlier version and has been written anew.
    Upgraded {
        /// The file as it was.
        kept: String,
    },
    /// It was damaged, or no history.
    Salvaged {
        /// Where the file is now, with every byte.
        aside: String,
        /// Why it could not be used.
        reason: String,
        /// Messages that were taken over.
        messages: u64,
        /// Messages that are known to be lost.
        lost: u64,
        /// Topics whose names are lost.
        nameless: u64,
    },
}

impl HistoryMended {
    /// The same for the page.
    pub(crate) fn from_session(mended: &session::Mended) -> Self {
        match mended {
            session::Mended::Upgraded { kept } => {
                Self::Upgraded { kept: kept.display().to_string() }
            }
            session::Mended::Salvaged(salvaged) => Self::Salvaged {
                aside: salvaged.aside.display().to_string(),
                reason: salvaged.reason.clone(),
                messages: salvaged.messages,
                lost: salvaged.lost,
                nameless: salvaged.nameless,
            },
        }
    }
}

/// A time in which nothing was recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gap {
    /// The newest item of the page that is older; none: it is older than all of them.
    pub after_message: Option<i64>,
    /// Since when.
    pub from: i64,
    /// Until when; none: it goes on.
    pub to: Option<i64>,
    /// Why, as a sentence.
    pub cause: String,
    /// Whether the broker had kept the session: then what it held back came afterwards.
    pub session_kept: bool,
}

impl Gap {
    /// A gap for the list.
    pub(crate) fn from_session(gap: &session::Gap) -> Self {
        Self {
            after_message: gap.after_message,
            from: gap.from.0,
            to: gap.to.map(|moment| moment.0),
            cause: gap.cause.clone(),
            session_kept: gap.session_kept,
        }
    }
}

impl HistoryItem {
    /// A message for the list.
    pub(crate) fn from_session(stored: &session::StoredMessage) -> Self {
        let message = &stored.message;
        let publish = &message.publish;
        Self {
            id: stored.id,
            topic: publish.topic.to_text().into_owned(),
            received_at: message.received_at.0,
            direction: message.direction.into(),
            qos: publish.qos.bits(),
            retain: publish.retain,
            dup: publish.dup,
            size: publish.payload.len() as u64,
            preview: payload::preview(&publish.payload, PREVIEW),
        }
    }
}
