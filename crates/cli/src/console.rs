//! The two streams: standard error for people, standard output for data.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;
use wiretree_model::escaped;

use crate::error::CliError;

/// Tells people something, on a line of its own.
pub(crate) fn say(text: impl Display) {
    // With standard error closed there is nobody to tell, and the work goes on.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Tells people how far something is, on a line that the next word of it takes the place of.
pub(crate) fn progress(text: impl Display) {
    // Clears the rest of the line: what stood there may have been longer.
    let _ = write!(io::stderr(), "\r{text}\x1b[K\r");
}

/// Tells people of trouble, as a sentence with an end. What a broker said in it can do nothing to a
/// terminal: hidden characters stand there as escapes.
pub(crate) fn warn(trouble: impl Display) {
    let trouble = escaped(trouble.to_string().as_bytes());
    let mut rest = trouble.chars();
    let first: String = rest.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if trouble.ends_with(['.', '?', '!']) { "" } else { "." };
    say(format_args!("wiretree-cli: {first}{}{end}", rest.as_str()));
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
