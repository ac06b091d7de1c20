//! What can go wrong on the disk, each as a sentence that names the file, the step, and what to do.
//!
//! Errors are values to keep and show again (a full disk stays full), so causes are kept as text.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use wiretree_model::PublishLimit;

/// Why the history or the profiles could not be opened, read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are a path, and the cause in words")]
pub enum StoreError {
    /// The folder of a file is not there and cannot be made.
    #[error("the folder {path} cannot be created ({reason}); choose a folder you may write to")]
    Folder { path: PathBuf, reason: String },
    /// The history cannot be opened at all.
    #[error("the history {path} cannot be opened ({reason}); check that you may read and write it")]
    Open { path: PathBuf, reason: String },
    /// It was to be read, and is not there.
    #[error("there is no history at {path}; check the path")]
    Missing { path: PathBuf },
    /// A file of something else, left as it was.
    #[error("{path} is not a Wiretree history and was left as it is; choose another file")]
    NotAHistory { path: PathBuf },
    /// Written by a later Wiretree, and left as it was.
    #[error(
        "the history {path} has format {found}, and this Wiretree knows up to {known}; \
         it was left as it is, use a newer Wiretree to open it"
    )]
    NewerHistory { path: PathBuf, found: i64, known: i64 },
    /// Written by an earlier Wiretree, to be brought up to date before it is read.
    #[error(
        "the history {path} has the format of an earlier Wiretree; bring it up to date with \
         `wiretree-cli upgrade`, which keeps a copy"
    )]
    OlderHistory { path: PathBuf },
    /// Bringing it up to date failed; the file is where and as it was.
    #[error(
        "the history {path} of an earlier Wiretree could not be brought up to date ({reason}); \
         it was left as it was, check that there is room on the disk and try again"
    )]
    Upgrade { path: PathBuf, reason: String },
    /// A file that cannot be used could not be moved out of the way.
    #[error("{path} cannot be set aside ({reason}); move it away, or use another history file")]
    Aside { path: PathBuf, reason: String },
    /// A history has one writer at a time.
    #[error("another Wiretree is writing to {path}; close it or use another history file")]
    InUse { path: PathBuf },
    /// No space; what waits is kept and tried again.
    #[error(
        "the disk is full: {path} cannot grow; free some space, and recording goes on by itself"
    )]
    DiskFull { path: PathBuf },
    /// Writing failed for another reason; what waits is kept and tried again.
    #[error(
        "writing to the history {path} failed ({reason}); check the disk, \
         messages that wait are kept and tried again"
    )]
    Write { path: PathBuf, reason: String },
    /// Reading failed.
    #[error("reading from the history {path} failed ({reason}); try again, and check the disk")]
    Read { path: PathBuf, reason: String },
    /// The file is a history, and part of it is broken.
    #[error(
        "the history {path} is damaged ({reason}); `wiretree-cli salvage` sets it aside and takes \
         over what is intact"
    )]
    Damaged { path: PathBuf, reason: String },
    /// Something was appended after the history was closed.
    #[error("the history is closed and takes no more messages; open it again")]
    Closed,
    /// A message that no packet can carry, nor the history: its batch was not taken.
    #[error(
        "the messages were not recorded, since MQTT cannot carry one of them ({0}); leave it out"
    )]
    Impossible(PublishLimit),
    /// The history was closed while it could not be written.
    #[error("{count} messages could not be saved before the history was closed: {cause}")]
    Unsaved { count: u64, cause: Box<StoreError> },
    /// A database of another program that is not imported, and was left as it was.
    #[error("the database {path} was not imported ({reason}); check the file")]
    Foreign { path: PathBuf, reason: String },
    /// The profiles cannot be read from the disk.
    #[error("the connection profiles in {path} cannot be read ({reason}); check the file")]
    ProfilesRead { path: PathBuf, reason: String },
    /// The profiles file is not what it should be, and was left as it was.
    #[error(
        "the connection profiles in {path} are malformed at line {line}, column {column} \
         ({reason}); correct the file, or set it aside and start anew"
    )]
    ProfilesMalformed { path: PathBuf, line: usize, column: usize, reason: String },
    /// Written by a later Wiretree, and left as it was.
    #[error(
        "the connection profiles in {path} have version {found}, and this Wiretree knows up to \
         {known}; use a newer Wiretree, or set the file aside and start anew"
    )]
    ProfilesNewer { path: PathBuf, found: u64, known: u64 },
    /// The profiles cannot be written; the file still has what it had.
    #[error(
        "the connection profiles cannot be saved to {path} ({reason}); \
         the file was not changed, check that you may write there"
    )]
    ProfilesWrite { path: PathBuf, reason: String },
}

impl StoreError {
    /// A short name that stays the same when the sentence is reworded.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Folder { .. } => "store-folder",
            Self::Open { .. } => "history-open",
            Self::Missing { .. } => "history-missing",
            Self::NotAHistory { .. } => "history-not-a-history",
            Self::NewerHistory { .. } => "history-newer",
            Self::OlderHistory { .. } => "history-older",
            Self::Upgrade { .. } => "history-upgrade",
            Self::Aside { .. } => "history-aside",
            Self::InUse { .. } => "history-in-use",
            Self::DiskFull { .. } => "disk-full",
            Self::Write { .. } => "history-write",
            Self::Read { .. } => "history-read",
            Self::Damaged { .. } => "history-damaged",
            Self::Closed => "history-closed",
            Self::Impossible(_) => "message-impossible",
            Self::Unsaved { .. } => "history-unsaved",
            Self::Foreign { .. } => "import-database",
            Self::ProfilesRead { .. } => "profiles-read",
            Self::ProfilesMalformed { .. } => "profiles-malformed",
            Self::ProfilesNewer { .. } => "profiles-newer",
            Self::ProfilesWrite { .. } => "profiles-write",
        }
    }
}

/// What was being done to the history when SQLite refused.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Open,
    Read,
    Write,
}

/// Turns SQLite's refusal into our sentence; the causes a user can act upon have their own.
pub(crate) fn from_sqlite(path: &Path, step: Step, error: &rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    let reason = error.to_string();
    if is_no_value(error) {
        return StoreError::Damaged { path, reason };
    }
    match (error.sqlite_error_code(), step) {
        (Some(ErrorCode::NotADatabase), _) => StoreError::NotAHistory { path },
        (Some(ErrorCode::DatabaseCorrupt), _) => StoreError::Damaged { path, reason },
        // Our statements are right, so a table or a column is not what was made.
        (Some(ErrorCode::Unknown), Step::Open) => StoreError::Damaged { path, reason },
        (Some(ErrorCode::DiskFull), _) => StoreError::DiskFull { path },
        (Some(ErrorCode::DatabaseBusy), Step::Open) => StoreError::InUse { path },
        (_, Step::Open) => StoreError::Open { path, reason },
        (_, Step::Read) => StoreError::Read { path, reason },
        (_, Step::Write) => StoreError::Write { path, reason },
    }
}

/// Whether a cell is not what was written there.
pub(crate) fn is_no_value(error: &rusqlite::Error) -> bool {
    use rusqlite::Error as E;
    matches!(
        error,
        E::FromSqlConversionFailure(..) | E::InvalidColumnType(..) | E::IntegralValueOutOfRange(..)
    )
}

/// The cause in words, without the noise of "(os error 13)".
pub(crate) fn in_words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
