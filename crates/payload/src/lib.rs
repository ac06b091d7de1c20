//! What the bytes of a payload mean, when somebody looks: format, lines to show, differences; and
//! the way back, from what is typed to bytes.
//!
//! Pure and bounded by [`Limits`]; nothing here fails or panics on any payload: a view is a
//! [`Document`] with its [`Problem`]s. Only [`Compose`] refuses, since it judges what a person typed.
//! The payload itself is never changed: documents are for the eye, bytes are the truth.

mod chars;
mod compose;
mod detect;
mod diff;
mod document;
mod error;
mod hex;
mod json;
mod preview;
mod text;

pub use compose::Compose;
pub use detect::{Detected, Format, detect, not_of, not_text};
pub use diff::{Change, ChangeKind, Diff, DiffKind, DiffLine, Removed, diff, hex_changes, unified};
pub use document::{Document, Limits, Line, Problem, Token, TokenKind};
pub use error::ComposeError;
pub use hex::{BYTES_PER_LINE, hex_line_count, hex_lines};
pub use preview::{is_number, preview, preview_of_beginning};
pub use wiretree_model::escaped;

/// The payload as lines in the given format. What is not of that format is shown as text, or as
/// hex where it is not text either, with a problem that says why.
pub fn render(bytes: &[u8], format: Format, limits: Limits) -> Document {
    match format {
        Format::Empty if bytes.is_empty() => Document::default(),
        Format::Json => json::render(bytes, limits).unwrap_or_else(|problem| {
            let mut document = text::render(bytes, limits);
            document.problems.insert(0, problem);
            document
        }),
        Format::Text => text::render(bytes, limits),
        Format::Empty | Format::Binary => hex::render(bytes, limits),
    }
}
