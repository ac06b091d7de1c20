//! The piece of a query that the cursor stands in, and what stands before it.

use std::ops::Range;

use crate::parse::is_path_start;

/// What a piece looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word, a field, a keyword or nothing yet.
    Word,
    /// Quoted text or a regular expression.
    Literal,
    /// A JSON path.
    Path,
    /// Between a path and a value.
    Operator,
    /// `~`.
    Like,
    /// `exists(`.
    Exists,
}

/// A piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Where it stands; empty where nothing does.
    pub(super) span: Range<usize>,
    /// What stands before it.
    pub(super) before: Option<Kind>,
}

/// The piece that ends at the cursor or is cut by it.
pub(super) fn token_at(text: &str, cursor: usize) -> Token {
    let mut at = 0;
    let mut before = None;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let skipped = rest.len() - rest.trim_start_matches(is_gap).len();
        at += skipped;
        if at >= cursor || at >= text.len() {
            let cursor = cursor.min(text.len());
            return Token { kind: Kind::Word, span: cursor..cursor, before };
        }
        let rest = text.get(at..).unwrap_or_default();
        if rest.starts_with('-') {
            at += 1;
            continue;
        }
        let (kind, length) = piece(rest);
        let end = at + length.max(1);
        let is_in = if kind == Kind::Exists { cursor < end } else { cursor <= end };
        if is_in {
            return Token { kind, span: at..end.min(text.len()), before };
        }
        before = Some(kind);
        at = end;
    }
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')')
}

fn is_operator(c: char) -> bool {
    matches!(c, '<' | '>' | '=' | '!')
}

/// The first piece of a text that does not begin with a gap, and its length.
fn piece(text: &str) -> (Kind, usize) {
    let run = |is_part: fn(char) -> bool| text.find(|c| !is_part(c)).unwrap_or(text.len());
    match text.chars().next() {
        Some('"') => (Kind::Literal, closed(text, 1, '"')),
        Some('i') if text.starts_with("i\"") => (Kind::Literal, closed(text, 2, '"')),
        Some('/') => {
            let end = closed(text, 1, '/');
            let flag = text.get(end..).is_some_and(|rest| rest.starts_with('i'));
            (Kind::Literal, end + usize::from(flag))
        }
        Some('~') => (Kind::Like, 1),
        _ if text.starts_with("exists(") => (Kind::Exists, "exists(".len()),
        Some(c) if is_operator(c) => (Kind::Operator, run(is_operator)),
        _ if is_path_start(text) => {
            (Kind::Path, word(text, |c| is_gap(c) || is_operator(c) || c == '~'))
        }
        _ => (Kind::Word, word(text, is_gap)),
    }
}

/// Up to an end that is not in quotes.
fn word(text: &str, ends: impl Fn(char) -> bool) -> usize {
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        match c {
            '"' => at = closed(text, at + 1, '"'),
            c if ends(c) => return at,
            c => at += c.len_utf8(),
        }
    }
    at
}

/// Behind the closing `end`, or the end of the text where there is none.
fn closed(text: &str, start: usize, end: char) -> usize {
    let mut is_escaped = false;
    for (offset, c) in text.get(start..).unwrap_or_default().char_indices() {
        if c == end && !is_escaped {
            return start + offset + c.len_utf8();
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    text.len()
}
