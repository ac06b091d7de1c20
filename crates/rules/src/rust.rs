//! Rules for Rust files: headers, lengths, what may be named where.

use crate::functions::functions;
use crate::rust_code::{code_only, test_lines, without_tests};
use crate::{Problem, Source, has_word, problem};

/// Lines of a file, its tests not counted.
const FILE_LINES: usize = 400;
/// Lines of a function.
const FUNCTION_LINES: usize = 60;
/// Lines of code in the body of a command.
const COMMAND_LINES: usize = 8;

/// Crates that read no clock, do no IO and start no thread.
const PURE: [&str; 6] = ["model", "wire", "tree", "payload", "transfer", "query"];
/// What a pure crate would need for that. Readers and writers come in as arguments.
const IMPURE: [&str; 14] = [
    "std::fs",
    "fs::",
    "std::net",
    "TcpStream",
    "std::thread",
    "thread::",
    "std::env",
    "env::",
    "process::",
    "tokio",
    "Instant",
    "SystemTime",
    "now_utc",
    "now_local",
];

/// Foreign crates by the start of their names, and where Rust files may name them.
const AT_HOME: [(&str, &[&str]); 3] =
    [("rumqttc", &["crates/mqtt/"]), ("rusqlite", &["crates/store/"]), ("tauri", &["src-tauri/"])];

/// Where types may be turned into text: the page's own types, and the private records of the edges.
const SERDE: [&str; 5] = [
    "src-tauri/src/wire.rs",
    "src-tauri/src/wire/",
    "crates/store/src/",
    "crates/transfer/src/",
    "crates/cli/src/",
];

/// Rust files of ours: the vendored tools have rules of their own.
fn ours(source: &Source) -> bool {
    source.extension() == "rs"
        && (source.path.starts_with("crates/") || source.path.starts_with("src-tauri/"))
}

/// What runs: code without comments, literals and tests.
fn running_code(source: &Source) -> String {
    if ours(source) && !source.is_test() {
        without_tests(&code_only(&source.text))
    } else {
        String::new()
    }
}

/// Problems at every line of `code` for which `sentence` has something to say.
fn at_lines(
    source: &Source,
    code: &str,
    sentence: impl Fn(&str) -> Option<String>,
) -> Vec<Problem> {
    let lines = code.lines().enumerate();
    lines.filter_map(|(at, line)| Some(problem(source, at + 1, &sentence(line)?))).collect()
}

/// Every file says at its top what it is for, what it promises, and what is deliberately absent.
#[must_use]
pub fn module_header(source: &Source) -> Vec<Problem> {
    let first = source.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if !ours(source) || first.starts_with("//!") {
        return Vec::new();
    }
    vec![problem(source, 1, "start the file with `//!`: what it is for and what it promises.")]
}

/// A file fits into a head.
#[must_use]
pub fn file_length(source: &Source) -> Vec<Problem> {
    if !ours(source) || source.is_test() {
        return Vec::new();
    }
    let tests: usize =
        test_lines(&code_only(&source.text)).iter().map(ExactSizeIterator::len).sum();
    let length = source.text.lines().count().saturating_sub(tests);
    if length <= FILE_LINES {
        return Vec::new();
    }
    let what = format!("{length} lines without tests, {FILE_LINES} at most: split it by subject.");
    vec![problem(source, 1, &what)]
}

/// A function fits on a screen.
#[must_use]
pub fn function_length(source: &Source) -> Vec<Problem> {
    let all = functions(&running_code(source)).into_iter();
    all.filter(|function| function.length > FUNCTION_LINES)
        .map(|function| {
            let what = format!(
                "`{}` has {} lines, {FUNCTION_LINES} at most: give its steps names.",
                function.name, function.length
            );
            problem(source, function.line, &what)
        })
        .collect()
}

/// A command is an adapter: check, call once, give back.
#[must_use]
pub fn command_bodies(source: &Source) -> Vec<Problem> {
    let all = functions(&running_code(source)).into_iter();
    all.filter(|function| function.is_command)
        .filter_map(|function| {
            let what = if !source.path.starts_with("src-tauri/src/commands/") {
                "is a command: move it to src-tauri/src/commands/.".to_owned()
            } else if function.body > COMMAND_LINES {
                let length = function.body;
                format!("has {length} lines, {COMMAND_LINES} at most: move the work to session.")
            } else {
                return None;
            };
            Some(problem(source, function.line, &format!("`{}` {what}", function.name)))
        })
        .collect()
}

/// No `unsafe` anywhere, tests included.
#[must_use]
pub fn no_unsafe(source: &Source) -> Vec<Problem> {
    let code = if ours(source) { code_only(&source.text) } else { String::new() };
    at_lines(source, &code, |line| {
        has_word(line, "unsafe").then(|| "write it without `unsafe`.".to_owned())
    })
}

/// A lint is excepted by name and with a reason, and the exception ends when it isn't needed.
#[must_use]
pub fn no_allow(source: &Source) -> Vec<Problem> {
    let code = if ours(source) { code_only(&source.text) } else { String::new() };
    at_lines(source, &code, |line| {
        let allows = line.contains("#[allow(") || line.contains("#![allow(");
        allows.then(|| "mend the cause, or use `#[expect(…, reason = …)]`.".to_owned())
    })
}

/// A foreign type never leaves the crate that imports it.
#[must_use]
pub fn foreign_names(source: &Source) -> Vec<Problem> {
    let code = if ours(source) { code_only(&source.text) } else { String::new() };
    at_lines(source, &code, |line| {
        let names = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        let mut strangers = AT_HOME.iter().filter(|(foreign, homes)| {
            !homes.iter().any(|home| source.path.starts_with(home))
                && names.clone().any(|name| name.starts_with(foreign))
        });
        let (foreign, homes) = strangers.next()?;
        Some(format!("`{foreign}` may be named only in {}.", homes.join(", ")))
    })
}

/// Pure crates get clocks, readers and writers as arguments.
#[must_use]
pub fn purity(source: &Source) -> Vec<Problem> {
    let pure = PURE.iter().any(|name| source.path.starts_with(&format!("crates/{name}/src/")));
    let code = if pure { running_code(source) } else { String::new() };
    at_lines(source, &code, |line| {
        let found = IMPURE.iter().find(|word| {
            if word.ends_with(':') { starts_path(line, word) } else { has_word(line, word) }
        })?;
        Some(format!("a pure crate names `{found}`; take what it gives as an argument."))
    })
}

/// True when `path` (`fs::`) stands in the line and isn't the end of a longer name.
fn starts_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

/// What crosses to the page, or to a file, has types of its own.
#[must_use]
pub fn serde_at_the_edges(source: &Source) -> Vec<Problem> {
    if SERDE.iter().any(|home| source.path.starts_with(home)) {
        return Vec::new();
    }
    let code = running_code(source);
    let derives = code.match_indices("derive(").filter_map(|(at, _)| {
        let list = code.get(at..)?.split(')').next()?;
        let serde = has_word(list, "Serialize") || has_word(list, "Deserialize");
        let line = crate::rust_code::line_of(&code, at) + 1;
        serde.then(|| {
            problem(source, line, "only src-tauri/src/wire and private records derive serde.")
        })
    });
    derives.collect()
}
