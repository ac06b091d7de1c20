//! Why a text that somebody typed is not a payload.

/// What is wrong, and where. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// Not JSON (RFC 8259).
    #[error("this is not JSON at line {line}, column {column}: {reason}")]
    Json {
        /// Line of the first character that does not fit.
        line: usize,
        /// Column of it.
        column: usize,
        /// What was expected and what was found.
        reason: String,
    },
    /// Something other than digits and separators among hex digits.
    #[error(
        "line {line}, column {column}: {found:?} is not a hex digit; write bytes as 0-9 and A-F"
    )]
    HexDigit {
        /// Line of the character.
        line: usize,
        /// Column of it.
        column: usize,
        /// The character.
        found: char,
    },
    /// Half a byte.
    #[error("line {line}, column {column}: a byte has two hex digits, here is one left over")]
    HexHalf {
        /// Line of the digit without a partner.
        line: usize,
        /// Column of it.
        column: usize,
    },
    /// A character outside the Base64 alphabets, or `=` before the end.
    #[error("line {line}, column {column}: {found:?} does not belong into Base64 here")]
    Base64Character {
        /// Line of the character.
        line: usize,
        /// Column of it.
        column: usize,
        /// The character.
        found: char,
    },
    /// The last group is not whole.
    #[error("the Base64 text ends in the middle of a byte; check that it was copied to the end")]
    Base64End,
}

impl ComposeError {
    /// Names the error for programs; stays the same when the sentence changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Json { .. } => "payload-not-json",
            Self::HexDigit { .. } => "payload-not-hex",
            Self::HexHalf { .. } => "payload-hex-half-byte",
            Self::Base64Character { .. } => "payload-not-base64",
            Self::Base64End => "payload-base64-cut",
        }
    }

    /// Line and column, where there is one place to point at.
    pub fn position(&self) -> Option<(usize, usize)> {
        match self {
            Self::Json { line, column, .. }
            | Self::HexDigit { line, column, .. }
            | Self::HexHalf { line, column }
            | Self::Base64Character { line, column, .. } => Some((*line, *column)),
            Self::Base64End => None,
        }
    }
}
