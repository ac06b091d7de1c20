//! All that a file has: messages, connections, or both.

use wiretree_store::{ForeignKind, read_foreign};
use wiretree_transfer::import::FileKind;
use wiretree_transfer::import::connections::{
    ConnectionFile, DatabaseKind, read_connections, read_database,
};

use super::{ImportFile, MessagesPreview};
use crate::SessionError;

/// What an import would bring.
#[derive(Clone, Debug)]
pub struct ImportPreview {
    /// What the file is, as people call it.
    pub what: &'static str,
    /// Its messages, if it is of a kind that has some.
    pub messages: Option<MessagesPreview>,
    /// Its connections.
    pub connections: ConnectionFile,
}

impl ImportFile {
    /// Looks through the file; nothing is written. Blocks.
    ///
    /// # Errors
    /// It cannot be read, or nothing in it can be imported.
    pub fn preview(&self) -> Result<ImportPreview, SessionError> {
        let (what, connections) = self.connections()?;
        let has_messages = self.kind().has_messages();
        let messages = has_messages.then(|| self.preview_messages()).transpose()?;
        // A backup without messages is one of connections.
        let is_bare = |found: &MessagesPreview| found.count == 0 && found.bad == 0;
        let has_connections =
            !connections.connections.is_empty() || !connections.refused.is_empty();
        let messages = messages.filter(|found| !(has_connections && is_bare(found)));
        Ok(ImportPreview { what, messages, connections })
    }

    fn connections(&self) -> Result<(&'static str, ConnectionFile), SessionError> {
        if self.kind() != FileKind::Database {
            let (source, _) = self.open()?;
            return Ok((self.kind().name(), read_connections(self.kind(), source)?));
        }
        let found = read_foreign(self.path())?;
        let (what, kind) = match found.kind {
            ForeignKind::Mqttx => ("database of MQTTX", DatabaseKind::Mqttx),
            ForeignKind::MqttViewer => ("database of mqtt-viewer", DatabaseKind::MqttViewer),
        };
        let mut file = read_database(kind, &found.connections)?;
        if found.messages > 0 {
            file.remarks.push(format!(
                "Its {} messages are not taken over; export them there as JSON and import that.",
                found.messages
            ));
        }
        if found.has_more_beside {
            file.remarks.push(
                "Its program has changes that are not in the file yet. Close it, and choose the \
                 file again to have them."
                    .to_owned(),
            );
        }
        Ok((what, file))
    }
}
