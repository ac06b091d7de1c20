//! Rules for what isn't code: documents, and files that name places.

use crate::{Problem, Source, problem};

/// Two pages.
const MAP_LINES: usize = 110;
const MAP_COLUMNS: usize = 120;

/// The start of paths that exist on one machine only. Written in two parts, or this file would be
/// the first to break its rule.
const MACHINE: [&str; 2] = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];
/// Also not in documents: nothing a reader needs is there.
const TEMPORARY: &str = concat!("/tm", "p/");

/// Where packages come from, in the lock files.
const CARGO_REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
const NPM_REGISTRY: &str = "https://registry.npmjs.org/";

/// The map of the house stays short enough to be read and true.
#[must_use]
pub fn short_map(source: &Source) -> Vec<Problem> {
    if source.path != "ARCHITECTURE.md" {
        return Vec::new();
    }
    let mut problems = Vec::new();
    let length = source.text.lines().count();
    if length > MAP_LINES {
        let what = format!("{length} lines, {MAP_LINES} at most: a test or a header may hold it.");
        problems.push(problem(source, 1, &what));
    }
    for (at, line) in source.text.lines().enumerate() {
        if line.chars().count() > MAP_COLUMNS {
            let what = format!("more than {MAP_COLUMNS} characters: break the line.");
            problems.push(problem(source, at + 1, &what));
        }
    }
    problems
}

/// What is in the repository means the same on every machine.
#[must_use]
pub fn no_machine_paths(source: &Source) -> Vec<Problem> {
    let document = source.extension() == "md";
    let names_place = |line: &str| {
        MACHINE.iter().any(|place| starts_place(line, place))
            || (document && starts_place(line, TEMPORARY))
    };
    let lines = source.text.lines().enumerate().filter(|(_, line)| names_place(line));
    lines
        .map(|(at, _)| problem(source, at + 1, "name a path that exists on every machine."))
        .collect()
}

/// True when an absolute path in the line starts with `place`; `site/work/x` is a topic.
fn starts_place(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "_-.+#}/$~*".contains(c))
    })
}

/// Packages come from the public registries, so that a clone builds anywhere.
#[must_use]
pub fn public_registries(source: &Source) -> Vec<Problem> {
    let lines = source.text.lines().enumerate();
    let file = source.path.rsplit('/').next().unwrap_or_default();
    let elsewhere: Vec<usize> = match file {
        "Cargo.lock" => lines
            .filter_map(|(at, line)| Some((at, line.strip_prefix("source = ")?)))
            .filter(|(_, from)| from.trim_matches('"') != CARGO_REGISTRY)
            .map(|(at, _)| at)
            .collect(),
        "package-lock.json" => lines
            .filter_map(|(at, line)| Some((at, line.trim().strip_prefix("\"resolved\": \"")?)))
            .filter(|(_, from)| !from.starts_with(NPM_REGISTRY))
            .map(|(at, _)| at)
            .collect(),
        _ => Vec::new(),
    };
    elsewhere
        .into_iter()
        .map(|at| problem(source, at + 1, "this comes from another registry: lock it again."))
        .collect()
}
