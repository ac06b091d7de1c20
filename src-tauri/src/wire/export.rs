//! Exports of messages: what is asked for, and how they go on.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_session::{self as session, Split};

use super::{AppError, HistoryQuery};

/// The format of an export.
#[derive(Clone, Copy, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ExportFormat {
    Ndjson,
    Json,
    Csv,
    Parquet,
    /// A file for each payload.
    Raw,
    Mqttx,
    Mosquitto,
}

/// When a new file begins.
#[derive(Clone, Copy, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ExportSplit {
    Never,
    WhenLarge,
    Hour,
    Day,
}

/// What is done when something of that name exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ExistingFile {
    /// The export is not begun, and the page asks.
    Ask,
    /// Another name is chosen.
    KeepBoth,
    /// It is replaced once the export is complete.
    Replace,
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
    /// When a new file begins.
    pub split: ExportSplit,
    /// A folder that the folder dialog gave; none: the downloads folder.
    pub folder: Option<String>,
    /// The name proposed.
    pub file_name: String,
    /// What becomes of a file of that name.
    pub existing: ExistingFile,
}

/// How many messages an export will have.
#[derive(Clone, Copy, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportEstimate {
    /// The number.
    pub messages: u64,
    /// Whether it was counted; otherwise it was reckoned from a part.
    pub exact: bool,
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
    Finished { written: u64, unreadable: u64, bytes: u64, path: String },
    Cancelled { written: u64, path: String },
    Failed { problem: AppError },
}

impl ExportRequest {
    /// What the export consists of.
    pub(crate) fn form(&self) -> session::ExportForm {
        use session::Format;
        let formulas = match self.formula_safe {
            true => session::Formulas::Disarmed,
            false => session::Formulas::Verbatim,
        };
        let format = match self.format {
            ExportFormat::Ndjson => Format::Ndjson,
            ExportFormat::Json => Format::Json,
            ExportFormat::Csv => Format::Csv(formulas),
            ExportFormat::Parquet => Format::Parquet,
            ExportFormat::Mqttx => Format::Mqttx,
            ExportFormat::Mosquitto => Format::Mosquitto,
            ExportFormat::Raw => return session::ExportForm::PayloadFiles,
        };
        session::ExportForm::Messages(format, self.split.into())
    }
}

impl From<ExportSplit> for Split {
    fn from(split: ExportSplit) -> Self {
        match split {
            ExportSplit::Never => Self::Never,
            ExportSplit::WhenLarge => Self::WhenLarge,
            ExportSplit::Hour => Self::Every(3_600),
            ExportSplit::Day => Self::Every(86_400),
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
            Exported::Finished { written, unreadable, bytes, path } => {
                Self::Finished { written, unreadable, bytes, path: path.display().to_string() }
            }
            Exported::Cancelled { written, path } => {
                Self::Cancelled { written, path: path.display().to_string() }
            }
            Exported::Failed(error) => Self::Failed { problem: error.into() },
        }
    }
}
