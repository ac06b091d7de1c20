//! Moments of the history: timelines, pictures of the past, differences, history files.

use std::path::Path;

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_model::Timestamp;
use wiretree_session::{self as session, ChangeKind, payload};

use super::{AppError, Gap, Selection, TreeWindow};
use crate::travelling;

/// How many characters of a value a line of a difference shows.
const PREVIEW: usize = 80;

/// How many messages came in each of some equal parts of a stretch of time.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Timeline {
    /// The beginning.
    pub from: i64,
    /// The end, not included.
    pub to: i64,
    /// A count for each part, the earliest first.
    pub counts: Vec<u64>,
    /// When nothing was recorded.
    pub gaps: Vec<Gap>,
}

/// When the first and the last message came.
#[derive(Clone, Copy, Debug, Serialize, Type)]
pub(crate) struct Span {
    pub first: i64,
    pub last: i64,
}

/// A moment to look at.
#[derive(Clone, Copy, Debug, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum PastMoment {
    /// When the newest message had come.
    End,
    /// By the clock.
    At { at: i64 },
    /// When a message had come.
    Message { message: i64 },
}

/// Where a moment is.
#[derive(Clone, Copy, Debug, Serialize, Type)]
pub(crate) struct FoundMoment {
    /// The last message that belongs to it; 0: none does.
    pub position: i64,
    /// When it is.
    pub at: i64,
}

/// A moment that is looked at.
#[derive(Clone, Copy, Debug, Serialize, Type)]
pub(crate) struct OpenedPast {
    /// Names it wherever a connection is looked at; close it like one.
    pub connection: u32,
    /// The last message that belongs to it; 0: none does.
    pub position: i64,
    /// When it is.
    pub at: i64,
}

/// The tree as it was.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PastFrame {
    /// Counts the pictures.
    pub revision: u64,
    /// The moment.
    pub now: i64,
    /// Topics with a message by then.
    pub topics: u64,
    /// Beyond the limit of the tree.
    pub undrawn_topics: u64,
    /// The rows that the window shows.
    pub tree: TreeWindow,
    /// The selected topic.
    pub selection: Option<Selection>,
    /// Why values of rows are missing.
    pub problem: Option<AppError>,
}

/// In which direction to step.
#[derive(Clone, Copy, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Side {
    Older,
    Newer,
}

/// How a topic differs between two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DifferenceKind {
    /// It had no message at the first moment.
    Appeared,
    /// Its payload is another one.
    Changed,
    /// It was retained at the first moment, and is not at the second.
    Vanished,
}

/// The value of a topic at a moment.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ValueThen {
    /// Which message.
    pub message: i64,
    /// When it came; none: it is damaged.
    pub received_at: Option<i64>,
    /// The beginning of its payload on one line; none: it is damaged.
    pub preview: Option<String>,
}

/// A topic that differs.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DifferentTopic {
    /// Which one.
    pub topic: String,
    /// How.
    pub kind: DifferenceKind,
    /// Its value at the first moment.
    pub before: Option<ValueThen>,
    /// Its value at the second.
    pub after: ValueThen,
}

/// Some of the topics that differ.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Difference {
    /// May be none although there are more.
    pub items: Vec<DifferentTopic>,
    /// Where to go on; none: everything has been compared.
    pub next: Option<String>,
    /// Topics compared so far.
    pub compared: u64,
    /// Topics to compare in all.
    pub total: u64,
}

/// A connection in a history file.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileConnection {
    /// Names it.
    pub key: String,
    /// What people called it.
    pub name: String,
    /// How many messages it has counted.
    pub messages: u64,
}

/// A history file that was opened for reading.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HistoryFile {
    /// Names it.
    pub file: u32,
    /// Its name without folders.
    pub name: String,
    /// Where it is.
    pub path: String,
    /// Who recorded into it.
    pub connections: Vec<FileConnection>,
}

same_variants!(Side => session::Beside: Older, Newer);

impl From<PastMoment> for session::Moment {
    fn from(moment: PastMoment) -> Self {
        match moment {
            PastMoment::End => Self::End,
            PastMoment::At { at } => Self::At(Timestamp(at)),
            PastMoment::Message { message } => Self::Message(message),
        }
    }
}

impl Timeline {
    /// A density for the page.
    pub(crate) fn from_session(density: session::Density, gaps: &[session::Gap]) -> Self {
        Self {
            from: density.from.0,
            to: density.to.0,
            counts: density.counts,
            gaps: gaps.iter().map(Gap::from_session).collect(),
        }
    }
}

impl PastFrame {
    /// A picture of a moment for the page.
    pub(crate) fn from_session(frame: &session::PastFrame, now: Timestamp) -> Self {
        Self {
            revision: frame.revision,
            now: now.0,
            topics: frame.topics,
            undrawn_topics: frame.undrawn_topics,
            tree: TreeWindow::from_session(&frame.window),
            selection: frame.selection.as_ref().map(Selection::from_session),
            problem: frame.problem.as_ref().map(AppError::from),
        }
    }
}

impl Difference {
    /// A page of differences for the page.
    pub(crate) fn from_session(found: &session::Difference) -> Self {
        Self {
            items: found.items.iter().map(DifferentTopic::from_session).collect(),
            next: found.next.map(|cursor| cursor.to_string()),
            compared: found.compared,
            total: found.total,
        }
    }
}

impl DifferentTopic {
    fn from_session(topic: &session::DifferentTopic) -> Self {
        Self {
            topic: topic.topic.to_text().into_owned(),
            kind: match topic.kind {
                ChangeKind::Appeared { .. } => DifferenceKind::Appeared,
                ChangeKind::Changed { .. } => DifferenceKind::Changed,
                ChangeKind::Vanished { .. } => DifferenceKind::Vanished,
            },
            before: topic.before.as_ref().map(ValueThen::from_session),
            after: ValueThen::from_session(&topic.after),
        }
    }
}

impl ValueThen {
    fn from_session(value: &session::Value) -> Self {
        let content = value.content.as_ref();
        let text = |(_, preview): &(Timestamp, session::Preview)| match preview.truncated {
            true => payload::preview_of_beginning(&preview.bytes, PREVIEW),
            false => payload::preview(&preview.bytes, PREVIEW),
        };
        Self {
            message: value.message,
            received_at: content.map(|(moment, _)| moment.0),
            preview: content.map(text),
        }
    }
}

impl HistoryFile {
    /// A file that was opened.
    pub(crate) fn new(file: u32, path: &Path, found: &[session::StoredConnection]) -> Self {
        let connections = found.iter().map(|connection| FileConnection {
            key: connection.key.clone(),
            name: connection.name.clone(),
            messages: connection.last_sequence,
        });
        Self {
            file,
            name: travelling::name(path),
            path: path.display().to_string(),
            connections: connections.collect(),
        }
    }
}
