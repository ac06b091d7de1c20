//! Rust source without what isn't code: comments and literals become spaces.
//!
//! Promises: the result has as many lines as the source, so line numbers stay true. Deliberately
//! absent: parsing. A token is enough for every rule that uses this.

use std::ops::Range;

/// The source with comments, strings and characters blanked out.
#[must_use]
pub fn code_only(source: &str) -> String {
    let mut cursor = Cursor { rest: source, code: String::with_capacity(source.len()) };
    while let Some(next) = cursor.rest.chars().next() {
        if cursor.rest.starts_with("//") {
            cursor.blank(cursor.rest.find('\n').unwrap_or(cursor.rest.len()));
        } else if cursor.rest.starts_with("/*") {
            cursor.blank(block_comment(cursor.rest));
        } else if let Some(length) = raw_string(&cursor) {
            cursor.blank(length);
        } else if next == '"' {
            cursor.blank(string(cursor.rest));
        } else if next == '\'' {
            match character(cursor.rest) {
                Some(length) => cursor.blank(length),
                None => cursor.keep(next),
            }
        } else {
            cursor.keep(next);
        }
    }
    cursor.code
}

/// The lines, counted from 0, that `#[cfg(test)]` items take in the result of [`code_only`].
#[must_use]
pub fn test_lines(code: &str) -> Vec<Range<usize>> {
    const MARK: &str = "#[cfg(test)]";
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    while let Some(start) = code.get(from..).and_then(|rest| rest.find(MARK)).map(|at| at + from) {
        let length = code.get(start..).map_or(MARK.len(), item_length);
        let first = line_of(code, start);
        ranges.push(first..line_of(code, start + length) + 1);
        from = start + length;
    }
    ranges
}

/// The code with the lines of its tests blanked out.
#[must_use]
pub fn without_tests(code: &str) -> String {
    let tests = test_lines(code);
    let in_tests = |line: usize| tests.iter().any(|range| range.contains(&line));
    let kept = code.lines().enumerate().map(|(line, text)| if in_tests(line) { "" } else { text });
    kept.collect::<Vec<_>>().join("\n")
}

/// The length of the braces at the start of `code`, from the opening to the closing one.
#[must_use]
pub fn braces(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// The line, counted from 0, of a position in bytes.
#[must_use]
pub fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// From an attribute to the end of the item that it stands on.
fn item_length(code: &str) -> usize {
    match code.find(['{', ';']) {
        Some(at) if code.get(at..).is_some_and(|rest| rest.starts_with('{')) => {
            at + code.get(at..).map_or(0, braces)
        }
        Some(at) => at + 1,
        None => code.len(),
    }
}

struct Cursor<'a> {
    rest: &'a str,
    code: String,
}

impl Cursor<'_> {
    fn keep(&mut self, next: char) {
        self.code.push(next);
        self.rest = self.rest.get(next.len_utf8()..).unwrap_or_default();
    }

    fn blank(&mut self, length: usize) {
        let (gone, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.code.extend(gone.chars().map(|c| if c == '\n' { c } else { ' ' }));
        self.rest = rest;
    }
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// `r"…"`, `br#"…"#` and their like, when one starts here and isn't the end of a name.
fn raw_string(cursor: &Cursor<'_>) -> Option<usize> {
    if cursor.code.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let marker = cursor.rest.trim_start_matches(['b', 'c']);
    let prefix = cursor.rest.len() - marker.len();
    let hashes = marker.strip_prefix('r')?;
    let text = hashes.trim_start_matches('#');
    let fence = "#".repeat(hashes.len() - text.len());
    let inside = text.strip_prefix('"').filter(|_| prefix <= 1)?;
    let opening = cursor.rest.len() - inside.len();
    let close = format!("\"{fence}");
    Some(inside.find(&close).map_or(cursor.rest.len(), |at| opening + at + close.len()))
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A character literal, or nothing when the apostrophe starts a lifetime.
fn character(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().skip(1);
    let (_, first) = chars.next()?;
    if first == '\\' {
        chars.next()?;
        return chars.find(|(_, c)| *c == '\'').map(|(at, _)| at + 1);
    }
    chars.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1)
}
