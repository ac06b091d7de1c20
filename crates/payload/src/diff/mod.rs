//! What changed from one payload to another, line by line.
//!
//! JSON is compared by path, so that the order of names is no change and arrays go by index; text
//! by lines; bytes by their place. Documents of different formats are compared as text. Lines are
//! named by their index in their document; nothing is copied.

mod by_path;
mod by_text;
mod hex;
#[cfg(test)]
mod tests;

pub use hex::hex_changes;

use crate::Format;
use crate::document::{Document, Line, Token, TokenKind};

/// How a line of the new document stands to the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was there.
    Same,
    /// It is new.
    Added,
    /// It was there with another value.
    Changed,
}

/// What happened to one line of the new document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The line of the old document it was; none when added.
    pub old: Option<usize>,
    /// For a changed line, from what to what: `11790 → 11840`, in the digits of the payloads.
    pub note: Option<String>,
}

impl Change {
    fn same(old: usize) -> Self {
        Self { kind: ChangeKind::Same, old: Some(old), note: None }
    }

    fn changed(old: usize, note: Option<String>) -> Self {
        Self { kind: ChangeKind::Changed, old: Some(old), note }
    }

    fn added() -> Self {
        Self { kind: ChangeKind::Added, old: None, note: None }
    }
}

/// A line of the old document that the new one does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removed {
    /// The line of the new document behind which it stood; none: before the first.
    pub after: Option<usize>,
    /// Its index in the old document.
    pub old: usize,
}

/// The differences between two documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// One for each line of the new document.
    pub changes: Vec<Change>,
    /// The lines that are gone, in the order in which to show them.
    pub removed: Vec<Removed>,
}

impl Diff {
    /// How many lines were added, changed or removed.
    pub fn count(&self) -> usize {
        let changed = self.changes.iter().filter(|change| change.kind != ChangeKind::Same);
        changed.count() + self.removed.len()
    }
}

/// What a line of a unified list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffKind {
    /// In both documents.
    Same,
    /// In the new one only.
    Added,
    /// In the old one only.
    Removed,
}

/// A line of a unified list: where to find it in the two documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// Which document has it.
    pub kind: DiffKind,
    /// Its index in the new document.
    pub new: Option<usize>,
    /// Its index in the old document.
    pub old: Option<usize>,
}

impl DiffLine {
    /// The line itself: from the new document, or from the old one when it was removed.
    pub fn line<'a>(&self, new: &'a Document, old: &'a Document) -> Option<&'a Line> {
        match (self.new, self.old) {
            (Some(index), _) => new.lines.get(index),
            (None, Some(index)) => old.lines.get(index),
            (None, None) => None,
        }
    }
}

/// Compares two documents.
pub fn diff(new: &Document, old: &Document) -> Diff {
    let mut diff = match (new.format, old.format) {
        (Format::Json, Format::Json) => by_path::diff(new, old),
        (Format::Binary, Format::Binary) => hex::diff(new, old),
        _ => by_text::diff(new, old),
    };
    diff.removed.sort_by_key(|removed| removed.after);
    diff
}

/// Both documents in one list: what was removed stands before what came in its place.
pub fn unified(new: &Document, old: &Document) -> Vec<DiffLine> {
    let diff = diff(new, old);
    let removed = |old: usize| DiffLine { kind: DiffKind::Removed, new: None, old: Some(old) };
    let mut lines = Vec::with_capacity(diff.changes.len() + diff.removed.len());
    let mut gone = diff.removed.iter().peekable();
    while let Some(line) = gone.next_if(|line| line.after.is_none()) {
        lines.push(removed(line.old));
    }
    for (index, change) in diff.changes.iter().enumerate() {
        let new = Some(index);
        match change.kind {
            ChangeKind::Same => {
                lines.push(DiffLine { kind: DiffKind::Same, new, old: change.old });
            }
            ChangeKind::Added | ChangeKind::Changed => {
                lines.extend(change.old.map(removed));
                lines.push(DiffLine { kind: DiffKind::Added, new, old: None });
            }
        }
        while let Some(line) = gone.next_if(|line| line.after == new) {
            lines.push(removed(line.old));
        }
    }
    lines
}

/// `old → new`, where both are short enough to stand beside the line.
fn note(old: &str, new: &str) -> Option<String> {
    const LONGEST: usize = 60;
    let is_short = |text: &str| text.chars().nth(LONGEST).is_none();
    let is_worth_it = is_short(old) && is_short(new) && old != new;
    is_worth_it.then(|| format!("{} → {}", shown(old), shown(new)))
}

fn shown(text: &str) -> &str {
    if text.is_empty() { "(empty)" } else { text }
}

/// The tokens of the value on a line of JSON: without its name and the comma behind it.
fn value(line: &Line) -> impl Iterator<Item = &Token> {
    let is_punctuation =
        |text: &str, token: &Token| token.kind == TokenKind::Punctuation && token.text == text;
    let has_name = line.tokens.first().is_some_and(|token| token.kind == TokenKind::Key);
    let colon = line.tokens.iter().position(|token| has_name && is_punctuation(": ", token));
    let start = colon.map_or(0, |colon| colon + 1);
    line.tokens.iter().skip(start).filter(move |token| !is_punctuation(",", token))
}

/// The lines of the old document that no line of the new one was, each behind the line that the
/// one before it became.
fn removed(changes: &[Change], old_lines: usize) -> Vec<Removed> {
    let mut became = vec![None; old_lines];
    for (index, change) in changes.iter().enumerate() {
        if let Some(became) = change.old.and_then(|old| became.get_mut(old)) {
            *became = Some(index);
        }
    }
    let mut after = None;
    let mut removed = Vec::new();
    for (old, became) in became.into_iter().enumerate() {
        match became {
            Some(_) => after = became,
            None => removed.push(Removed { after, old }),
        }
    }
    removed
}
