//! What is in a file, told before anything is imported.

use std::path::PathBuf;

use wiretree_model::{Direction, escaped};
use wiretree_session::{ImportFile, ImportOffset, MessagesPreview, blocking};

use super::inspect;
use crate::console::print;
use crate::error::CliError;
use crate::time;

/// How many characters of a payload are shown.
const SHOWN: usize = 60;

/// Describes each file on standard output.
pub(super) async fn describe(
    files: Vec<PathBuf>,
    offset: Option<ImportOffset>,
) -> Result<(), CliError> {
    for path in files {
        let file = inspect(path, offset).await?;
        head(&file, offset)?;
        if file.kind().has_messages() {
            let (named, looked) = (file.path().to_owned(), file.clone());
            let preview = blocking(move || Ok(looked.preview_messages())).await?;
            let preview = preview.map_err(|cause| CliError::Import { path: named, cause })?;
            messages(&preview)?;
        }
    }
    Ok(())
}

fn head(file: &ImportFile, offset: Option<ImportOffset>) -> Result<(), CliError> {
    let (path, kind) = (file.path().display(), file.kind());
    print(format_args!("{path}: {}, {} bytes", kind.name(), file.size()))?;
    if kind.has_local_times() && offset.is_none() {
        print("  times have no zone, and are read as UTC here; --utc-offset says otherwise")?;
    }
    Ok(())
}

fn messages(found: &MessagesPreview) -> Result<(), CliError> {
    let more = if found.complete { "" } else { ", and maybe more behind" };
    print(format_args!("  {} messages on {} topics{more}", found.count, found.topics))?;
    if let (Some(earliest), Some(latest)) = (found.earliest, found.latest) {
        print(format_args!("  from {} to {}", time::to_text(earliest), time::to_text(latest)))?;
    }
    for name in &found.connections {
        print(format_args!("  connection {}", escaped(name.as_bytes())))?;
    }
    if found.changed > 0 {
        print(format_args!(
            "  {} payloads are not as they were received: the program that wrote the file printed \
             their JSON anew",
            found.changed
        ))?;
    }
    if found.bad > 0 {
        print(format_args!("  {} entries are no messages and would be left out:", found.bad))?;
    }
    for words in &found.named {
        print(format_args!("    {}", escaped(words.as_bytes())))?;
    }
    if let Some(damage) = &found.damage {
        print(format_args!("  {damage}"))?;
    }
    found.sample.iter().try_for_each(|record| {
        let (message, publish) = (&record.message, &record.message.publish);
        let way = match message.direction {
            Direction::Received => "<--",
            Direction::Sent => "-->",
        };
        let topic = escaped(publish.topic.as_bytes());
        let payload: String = escaped(&publish.payload).chars().take(SHOWN).collect();
        print(format_args!("    {} {way} {topic} {payload}", time::to_text(message.received_at)))
    })
}
