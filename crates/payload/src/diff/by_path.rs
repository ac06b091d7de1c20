//! JSON by path. A name that occurs twice is compared by its turn.

use std::collections::{BTreeMap, VecDeque};

use super::{Change, ChangeKind, Diff, note, removed, value};
use crate::document::{Document, Line, TokenKind};

pub(super) fn diff(new: &Document, old: &Document) -> Diff {
    let changes = if same_paths(new, old) { by_number(new, old) } else { by_path(new, old) };
    Diff { removed: removed(&changes, old.lines.len()), changes }
}

/// Whether all lines stand for the same places: the usual case, where only values differ.
fn same_paths(new: &Document, old: &Document) -> bool {
    let pairs = || new.lines.iter().zip(&old.lines);
    new.lines.len() == old.lines.len() && pairs().all(|(new, old)| new.path == old.path)
}

fn by_number(new: &Document, old: &Document) -> Vec<Change> {
    let lines = new.lines.iter().enumerate();
    lines.map(|(index, line)| compare(line, Some(index), old)).collect()
}

fn by_path(new: &Document, old: &Document) -> Vec<Change> {
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
    changes
}

fn compare(line: &Line, at: Option<usize>, old: &Document) -> Change {
    let Some((at, before)) = at.and_then(|at| Some((at, old.lines.get(at)?))) else {
        return Change::added();
    };
    // What happened inside a container is told inside it.
    let is_same_container = container(line).is_some() && container(line) == container(before);
    if is_same_container || (before.value == line.value && value(before).eq(value(line))) {
        return Change::same(at);
    }
    let shown = |line: &Line| match container(line) {
        Some("{") => "{…}".to_owned(),
        Some(_) => "[…]".to_owned(),
        None => value(line).map(|token| token.text.as_str()).collect(),
    };
    Change::changed(at, note(&shown(before), &shown(line)))
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
