//! What can go wrong while messages are written or read, as sentences.

use std::io;

/// Why a capture could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The destination took no more.
    #[error("writing the export failed ({0}); check the space on the disk and the folder")]
    Write(#[source] io::Error),
    /// The source gave no more.
    #[error("reading the capture failed ({0}); check the file")]
    Read(#[source] io::Error),
    /// A line is not a message.
    #[error("line {line} of the capture is not a message ({reason}); correct or remove it")]
    Line {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}

impl TransferError {
    /// A short name that stays the same when the sentence is reworded.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Write(_) => "export-write",
            Self::Read(_) => "capture-read",
            Self::Line { .. } => "capture-line",
        }
    }
}

/// serde_json and csv wrap the error of the destination; nothing else can fail while writing.
pub(crate) fn from_json(error: serde_json::Error) -> TransferError {
    TransferError::Write(error.into())
}

pub(crate) fn from_csv(error: csv::Error) -> TransferError {
    TransferError::Write(error.into())
}
