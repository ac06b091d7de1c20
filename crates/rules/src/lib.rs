//! The rules of the house that a program can check.
//!
//! Each rule is a function from one file to the problems in it, and knows from the path whether the
//! file is its business. `tests/house.rs` runs every rule over the repository; the other tests hand
//! the rules small files, good and broken. What a rule holds here needs no prose anywhere else.
//!
//! Promises: no rule writes, builds or starts anything. Deliberately absent: what the compiler,
//! clippy, svelte-check and eslint hold already, and any understanding of a program beyond its
//! tokens. The rules are for honest mistakes, not against somebody who wants to get around them.

pub mod functions;
pub mod house;
pub mod manifests;
pub mod page;
pub mod prose;
pub mod rust;
pub mod rust_code;
pub mod script_code;

pub use house::Source;

/// One place that breaks a rule, and what to do about it: `path:line: sentence`.
pub type Problem = String;

/// A problem at a line, counted from 1.
fn problem(source: &Source, line: usize, sentence: &str) -> Problem {
    format!("{}:{line}: {sentence}", source.path)
}

/// True when `text` has `word` with no letter, digit or underscore on either side.
fn has_word(text: &str, word: &str) -> bool {
    let joins =
        |neighbour: Option<char>| neighbour.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        !joins(before.chars().next_back()) && !joins(rest.chars().nth(word.chars().count()))
    })
}
