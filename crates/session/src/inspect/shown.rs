//! Lines as a window shows them: numbered, and marked where they differ.

use std::ops::Range;

use wiretree_payload::{
    self as payload, Change, ChangeKind, Diff, DiffKind, DiffLine, Format, Line, Token,
};

use super::documents::Document;

/// What lines are lines of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownAs {
    /// Of no bytes: there are none.
    Empty,
    /// JSON.
    Json,
    /// Text.
    Text,
    /// Bytes.
    Hex,
}

/// How a line differs from the message compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineChange {
    /// Not at all.
    Same,
    /// It was not there.
    Added,
    /// It had another value.
    Changed,
    /// It is not there any more.
    Removed,
}

/// A line of a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownLine {
    /// Counts from 1 in the message shown; none for a line of the other one.
    pub number: Option<usize>,
    /// Steps of indentation.
    pub indent: u16,
    /// Its pieces.
    pub tokens: Vec<Token>,
    /// How it differs.
    pub change: LineChange,
    /// From what to what.
    pub note: Option<String>,
}

/// The lines of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// The index of the first one.
    pub first: usize,
    /// How many there are in all.
    pub total: usize,
    /// Those in the window.
    pub lines: Vec<ShownLine>,
    /// How many differ in all; for bytes, in the window.
    pub changes: usize,
    /// What was noticed about the payload, in sentences.
    pub problems: Vec<String>,
    /// What they are lines of.
    pub shown_as: ShownAs,
}

impl Lines {
    fn of(document: &Document, first: usize, total: usize, lines: Vec<ShownLine>) -> Self {
        let content = &document.content;
        let shown_as = match content.format {
            Format::Empty => ShownAs::Empty,
            Format::Json => ShownAs::Json,
            Format::Text => ShownAs::Text,
            Format::Binary => ShownAs::Hex,
        };
        let problems = content.problems.iter().map(|problem| problem.message.clone()).collect();
        Self { first, total, lines, changes: 0, problems, shown_as }
    }
}

impl ShownLine {
    fn new(number: Option<usize>, line: &Line, change: LineChange) -> Self {
        let tokens = line.tokens.clone();
        Self { number, indent: line.indent, tokens, change, note: None }
    }

    fn changed(number: usize, line: &Line, change: &Change) -> Self {
        let kind = match change.kind {
            ChangeKind::Same => LineChange::Same,
            ChangeKind::Added => LineChange::Added,
            ChangeKind::Changed => LineChange::Changed,
        };
        Self { note: change.note.clone(), ..Self::new(Some(number), line, kind) }
    }
}

/// Lines of a document that is compared with nothing.
pub(super) fn document(document: &Document, window: Range<usize>) -> Lines {
    let all = &document.content.lines;
    let numbered = all.iter().enumerate().skip(window.start).take(window.len());
    let line = |(index, line)| ShownLine::new(Some(index + 1), line, LineChange::Same);
    Lines::of(document, window.start, all.len(), numbered.map(line).collect())
}

/// Lines of a document, marked where they differ. What is gone stands in the unified list only.
pub(super) fn compared(document: &Document, diff: &Diff, window: Range<usize>) -> Lines {
    let all = &document.content.lines;
    let marked = all.iter().zip(&diff.changes).enumerate();
    let line = |(index, (line, change))| ShownLine::changed(index + 1, line, change);
    let lines = marked.skip(window.start).take(window.len()).map(line).collect();
    Lines { changes: diff.count(), ..Lines::of(document, window.start, all.len(), lines) }
}

/// Two documents in one list.
pub(super) fn unified(
    new: &Document,
    old: &Document,
    list: &[DiffLine],
    window: Range<usize>,
) -> Lines {
    let shown = |entry: &DiffLine| {
        let change = match entry.kind {
            DiffKind::Same => LineChange::Same,
            DiffKind::Added => LineChange::Added,
            DiffKind::Removed => LineChange::Removed,
        };
        let number = entry.new.map(|index| index + 1);
        let line = entry.line(&new.content, &old.content)?;
        Some(ShownLine::new(number, line, change))
    };
    let in_window = list.iter().skip(window.start).take(window.len());
    let lines = in_window.filter_map(shown).collect();
    let changes = list.iter().filter(|entry| entry.kind != DiffKind::Same).count();
    let mut unified = Lines { changes, ..Lines::of(new, window.start, list.len(), lines) };
    let cut = old.content.problems.iter().filter(|problem| problem.code == "too-large");
    let of_the_old =
        cut.map(|problem| format!("of the message compared with, {}", problem.message));
    unified.problems.extend(of_the_old);
    unified
}

/// Lines of bytes, made for the window alone, however long the payload is.
pub(super) fn bytes(new: &[u8], old: Option<&[u8]>, window: Range<usize>) -> Lines {
    let total = payload::hex_line_count(new.len());
    let lines = payload::hex_lines(new, window.start, window.len());
    let changes = match old {
        Some(old) => payload::hex_changes(new, old, window.start, lines.len()),
        None => Vec::new(),
    };
    let shown = lines.iter().enumerate().map(|(index, line)| {
        let number = window.start + index + 1;
        match changes.get(index) {
            Some(change) => ShownLine::changed(number, line, change),
            None => ShownLine::new(Some(number), line, LineChange::Same),
        }
    });
    let differing = changes.iter().filter(|change| change.kind != ChangeKind::Same).count();
    Lines {
        first: window.start,
        total,
        lines: shown.collect(),
        changes: differing,
        problems: old.and_then(|old| shorter(new, old)).into_iter().collect(),
        shown_as: if new.is_empty() { ShownAs::Empty } else { ShownAs::Hex },
    }
}

/// Says so where the end of the other payload has no lines to be seen in.
fn shorter(new: &[u8], old: &[u8]) -> Option<String> {
    let missing = old.len().checked_sub(new.len()).filter(|missing| *missing > 0)?;
    let bytes = if missing == 1 { "byte" } else { "bytes" };
    Some(format!("is {missing} {bytes} shorter than the payload it is compared with"))
}
