//! A payload as lines of tokens for the eye, with what was noticed on the way.

use crate::Format;

/// What a token is, for colouring and for reading aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenKind {
    /// The name of a member of an object.
    Key,
    /// A string, its quotes included.
    String,
    /// A number, in its own digits.
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`.
    Null,
    /// Brackets, colons, commas.
    Punctuation,
    /// Text without structure.
    Text,
    /// A character or byte that does not show itself, written out.
    Escape,
    /// Where a line of bytes starts.
    Offset,
    /// Bytes as hex digits.
    Hex,
    /// Bytes as ASCII, dots for the others.
    Ascii,
    /// Said by us, not part of the payload.
    Note,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// What to show; no control, direction or zero-width characters except tabs.
    pub text: String,
}

impl Token {
    pub(crate) fn new(kind: TokenKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

/// One line of a view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Line {
    /// Steps of indentation.
    pub indent: u16,
    /// What stands on it, from left to right, blanks included.
    pub tokens: Vec<Token>,
    /// Where its value stands in a JSON document: `$.values.rpm`. None on lines that only close.
    pub path: Option<String>,
    /// Hash of the whole value, which may be longer than what is shown of it.
    pub(crate) value: u64,
}

impl Line {
    pub(crate) fn of(tokens: Vec<Token>) -> Self {
        Self { tokens, ..Self::default() }
    }

    /// All tokens in one text, without indentation.
    pub fn text(&self) -> String {
        self.tokens.iter().map(|token| token.text.as_str()).collect()
    }

    /// What it weighs in memory, roughly, in bytes.
    pub(crate) fn weight(&self) -> usize {
        const TOKEN: usize = size_of::<Token>() + 16;
        let tokens: usize = self.tokens.iter().map(|token| TOKEN + token.text.len()).sum();
        size_of::<Self>() + tokens + self.path.as_ref().map_or(0, |path| path.len() + 16)
    }
}

/// Something worth saying about a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Names it for programs: `json-like`, `too-deep`, `too-large`, `invalid-utf8`, `utf8-bom`,
    /// `trailing-nul`, `duplicate-keys`, `lone-surrogate`.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
    /// The byte it is about, from 0.
    pub offset: Option<usize>,
}

impl Problem {
    pub(crate) fn new(
        code: &'static str,
        offset: impl Into<Option<usize>>,
        message: String,
    ) -> Self {
        Self { code, message, offset: offset.into() }
    }
}

/// What a view may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Levels of nesting in JSON.
    pub depth: usize,
    /// Values in JSON, containers included.
    pub nodes: usize,
    /// Bytes that the lines of a document take in memory, roughly.
    pub output: usize,
}

impl Default for Limits {
    /// Enough for a JSON payload of some megabytes.
    fn default() -> Self {
        Self { depth: 512, nodes: 500_000, output: 64 << 20 }
    }
}

/// A payload as lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What it is shown as, which may be less than what was asked for.
    pub format: Format,
    /// The lines from top to bottom.
    pub lines: Vec<Line>,
    /// What was noticed.
    pub problems: Vec<Problem>,
}

impl Default for Document {
    /// The view of an empty payload.
    fn default() -> Self {
        Self { format: Format::Empty, lines: Vec::new(), problems: Vec::new() }
    }
}
