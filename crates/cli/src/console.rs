//! The two streams: standard error for people, standard output for data.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

use crate::error::CliError;

/// Tells people something, on a line of its own.
pub(crate) fn say(text: impl Display) {
    // With standard error closed there is nobody to tell, and the work goes on.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Tells people of trouble, as a sentence with an end.
pub(crate) fn warn(trouble: impl Display) {
    let trouble = harmless(&trouble.to_string());
    let mut rest = trouble.chars();
    let first: String = rest.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if trouble.ends_with(['.', '?', '!']) { "" } else { "." };
    say(format_args!("wiretree-cli: {first}{}{end}", rest.as_str()));
}

/// Text of a broker for a terminal: control characters, and those that turn the direction of
/// writing, stand there as escapes, and can do nothing.
pub(crate) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || turns {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}

/// Prints the one JSON object that a command answers with.
///
/// # Errors
/// [`CliError::Output`], unless the reader has gone: then nobody asks any more.
pub(crate) fn answer(value: &impl Serialize) -> Result<(), CliError> {
    print(serde_json::to_string(value).map_err(|error| CliError::Output(error.into()))?)
}

/// Prints a line of data.
///
/// # Errors
/// As [`answer`].
pub(crate) fn print(line: impl Display) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::Output(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_broker_cannot_write_to_the_terminal() {
        assert_eq!(harmless("größe \u{1b}[2J\n\u{202e}x"), "größe \\u{1b}[2J\\n\\u{202e}x");
    }
}
