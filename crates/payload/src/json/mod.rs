//! JSON (RFC 8259) for the eye: own digits, own order, duplicate names kept.
//!
//! No number goes through a float and no object through a map. `scan` knows the grammar, `lines`
//! the layout, `strings` what is inside quotes. All go by loop, so that depth costs memory only,
//! and that is bounded.

mod lines;
mod scan;
mod strings;
#[cfg(test)]
mod tests;

pub(crate) use lines::render;
pub(crate) use scan::{JsonError, Scanner};

use scan::{Event, Scalar};

/// What stands before and behind JSON in payloads of the world, and how many bytes are before: a
/// byte order mark, the NUL that ends strings in C.
fn trim(text: &str) -> (&str, usize) {
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    (bare.trim_end_matches('\0'), text.len() - bare.len())
}

/// Whether the text is one JSON value; if so, of which kind.
pub(crate) fn check(text: &str) -> Result<&'static str, JsonError> {
    let (bare, skipped) = trim(text);
    let mut kind = None;
    for event in Scanner::new(bare) {
        let event = event.map_err(|error| error.shifted(skipped))?;
        kind = kind.or(Some(match event {
            Event::Open { is_object: true } => "object",
            Event::Open { .. } => "array",
            Event::Scalar(Scalar::String, _) => "string",
            Event::Scalar(Scalar::Number, _) => "number",
            Event::Scalar(Scalar::Bool, _) => "boolean",
            _ => "null",
        }));
    }
    Ok(kind.unwrap_or("null"))
}

/// Whether somebody meant JSON: it begins like an object or an array.
pub(crate) fn is_json_like(text: &str) -> bool {
    trim(text).0.trim_start().starts_with(['{', '['])
}
