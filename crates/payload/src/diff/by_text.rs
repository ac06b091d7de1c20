//! Text by lines: the fewest lines added and removed (Myers), within bounds.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::{Change, Diff, note, removed};
use crate::document::{Document, Line, Token};

/// Up to how many lines the fewest changes are looked for; beyond it lines are compared by number.
const LONGEST: usize = 10_000;

pub(super) fn diff(new: &Document, old: &Document) -> Diff {
    let lines = new.lines.len().max(old.lines.len());
    let changes = if lines <= LONGEST { by_lines(new, old) } else { by_number(new, old) };
    Diff { removed: removed(&changes, old.lines.len()), changes }
}

fn by_lines(new: &Document, old: &Document) -> Vec<Change> {
    let tokens = |document: &'_ Document| -> Vec<Vec<Token>> {
        document.lines.iter().map(|line| line.tokens.clone()).collect()
    };
    let mut changes = Vec::with_capacity(new.lines.len());
    for op in capture_diff_slices(Algorithm::Myers, &tokens(old), &tokens(new)) {
        match op {
            DiffOp::Equal { old_index, len, .. } => {
                changes.extend((old_index..old_index + len).map(Change::same));
            }
            DiffOp::Insert { new_len, .. } => {
                changes.extend(std::iter::repeat_with(Change::added).take(new_len));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                for step in 0..new_len {
                    changes.push(if step < old_len {
                        changed(new, new_index + step, old, old_index + step)
                    } else {
                        Change::added()
                    });
                }
            }
            DiffOp::Delete { .. } => {}
        }
    }
    changes
}

/// Line against line with the same number; also how bytes are compared.
pub(super) fn by_number(new: &Document, old: &Document) -> Vec<Change> {
    let compare = |(index, line): (usize, &Line)| match old.lines.get(index) {
        None => Change::added(),
        Some(before) if before.tokens == line.tokens => Change::same(index),
        Some(_) => changed(new, index, old, index),
    };
    new.lines.iter().enumerate().map(compare).collect()
}

fn changed(new: &Document, new_index: usize, old: &Document, old_index: usize) -> Change {
    let text = |document: &Document, index: usize| document.lines.get(index).map(Line::text);
    let texts = text(old, old_index).zip(text(new, new_index));
    Change::changed(old_index, texts.and_then(|(was, is)| note(&was, &is)))
}
