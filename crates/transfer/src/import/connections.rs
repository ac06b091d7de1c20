//! Connections of other programs, as profiles of ours.
//!
//! Promises: what comes out can be saved as it is; certificates are checked, whatever the file says;
//! no password is part of a profile; what was dropped or changed is said in a remark. Absent: where
//! passwords and embedded certificates go, which is the caller's.

mod draft;
mod fields;
mod mq3t;
mod mqtt_explorer;
mod mqtt_viewer;
mod mqttx;
#[cfg(test)]
mod tests;

use std::io::{BufRead, Read};
use std::ops::ControlFlow;

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use wiretree_model::{Profile, Secret};

use super::stream::malformed;
use super::{FileKind, ImportError, mqttx_document};
use draft::Draft;

/// The largest file of connections that is read, in bytes; messages in it do not count.
const LARGEST: u64 = 8 * 1024 * 1024;
/// The most connections that are read.
const MOST: usize = 1_000;

/// The connections of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionFile {
    /// Those that can be imported, in the order of the file.
    pub connections: Vec<ImportedConnection>,
    /// Those that cannot.
    pub refused: Vec<RefusedConnection>,
    /// What else is in the file and is not taken over.
    pub remarks: Vec<String>,
}

/// A connection that can be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedConnection {
    /// What it becomes, without an identifier. Its password is asked for, if it has one.
    pub profile: Profile,
    /// Its password, where the file has it.
    pub password: Option<Secret>,
    /// Certificates that the file has in itself; the profile names them, and not where they are.
    pub certificates: Vec<EmbeddedFile>,
    /// What is otherwise than in the program it comes from, a sentence each.
    pub remarks: Vec<String>,
}

/// A file within a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedFile {
    /// What it is for.
    pub part: CertificatePart,
    /// What is in it.
    pub contents: Secret,
}

/// What a certificate file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificatePart {
    /// The authorities that are trusted.
    Authority,
    /// The certificate that the client shows.
    Certificate,
    /// Its key.
    Key,
}

/// A connection that cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedConnection {
    /// What it is called there.
    pub name: String,
    /// Why, in words.
    pub reason: String,
}

/// A database that `store` has turned into text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// `MQTTX.db`.
    Mqttx,
    /// `MqttViewer.db`.
    MqttViewer,
}

/// Reads the connections of a file of this kind; those of messages alone have none.
///
/// # Errors
/// The source gives no more, is damaged, or is larger than any such file.
pub fn read_connections(
    kind: FileKind,
    source: impl BufRead,
) -> Result<ConnectionFile, ImportError> {
    let mut found = Collected::default();
    match kind {
        FileKind::MqttxJson => {
            mqttx_document::walk(source, &mut found)?;
            found.complete()
        }
        FileKind::MqttExplorer => {
            mqtt_explorer::read(&document(source)?, &mut found);
            found.complete()
        }
        FileKind::Mq3t => {
            each_object(&document(source)?, &mut |fields| found.take(mq3t::read(fields)));
            found.complete()
        }
        FileKind::Ndjson
        | FileKind::Json
        | FileKind::Mosquitto
        | FileKind::MqttxCsv
        | FileKind::Database => Ok(ConnectionFile::default()),
    }
}

/// Reads the connections of a database: an array of objects, with the columns as fields.
///
/// # Errors
/// See [`read_connections`].
pub fn read_database(kind: DatabaseKind, text: &str) -> Result<ConnectionFile, ImportError> {
    let mut found = Collected::default();
    let rows = document(text.as_bytes())?;
    each_object(&rows, &mut |fields| {
        found.take(match kind {
            DatabaseKind::Mqttx => mqttx::read(fields),
            DatabaseKind::MqttViewer => mqtt_viewer::read(fields),
        })
    });
    found.complete()
}

/// A whole document of bounded size.
fn document(source: impl BufRead) -> Result<Value, ImportError> {
    let mut bytes = Vec::new();
    let read = source.take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| ImportError::Read(error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(ImportError::TooLarge { what: "connections", limit: LARGEST });
    }
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    serde_json::from_slice(text).map_err(|error| malformed(&error))
}

fn each_object(list: &Value, each: &mut dyn FnMut(&Map<String, Value>) -> ControlFlow<()>) {
    for entry in list.as_array().into_iter().flatten() {
        let empty = Map::new();
        // What is no object has nothing that a connection needs, and is refused for that.
        if each(entry.as_object().unwrap_or(&empty)).is_break() {
            return;
        }
    }
}

/// What has been read so far.
#[derive(Default)]
struct Collected {
    file: ConnectionFile,
    overrun: bool,
}

impl Collected {
    fn take(&mut self, draft: Draft) -> ControlFlow<()> {
        if self.file.connections.len() + self.file.refused.len() >= MOST {
            self.overrun = true;
            return ControlFlow::Break(());
        }
        match draft.finish() {
            Ok(connection) => self.file.connections.push(connection),
            Err(refused) => self.file.refused.push(refused),
        }
        ControlFlow::Continue(())
    }

    fn remark(&mut self, words: &str) {
        self.file.remarks.push(words.to_owned());
    }

    fn complete(self) -> Result<ConnectionFile, ImportError> {
        match self.overrun {
            true => Err(ImportError::TooMany { what: "connections", limit: MOST }),
            false => Ok(self.file),
        }
    }
}

impl mqttx_document::Visit for Collected {
    fn message(&mut self, _: &str, _: &RawValue) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn connection(&mut self, fields: Map<String, Value>) -> ControlFlow<()> {
        self.take(mqttx::read(&fields))
    }
}
