//! What is in a file, told before anything is imported.

use std::path::PathBuf;

use wiretree_model::{Direction, escaped};
use wiretree_session::{
    ConnectionFile, ImportFile, ImportOffset, ImportPreview, MessagesPreview, blocking,
};

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
        let looked = file.clone();
        let ImportPreview { what, messages: found, connections: others } =
            blocking(move || looked.preview()).await?;
        head(&file, what, offset)?;
        found.iter().try_for_each(messages)?;
        connections(&others)?;
    }
    Ok(())
}

fn head(file: &ImportFile, what: &str, offset: Option<ImportOffset>) -> Result<(), CliError> {
    let (path, kind) = (file.path().display(), file.kind());
    print(format_args!("{path}: {what}, {} bytes", file.size()))?;
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

/// Connections are imported in the window, where the keychain is; here they are told of.
fn connections(file: &ConnectionFile) -> Result<(), CliError> {
    let safe = |text: &str| escaped(text.as_bytes());
    for found in &file.connections {
        let profile = &found.profile;
        let (name, host) = (safe(&profile.name), safe(&profile.host));
        let subscriptions = profile.subscriptions.len();
        print(format_args!(
            "  connection {name} to {host}:{}, {subscriptions} subscriptions",
            profile.port
        ))?;
        found.remarks.iter().try_for_each(|words| print(format_args!("    {}", safe(words))))?;
    }
    for refused in &file.refused {
        let (name, reason) = (safe(&refused.name), safe(&refused.reason));
        print(format_args!("  connection {name} cannot be imported: {reason}"))?;
    }
    file.remarks.iter().try_for_each(|words| print(format_args!("  {}", safe(words))))
}
