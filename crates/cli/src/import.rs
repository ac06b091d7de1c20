//! `import`: messages of files into a history; or, with `--dry-run`, what is in them.

mod description;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use wiretree_session::{
    History, Import, ImportError, ImportFile, ImportOffset, ImportOrder, Imported, ImportedSoFar,
    Naming, blocking,
};

use crate::console::{answer, say, warn};
use crate::error::CliError;
use crate::signals;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// History file to import into; made where there is none
    #[arg(long, value_name = "FILE", required_unless_present = "dry_run")]
    history: Option<PathBuf>,
    /// Files to import, each told by its content: NDJSON or JSON of export, lines of mosquitto_sub
    /// -F %j or %J, backups of MQTTX in JSON or its messages in CSV
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Name for the connection in the history; unless given, that of the file's connections, and the
    /// file's own name where it has none
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// For files whose times have no zone (those of MQTTX): how far they are from UTC
    #[arg(
        long,
        value_name = "+HH:MM",
        value_parser = parse_offset,
        allow_hyphen_values = true
    )]
    utc_offset: Option<ImportOffset>,
    /// Import nothing; print what each file is, what is in it, and what would be lost
    #[arg(long)]
    dry_run: bool,
}

/// What became of a file.
#[derive(Serialize)]
struct Report<'a> {
    file: &'a Path,
    kind: &'static str,
    imported: u64,
    bad: u64,
    changed: u64,
    renumbered: u64,
    connections: Vec<Connection<'a>>,
}

#[derive(Serialize)]
struct Connection<'a> {
    name: &'a str,
    key: &'a str,
    messages: u64,
}

pub(crate) async fn run(options: Options) -> Result<(), CliError> {
    let Options { history, files, name, utc_offset, dry_run } = options;
    if dry_run {
        return description::describe(files, utc_offset).await;
    }
    let path = history.ok_or_else(|| CliError::Usage("Give a --history".to_owned()))?;
    // All are looked at before the first is imported, so that a wrong name changes nothing.
    let mut inspected = Vec::new();
    for file in files {
        inspected.push(importable(file, utc_offset).await?);
    }
    let history = Arc::new(blocking(move || Ok(History::open(&path)?)).await?);
    let mut imported = Ok(());
    for file in inspected {
        imported = one(&history, file, name.clone()).await;
        if imported.is_err() {
            break;
        }
    }
    let closed = blocking(move || Ok(history.close()?)).await;
    imported.and(closed.map_err(CliError::from))
}

/// Looks at a file that messages are wanted from.
async fn importable(path: PathBuf, offset: Option<ImportOffset>) -> Result<ImportFile, CliError> {
    let file = inspect(path, offset).await?;
    let path = file.path().to_owned();
    if !file.kind().has_messages() {
        let words = "It has no messages that can be imported here. Connections are imported in the \
                     window; --dry-run describes them";
        return Err(CliError::Import { path, cause: ImportError::NotThisForm(words) });
    }
    if file.kind().has_local_times() && offset.is_none() {
        return Err(CliError::Usage(format!(
            "The times in {} have no zone. Say how far they are from UTC, as in --utc-offset +02:00",
            path.display()
        )));
    }
    Ok(file)
}

async fn inspect(path: PathBuf, offset: Option<ImportOffset>) -> Result<ImportFile, CliError> {
    let offset = offset.unwrap_or_default();
    let named = path.clone();
    let looked = blocking(move || Ok(ImportFile::inspect(&path, offset))).await?;
    looked.map_err(|cause| CliError::Import { path: named, cause })
}

async fn one(
    history: &Arc<History>,
    file: ImportFile,
    name: Option<String>,
) -> Result<(), CliError> {
    let naming = match name {
        Some(name) => Naming::One(name),
        None => Naming::AsWritten { otherwise: file.stem() },
    };
    let mut ended = signals::listen()?;
    let order = ImportOrder { file: file.clone(), naming };
    let (import, mut news) = Import::start(Arc::clone(history), order);
    let mut told = false;
    loop {
        let next = tokio::select! {
            next = news.next() => next,
            () = &mut ended, if !told => {
                told = true;
                import.cancel();
                continue;
            }
        };
        return match next {
            Some(Imported::Progress { .. }) => continue,
            Some(Imported::Finished(so_far)) => report(&file, &so_far),
            Some(Imported::Cancelled(so_far)) => {
                report(&file, &so_far)?;
                Err(CliError::ImportInterrupted { imported: so_far.imported })
            }
            Some(Imported::Failed(so_far, error)) => {
                report(&file, &so_far)?;
                Err(error.into())
            }
            None => Err(CliError::ImportInterrupted { imported: 0 }),
        };
    }
}

fn report(file: &ImportFile, so_far: &ImportedSoFar) -> Result<(), CliError> {
    let path = file.path();
    for words in &so_far.named {
        warn(format_args!("{}, {words}", path.display()));
    }
    let more = so_far.bad - so_far.named.len() as u64;
    if more > 0 {
        say(format_args!("{more} more entries of {} were no messages", path.display()));
    }
    let connections = so_far.connections.iter().map(|into| Connection {
        name: &into.name,
        key: &into.key,
        messages: into.messages,
    });
    answer(&Report {
        file: path,
        kind: file.kind().name(),
        imported: so_far.imported,
        bad: so_far.bad,
        changed: so_far.changed,
        renumbered: so_far.renumbered,
        connections: connections.collect(),
    })
}

/// Reads `+02:00`, `-5:30`, `+0530` or `Z`.
fn parse_offset(text: &str) -> Result<ImportOffset, String> {
    let minutes = if matches!(text, "Z" | "z" | "UTC") { Some(0) } else { minutes(text) };
    minutes
        .and_then(ImportOffset::from_minutes)
        .ok_or_else(|| "write it as +02:00, -05:30 or Z".to_owned())
}

fn minutes(text: &str) -> Option<i16> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None if rest.len() == 4 => rest.split_at_checked(2)?,
        None => (rest, "0"),
    };
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i16>().ok().filter(|_| is_number)
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_as_people_write_them() {
        for (text, minutes) in [
            ("+02:00", 120),
            ("-05:30", -330),
            ("+0545", 345),
            ("+2", 120),
            ("-0:30", -30),
            ("Z", 0),
            ("+00:00", 0),
        ] {
            let expected = ImportOffset::from_minutes(minutes).unwrap();
            assert_eq!(parse_offset(text), Ok(expected), "{text}");
        }
        for text in ["", "2", "+", "+25:00", "+1:60", "+-1", "+1:+2", "+é", "MEZ", "+1:2:3"] {
            assert!(parse_offset(text).is_err(), "{text}");
        }
    }
}
