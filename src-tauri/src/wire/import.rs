//! Imports: what a file would bring, and what it has brought.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_model::PasswordSource;
use wiretree_session::{self as session, payload};

use super::{AppError, Direction, Profile};
use crate::importing::{self, Names};
use crate::opening;

/// How many characters of a payload a line of the sample shows.
const PREVIEW: usize = 100;

/// What is in the chosen file. Nothing of it is written yet.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportPreview {
    /// Names the file for what follows.
    pub handle: u32,
    /// The file's own name.
    pub file_name: String,
    /// What it is, as people call it.
    pub what: String,
    /// In bytes.
    pub size: u64,
    /// Whether its times have no zone.
    pub local_times: bool,
    /// Its messages.
    pub messages: Option<ImportMessages>,
    /// The connections that can be imported.
    pub connections: Vec<ImportConnection>,
    /// Those that cannot.
    pub refused: Vec<ImportRefusal>,
    /// What else is in it and is not taken over, a sentence each.
    pub remarks: Vec<String>,
}

/// The messages of a file, as far as it was looked through.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportMessages {
    /// Whether it was looked through to its end.
    pub complete: bool,
    /// Messages.
    pub count: u64,
    /// Entries that are no messages.
    pub bad: u64,
    /// The first of them: where, and why.
    pub named: Vec<String>,
    /// Messages whose payloads the file says were changed before.
    pub changed: u64,
    /// The earliest time of receipt.
    pub earliest: Option<i64>,
    /// The latest.
    pub latest: Option<i64>,
    /// Topics, at least.
    pub topics: u64,
    /// The names of the connections in it, at most a hundred.
    pub connections: Vec<String>,
    /// The name to propose for the history.
    pub name: String,
    /// Those of the names that are in the history already.
    pub taken: Vec<String>,
    /// The first messages.
    pub sample: Vec<ImportSample>,
    /// Why it was not looked through to its end, if it is damaged.
    pub damage: Option<AppError>,
}

/// A message of a sample.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportSample {
    /// Its topic, for showing.
    pub topic: String,
    /// When it came.
    pub received_at: i64,
    /// Which way it went.
    pub direction: Direction,
    /// The beginning of its payload on one line.
    pub preview: String,
}

/// A connection that can be imported.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportConnection {
    /// What it is called there.
    pub name: String,
    /// What it will be called here: another name where that is taken.
    pub becomes: String,
    /// The broker, without credentials.
    pub address: String,
    /// Its subscriptions.
    pub subscriptions: Vec<String>,
    /// Whether the file has its password.
    pub has_password: bool,
    /// Whether its password has to be given anew.
    pub asks: bool,
    /// How many certificates and keys the file has for it.
    pub certificates: u32,
    /// What is otherwise than in the program it comes from, a sentence each.
    pub remarks: Vec<String>,
}

/// A connection that cannot be imported.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportRefusal {
    /// What it is called there.
    pub name: String,
    /// Why, as a sentence.
    pub reason: String,
}

/// The connections that were saved.
#[derive(Clone, Debug, Default, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportedProfiles {
    /// As they were saved.
    pub profiles: Vec<Profile>,
    /// What could not be done as planned, a sentence each.
    pub remarks: Vec<String>,
    /// Why the others were not saved.
    pub problem: Option<AppError>,
}

/// Which messages to import, and how.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportRequest {
    /// The chosen file.
    pub handle: u32,
    /// A name for all of them; none or empty: those of the file, and that of the file itself.
    pub name: Option<String>,
    /// For times without a zone: so many minutes east of UTC.
    pub utc_offset: i16,
}

/// What an import of messages has brought.
#[derive(Clone, Debug, Default, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportResult {
    /// Messages that are in the history.
    pub imported: u64,
    /// Entries that are no messages.
    pub bad: u64,
    /// The first of them: where, and why.
    pub named: Vec<String>,
    /// Messages that got another sequence number than the file says.
    pub renumbered: u64,
    /// The connections of the history that they are in.
    pub connections: Vec<ImportedInto>,
}

/// A connection of the history that messages were imported into.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportedInto {
    /// Names it in the history.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// How many messages.
    pub messages: u64,
}

/// News of an import.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum ImportEvent {
    Progress { read: u64, total: u64, imported: u64, bad: u64, milliseconds: u64 },
    Finished { result: ImportResult },
    Cancelled { result: ImportResult },
    Failed { result: ImportResult, problem: AppError },
}

impl ImportPreview {
    /// A preview for the page.
    pub(crate) fn from_session(
        handle: u32,
        file: &session::ImportFile,
        found: &session::ImportPreview,
        names: &Names,
    ) -> Self {
        let name = file.path().file_name().unwrap_or_default();
        let messages = found.messages.as_ref();
        let refused = found.connections.refused.iter().map(|refused| ImportRefusal {
            name: refused.name.clone(),
            reason: AppError::new("profile-invalid", refused.reason.as_str()).message,
        });
        Self {
            handle,
            file_name: name.to_string_lossy().into_owned(),
            what: found.what.to_owned(),
            size: file.size(),
            local_times: file.kind().has_local_times(),
            messages: messages.map(|it| ImportMessages::from_session(it, &file.stem(), names)),
            connections: connections(&found.connections.connections, names),
            refused: refused.collect(),
            remarks: found.connections.remarks.clone(),
        }
    }
}

fn connections(found: &[session::ImportedConnection], names: &Names) -> Vec<ImportConnection> {
    // Those before it take their names too.
    let mut taken: Vec<String> = names.saved.clone();
    let connection = |found: &session::ImportedConnection| {
        let profile = &found.profile;
        let known: Vec<&str> = taken.iter().map(String::as_str).collect();
        let becomes = importing::free_name(&profile.name, &known);
        taken.push(becomes.clone());
        let filters = profile.subscriptions.iter().map(|one| one.filter.as_str().to_owned());
        ImportConnection {
            name: profile.name.clone(),
            becomes,
            address: opening::address_of(profile),
            subscriptions: filters.collect(),
            has_password: found.password.is_some(),
            asks: found.password.is_none() && profile.password == PasswordSource::Ask,
            certificates: super::to_u32(found.certificates.len()),
            remarks: found.remarks.clone(),
        }
    };
    found.iter().map(connection).collect()
}

impl ImportMessages {
    fn from_session(found: &session::MessagesPreview, stem: &str, names: &Names) -> Self {
        let name = match &found.connections[..] {
            [only] if !found.unnamed => only.clone(),
            _ => stem.to_owned(),
        };
        let all = found.connections.iter().chain([&name]);
        let taken = all.filter(|name| names.recorded.contains(name)).cloned();
        let mut taken: Vec<_> = taken.collect();
        taken.dedup();
        Self {
            complete: found.complete,
            count: found.count,
            bad: found.bad,
            named: found.named.clone(),
            changed: found.changed,
            earliest: found.earliest.map(|moment| moment.0),
            latest: found.latest.map(|moment| moment.0),
            topics: found.topics,
            connections: found.connections.clone(),
            name,
            taken,
            sample: found.sample.iter().map(ImportSample::from_session).collect(),
            damage: found.damage.clone().map(AppError::from),
        }
    }
}

impl ImportSample {
    fn from_session(record: &session::Record) -> Self {
        let (message, publish) = (&record.message, &record.message.publish);
        Self {
            topic: publish.topic.to_text().into_owned(),
            received_at: message.received_at.0,
            direction: message.direction.into(),
            preview: payload::preview(&publish.payload, PREVIEW),
        }
    }
}

impl ImportResult {
    fn from_session(so_far: session::ImportedSoFar) -> Self {
        let into = |into: session::ImportedInto| ImportedInto {
            key: into.key,
            name: into.name,
            messages: into.messages,
        };
        Self {
            imported: so_far.imported,
            bad: so_far.bad,
            named: so_far.named,
            renumbered: so_far.renumbered,
            connections: so_far.connections.into_iter().map(into).collect(),
        }
    }
}

impl ImportEvent {
    /// News of an import for the page.
    pub(crate) fn from_session(news: session::Imported) -> Self {
        use session::Imported as I;
        match news {
            I::Progress { read, total, imported, bad, took } => Self::Progress {
                read,
                total,
                imported,
                bad,
                milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            },
            I::Finished(so_far) => Self::Finished { result: ImportResult::from_session(so_far) },
            I::Cancelled(so_far) => Self::Cancelled { result: ImportResult::from_session(so_far) },
            I::Failed(so_far, error) => {
                Self::Failed { result: ImportResult::from_session(so_far), problem: error.into() }
            }
        }
    }
}
