//! The functions of a Rust file: where they stand, how long they are, what stands in front of them.
//!
//! Works on the result of [`crate::rust_code::code_only`]. Functions within functions are listed too.

use crate::rust_code::{braces, line_of};

/// One function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of the word `fn`, counted from 1.
    pub line: usize,
    /// Lines from the word `fn` to the closing brace.
    pub length: usize,
    /// Lines of the body that hold code, without the braces around it.
    pub body: usize,
    /// Whether `#[tauri::command]` stands on it.
    pub is_command: bool,
}

/// All functions with a body, in the order of the file.
#[must_use]
pub fn functions(code: &str) -> Vec<Function> {
    code.match_indices("fn ").filter_map(|(at, _)| function(code, at)).collect()
}

fn function(code: &str, at: usize) -> Option<Function> {
    let (before, rest) = code.split_at_checked(at)?;
    if before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let name: String = rest.get(3..)?.chars().take_while(|c| is_name(*c)).collect();
    let opening = body_start(rest)?;
    let closing = opening + braces(rest.get(opening..)?);
    let inside = rest.get(opening + 1..closing.saturating_sub(1)).unwrap_or_default();
    Some(Function {
        name: Some(name).filter(|name| !name.is_empty())?,
        line: line_of(code, at) + 1,
        length: line_of(rest, closing) + 1,
        body: inside.lines().filter(|line| !line.trim().is_empty()).count(),
        is_command: is_command(before),
    })
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The opening brace of the body; nothing for a declaration, which ends with a semicolon.
fn body_start(signature: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in signature.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '{' if depth == 0 => return Some(at),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Whether the attributes directly in front of a function make it a command of the page.
fn is_command(before: &str) -> bool {
    let start = before.rfind(['}', ';', '{']).map_or(0, |at| at + 1);
    before.get(start..).is_some_and(|attributes| attributes.contains("tauri::command"))
}
