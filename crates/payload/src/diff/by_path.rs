//! JSON by path. A name that occurs twice is compared by its turn.

use std::collections::{BTreeMap, VecDeque};

use super::{Change, ChangeKind, Diff, note, removed, value, value_text};
use crate::document::{Document, Line, TokenKind};

pub(super) fn diff(new: &Document, old: &Document) -> Diff {
    let mut known: BTreeMap<&str, VecDeque<usize>> = BTreeMap::new();
    for (index, line) in old.lines.iter().enumerate() {
        if let Some(path) = &line.path {
            known.entry(path).or_default().push_back(index);
        }
    }
    let closers = closers(old);
    let mut open: Vec<usize> = Vec::new();
    let mut changes: Vec<Change> = Vec::with_capacity(new.lines.len());
    for (index, line) in new.lines.iter().enumerate() {
        let change = match &line.path {
            Some(path) => {
                let at = known.get_mut(path.as_str()).and_then(VecDeque::pop_front);
                compare(line, at, old)
            }
            None => closing(open.pop().and_then(|opener| changes.get(opener)), &closers),
        };
        if opens(line) {
            open.push(index);
        }
        changes.push(change);
    }
    Diff { removed: removed(&changes, old.lines.len()), changes }
}

fn compare(line: &Line, at: Option<usize>, old: &Document) -> Change {
    let Some((at, before)) = at.and_then(|at| Some((at, old.lines.get(at)?))) else {
        return Change::added();
    };
    // What happened inside a container is told inside it.
    let is_same_container = container(line).is_some() && container(line) == container(before);
    let (was, is) = (value_text(before), value_text(line));
    if is_same_container || (was == is && before.value == line.value) {
        return Change::same(at);
    }
    let shown = |line: &Line, text: String| match container(line) {
        Some("{") => "{…}".to_owned(),
        Some(_) => "[…]".to_owned(),
        None => text,
    };
    Change::changed(at, note(&shown(before, was), &shown(line, is)))
}

/// The line that closes a container, by what happened to the line that opened it.
fn closing(opener: Option<&Change>, closers: &[Option<usize>]) -> Change {
    let opener = opener.filter(|opener| opener.kind == ChangeKind::Same);
    let closer = opener.and_then(|opener| *closers.get(opener.old?)?);
    closer.map_or_else(Change::added, Change::same)
}

/// For each line that opens a container, the line that closes it.
fn closers(document: &Document) -> Vec<Option<usize>> {
    let mut closers = vec![None; document.lines.len()];
    let mut open = Vec::new();
    for (index, line) in document.lines.iter().enumerate() {
        if line.path.is_none()
            && let Some(closer) = open.pop().and_then(|opener: usize| closers.get_mut(opener))
        {
            *closer = Some(index);
        }
        if opens(line) {
            open.push(index);
        }
    }
    closers
}

/// Whether what the line opens is closed on a later one.
fn opens(line: &Line) -> bool {
    line.tokens.last().is_some_and(|token| {
        token.kind == TokenKind::Punctuation && matches!(token.text.as_str(), "{" | "[")
    })
}

/// The bracket that the value of a line begins with.
fn container(line: &Line) -> Option<&str> {
    let first = value(line).next()?;
    (first.kind == TokenKind::Punctuation).then_some(first.text.as_str())
}
