//! History pages, their questions, and exports.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_session::{self as session, payload};

use super::{AppError, Direction};

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

/// The format of an export.
#[derive(Clone, Copy, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ExportFormat {
    Ndjson,
    Csv,
    Json,
}

/// What to export, and where to.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportRequest {
    /// Exactly what the history pane shows.
    pub query: HistoryQuery,
    /// In which format.
    pub format: ExportFormat,
    /// CSV: mark cells that a spreadsheet would run as a formula.
    pub formula_safe: bool,
    /// A folder that the folder dialog gave; none: the downloads folder.
    pub folder: Option<String>,
    /// The name proposed; an existing file is never overwritten.
    pub file_name: String,
}

/// A running export.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportJob {
    /// Names it for cancelling.
    pub job: u32,
    /// Where it writes to.
    pub path: String,
}

/// News of an export.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum ExportEvent {
    Progress { written: u64, scanned: u64, total: u64, bytes: u64, milliseconds: u64 },
    Finished { written: u64, bytes: u64, path: String },
    Cancelled { written: u64, path: String },
    Failed { problem: AppError },
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

impl ExportFormat {
    /// The writer to use.
    pub(crate) fn to_session(self, formulas: session::Formulas) -> session::Format {
        match self {
            Self::Ndjson => session::Format::Ndjson,
            Self::Csv => session::Format::Csv(formulas),
            Self::Json => session::Format::Json,
        }
    }
}

impl ExportEvent {
    /// News of an export for the page.
    pub(crate) fn from_session(news: session::Exported) -> Self {
        use session::Exported;
        match news {
            Exported::Progress { written, scanned, total, bytes, took } => Self::Progress {
                written,
                scanned,
                total,
                bytes,
                milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            },
            Exported::Finished { written, bytes, path } => {
                Self::Finished { written, bytes, path: path.display().to_string() }
            }
            Exported::Cancelled { written, path } => {
                Self::Cancelled { written, path: path.display().to_string() }
            }
            Exported::Failed(error) => Self::Failed { problem: error.into() },
        }
    }
}
