//! The tree for scripts: an object a line, in which messages stand as `export` writes them.

use wiretree_session::{
    Change, ChangeKind, Format, Record, RecordWriter, StoredMessage, TopicState,
};

use crate::error::CliError;

/// A topic as it was.
pub(super) fn state(
    out: &mut Vec<u8>,
    state: &TopicState,
    last: Option<StoredMessage>,
    connection: &str,
) -> Result<(), CliError> {
    let topic = string(&state.topic.to_text())?;
    let TopicState { messages, retained, .. } = state;
    let begin =
        format!("{{\"topic\":{topic},\"messages\":{messages},\"retained\":{retained},\"last\":");
    out.extend_from_slice(begin.as_bytes());
    message(out, last, connection)?;
    out.extend_from_slice(b"}\n");
    Ok(())
}

/// A topic that differs.
pub(super) fn change(
    out: &mut Vec<u8>,
    change: &Change,
    before: Option<StoredMessage>,
    after: Option<StoredMessage>,
    connection: &str,
) -> Result<(), CliError> {
    let topic = string(&change.topic.to_text())?;
    let kind = match change.kind {
        ChangeKind::Appeared { .. } => "appeared",
        ChangeKind::Changed { .. } => "changed",
        ChangeKind::Vanished { .. } => "vanished",
    };
    let begin = format!("{{\"topic\":{topic},\"change\":\"{kind}\",\"before\":");
    out.extend_from_slice(begin.as_bytes());
    message(out, before, connection)?;
    out.extend_from_slice(b",\"after\":");
    message(out, after, connection)?;
    out.extend_from_slice(b"}\n");
    Ok(())
}

/// A message, or null for one that is damaged. Its numbers keep their digits, since nothing is read from the text again.
fn message(
    out: &mut Vec<u8>,
    stored: Option<StoredMessage>,
    connection: &str,
) -> Result<(), CliError> {
    let Some(StoredMessage { message, .. }) = stored else {
        out.extend_from_slice(b"null");
        return Ok(());
    };
    let record = Record { connection: connection.to_owned(), message };
    RecordWriter::new(Format::Ndjson, &mut *out)?.write(&record)?;
    out.truncate(out.trim_ascii_end().len());
    Ok(())
}

fn string(text: &str) -> Result<String, CliError> {
    serde_json::to_string(text).map_err(|error| CliError::Output(error.into()))
}
