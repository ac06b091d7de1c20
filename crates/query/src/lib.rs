//! The query language: one text that says which messages are wanted, live or stored.
//!
//! ```text
//! query      = any-of                              nothing at all: every message
//! any-of     = all-of { "or" all-of }
//! all-of     = item { ["and"] item }               side by side means "and"
//! item       = ("not" | "-") item | "(" any-of ")" | test
//! test       = word | "text" | i"text"             in the payload; i: whatever the case
//!            | /regex/ | /regex/i                  in the payload
//!            | field ":" value                     topic:a/+/b qos:>=1 size:1KiB..4KiB from:-15m …
//!            | path [operator value] | "exists(" path ")"
//! path       = "$" { "." name | "[" number "]" | "[" "text" "]" | "[*]" }
//! operator   = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~"
//! value      = number | "text" | true | false | null | /regex/ behind "~"
//! ```
//!
//! `docs/query.md` has it for people. Promises: a text becomes a typed [`Expression`] or a
//! [`QueryError`] that points at the spot; an expression written out and read again is the same;
//! length, nesting and the size of regular expressions are bounded; numbers are compared by their
//! digits, never by way of a float; nothing here panics, whatever the text or the payload. JSON is
//! read as far as the question needs and not checked beyond that. Absent: a clock, which comes in
//! as an argument, and any knowledge of where messages are kept.

mod ast;
mod candidate;
mod complete;
mod display;
mod error;
mod evaluate;
mod fields;
mod json;
mod parse;
mod pattern;
mod plan;
#[cfg(test)]
mod tests;

pub use candidate::{Candidate, Head};
pub use complete::{Completion, CompletionItem, Known, complete};
pub use error::QueryError;
pub use json::paths;
pub use parse::{Clock, parse};
pub use plan::Times;

/// A query, ready to be asked of any number of messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    root: ast::Node,
}
