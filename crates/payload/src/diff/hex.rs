//! Bytes by their place: line against line of the dump.

use super::{Change, ChangeKind, Diff, removed};
use crate::TokenKind;
use crate::document::Document;
use crate::hex::{bytes_of_line, hex_line_count, pair};

/// What happened to the lines of the dump of `new` from `first` on, at most `count`. Lines are
/// compared by number, so this costs no more than the window.
pub fn hex_changes(new: &[u8], old: &[u8], first: usize, count: usize) -> Vec<Change> {
    let last = hex_line_count(new.len()).min(first.saturating_add(count));
    (first..last)
        .map(|line| change(line, bytes_of_line(new, line), bytes_of_line(old, line)))
        .collect()
}

pub(super) fn diff(new: &Document, old: &Document) -> Diff {
    let lines = new.lines.iter().enumerate();
    let changes: Vec<Change> = lines
        .map(|(index, line)| {
            let before = old.lines.get(index).map(bytes).unwrap_or_default();
            change(index, &bytes(line), &before)
        })
        .collect();
    Diff { removed: removed(&changes, old.lines.len()), changes }
}

fn change(line: usize, new: &[u8], old: &[u8]) -> Change {
    if old.is_empty() {
        return Change::added();
    }
    if new == old {
        return Change::same(line);
    }
    let mut different = new.iter().zip(old).filter(|(new, old)| new != old);
    let pairs = different.clone().count();
    let count = pairs + new.len().abs_diff(old.len());
    let note = match different.next() {
        Some((new, old)) if count == 1 => format!("{} → {}", pair(*old), pair(*new)),
        _ => format!("{count} byte{}", if count == 1 { "" } else { "s" }),
    };
    Change { kind: ChangeKind::Changed, old: Some(line), note: Some(note) }
}

/// The bytes that a line of a dump shows.
fn bytes(line: &crate::Line) -> Vec<u8> {
    let digits = line.tokens.iter().find(|token| token.kind == TokenKind::Hex);
    let digits = digits.map(|token| token.text.as_str()).unwrap_or_default();
    digits.split_ascii_whitespace().filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}
