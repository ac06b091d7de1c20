//! Databases of other programs, read for their connections: `MQTTX.db` and `MqttViewer.db`.
//!
//! Promises: the file is opened for reading only, as one that does not change, so nothing is written
//! to it or beside it; its schema is not trusted, no view and no trigger of it runs, and a file that
//! has some is refused; rows, cells and the answer are bounded. The answer is text: an array of
//! objects, a connection each, with the columns as fields. What they mean is not for this room.

mod rows;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Map, Value};

use crate::StoreError;
use crate::error::in_words;
use crate::file::distrust;
use rows::Table;

/// The largest file that is opened, in bytes: messages may be in it, and are only counted.
const LARGEST_FILE: u64 = 4 * 1024 * 1024 * 1024;
/// The largest cell, in bytes.
const LARGEST_CELL: i32 = 1024 * 1024;
/// The longest answer, in bytes.
const LARGEST_TEXT: usize = 8 * 1024 * 1024;

/// Whose database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignKind {
    /// MQTTX.
    Mqttx,
    /// mqtt-viewer.
    MqttViewer,
}

/// What was found in a database of another program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Whose it is.
    pub kind: ForeignKind,
    /// Its connections: JSON, an array of objects. Passwords are in it as they are in the file.
    pub connections: String,
    /// How many messages it has.
    pub messages: u64,
    /// Whether its program has changes beside it that are not read: it may be running.
    pub has_more_beside: bool,
}

/// Reads the connections of a database.
///
/// # Errors
/// [`StoreError::Foreign`]: it cannot be read, is nobody's that is known, or wants to do harm.
pub fn read_foreign(path: &Path) -> Result<Foreign, StoreError> {
    let refused = |reason: String| StoreError::Foreign { path: path.to_owned(), reason };
    let metadata = fs::metadata(path).map_err(|error| refused(in_words(&error)))?;
    if !metadata.is_file() || metadata.len() > LARGEST_FILE {
        return Err(refused("it is no plain file of less than 4 GiB".to_owned()));
    }
    let absolute = fs::canonicalize(path).map_err(|error| refused(in_words(&error)))?;
    let database = open(&absolute).map_err(|error| refused(error.to_string()))?;
    let kind = kind_of(&database).map_err(|error| refused(error.to_string()))?;
    let kind = kind.map_err(|reason| refused(reason.to_owned()))?;
    let found = read(&database, kind).map_err(|error| refused(error.to_string()))?;
    let (rows, messages) = found;
    let connections = serde_json::to_string(&rows).map_err(|error| refused(error.to_string()))?;
    if connections.len() > LARGEST_TEXT {
        return Err(refused("its connections have more than 8 MiB".to_owned()));
    }
    let mut beside = absolute.into_os_string();
    beside.push("-wal");
    let has_more_beside = fs::metadata(beside).is_ok_and(|beside| beside.len() > 0);
    Ok(Foreign { kind, connections, messages, has_more_beside })
}

/// `immutable` keeps SQLite from making files beside it, for a log or for locks.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            other => uri += &format!("%{other:02x}"),
        }
    }
    uri += "?mode=ro&immutable=1";
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(uri, flags)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    distrust(&database)?;
    database.set_limit(Limit::SQLITE_LIMIT_LENGTH, LARGEST_CELL)?;
    database.pragma_update(None, "query_only", true)?;
    database.pragma_update(None, "cell_size_check", true)?;
    Ok(database)
}

/// Whose it is by its tables; or why it is not read.
fn kind_of(database: &Connection) -> rusqlite::Result<Result<ForeignKind, &'static str>> {
    const ACTIVE: &str = "SELECT count(*) FROM sqlite_schema WHERE type IN ('view', 'trigger')
        OR (type = 'table' AND sql LIKE 'CREATE VIRTUAL%')";
    let active: i64 = database.query_row(ACTIVE, [], |row| row.get(0))?;
    if active > 0 {
        return Ok(Err("it has views, triggers or virtual tables, which its program never makes"));
    }
    let has = |name: &str| database.table_exists(None, name);
    Ok(if has("ConnectionEntity")? && has("SubscriptionEntity")? {
        Ok(ForeignKind::Mqttx)
    } else if has("connections")? && has("subscriptions")? {
        Ok(ForeignKind::MqttViewer)
    } else {
        Err("it is a database of neither MQTTX nor mqtt-viewer")
    })
}

fn read(
    database: &Connection,
    kind: ForeignKind,
) -> rusqlite::Result<(Vec<Map<String, Value>>, u64)> {
    let (mut connections, messages) = match kind {
        ForeignKind::Mqttx => {
            let mut connections = Table::read(database, "ConnectionEntity")?;
            connections.rename("client_id", "clientId");
            let wills = Table::read(database, "WillEntity")?;
            connections.attach("will", "willId", &wills);
            (connections, "MessageEntity")
        }
        ForeignKind::MqttViewer => (Table::read(database, "connections")?, "received_messages"),
    };
    let subscriptions = match kind {
        ForeignKind::Mqttx => "SubscriptionEntity",
        ForeignKind::MqttViewer => "subscriptions",
    };
    connections.collect("subscriptions", "connection_id", Table::read(database, subscriptions)?);
    Ok((connections.into_rows(), rows::count(database, messages)?))
}
