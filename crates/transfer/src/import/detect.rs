//! What a file is, told by how it begins, never by its name.

use super::ImportError;
use super::keys::{Shape, names};

/// How many bytes of a file's beginning tell what it is.
pub const HEAD: usize = 256 * 1024;

/// A file that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Messages, an object a line, as this program exports them.
    Ndjson,
    /// The same objects in one array.
    Json,
    /// What `mosquitto_sub -F %j` or `%J` printed.
    Mosquitto,
    /// A backup of MQTTX: connections with their messages.
    MqttxJson,
    /// Messages that MQTTX exported as a table.
    MqttxCsv,
    /// The settings of MQTT Explorer, with its connections.
    MqttExplorer,
    /// The connections of MQ3T.
    Mq3t,
    /// An SQLite database. Whose it is, its tables tell.
    Database,
}

impl FileKind {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "NDJSON of Wiretree",
            Self::Json => "JSON of Wiretree",
            Self::Mosquitto => "output of mosquitto_sub",
            Self::MqttxJson => "backup of MQTTX",
            Self::MqttxCsv => "CSV of MQTTX",
            Self::MqttExplorer => "settings of MQTT Explorer",
            Self::Mq3t => "connections of MQ3T",
            Self::Database => "SQLite database",
        }
    }

    /// Whether there are messages in it.
    pub fn has_messages(self) -> bool {
        match self {
            Self::Ndjson | Self::Json | Self::Mosquitto | Self::MqttxJson | Self::MqttxCsv => true,
            Self::MqttExplorer | Self::Mq3t | Self::Database => false,
        }
    }

    /// Whether its times have no zone, so that somebody has to say which they are in.
    pub fn has_local_times(self) -> bool {
        matches!(self, Self::MqttxJson | Self::MqttxCsv)
    }
}

/// Tells what a file is by its first [`HEAD`] bytes, or by all of them if it has fewer.
///
/// # Errors
/// It is nothing that can be imported; where that can be told, with what to do instead.
pub fn detect(head: &[u8]) -> Result<FileKind, ImportError> {
    if head.starts_with(b"SQLite format 3\0") {
        return Ok(FileKind::Database);
    }
    refuse_packed(head)?;
    let text = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(head).trim_ascii_start();
    if text.is_empty() {
        return Err(if head.len() < HEAD { ImportError::Empty } else { ImportError::Unknown });
    }
    match names(text) {
        Some((Shape::Object, names)) => object(&names),
        Some((Shape::Array, names)) => array(&names),
        None => line(text),
    }
}

fn refuse_packed(head: &[u8]) -> Result<(), ImportError> {
    const PACKED: [(&[u8], &str); 5] = [
        (b"PK\x03\x04", "The file is a ZIP archive or a workbook. Unpack it, or export it as JSON"),
        (b"\x1f\x8b", "The file is compressed by gzip. Unpack it first"),
        (b"\x28\xb5\x2f\xfd", "The file is compressed by zstd. Unpack it first"),
        (b"PAR1", "The file is Parquet, which is not read. Import the NDJSON it was made from"),
        (b"\xd0\xcf\x11\xe0", "The file is an old workbook. Export it as CSV or JSON"),
    ];
    match PACKED.into_iter().find(|(mark, _)| head.starts_with(mark)) {
        Some((_, words)) => Err(ImportError::NotThisForm(words)),
        None => Ok(()),
    }
}

fn has(names: &[&[u8]], wanted: &[&str]) -> bool {
    wanted.iter().all(|name| names.contains(&name.as_bytes()))
}

fn object(names: &[&[u8]]) -> Result<FileKind, ImportError> {
    if has(names, &["ConnectionManager_connections"]) {
        Ok(FileKind::MqttExplorer)
    } else if has(names, &["ts", "dir", "encoding"]) {
        Ok(FileKind::Ndjson)
    } else if has(names, &["tst", "topic"]) {
        Ok(FileKind::Mosquitto)
    } else if has(names, &["clientId", "host"]) {
        Ok(FileKind::MqttxJson)
    } else {
        Err(ImportError::Unknown)
    }
}

fn array(names: &[&[u8]]) -> Result<FileKind, ImportError> {
    if has(names, &["ts", "dir", "encoding"]) {
        Ok(FileKind::Json)
    } else if has(names, &["clientKey", "hostname"]) {
        Ok(FileKind::Mq3t)
    } else if has(names, &["clientId", "host"]) {
        Ok(FileKind::MqttxJson)
    } else {
        Err(ImportError::Unknown)
    }
}

/// What begins with neither brace nor bracket.
fn line(text: &[u8]) -> Result<FileKind, ImportError> {
    const OTHER_MQTTX: &str =
        "The file is a backup of MQTTX in a form that is not read. Export it from MQTTX as JSON";
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
    let columns: Vec<&[u8]> =
        first.split(|byte| *byte == b',').map(|cell| cell.trim_ascii()).collect();
    let columns: Vec<&[u8]> = columns.into_iter().map(unquoted).collect();
    if has(&columns, &["client_id", "topic", "payload", "createAt"]) {
        Ok(FileKind::MqttxCsv)
    } else if has(&columns, &["clientId", "messages"]) {
        Err(ImportError::NotThisForm(OTHER_MQTTX))
    } else if has(&columns, &["ts", "dir", "topic", "payload"]) {
        let words = "The file is CSV of Wiretree, which is for spreadsheets and leaves things out. \
                     Import the messages as NDJSON";
        Err(ImportError::NotThisForm(words))
    } else if is_xml_or_yaml_of_mqttx(text) {
        Err(ImportError::NotThisForm(OTHER_MQTTX))
    } else {
        Err(ImportError::Unknown)
    }
}

fn unquoted(cell: &[u8]) -> &[u8] {
    cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell)
}

fn is_xml_or_yaml_of_mqttx(text: &[u8]) -> bool {
    let beginning = text.get(..4096).unwrap_or(text);
    let beginning = String::from_utf8_lossy(beginning);
    let is_xml = beginning.starts_with('<') && beginning.contains("<oneConnection>");
    is_xml || (beginning.starts_with("- ") && beginning.contains("clientId:"))
}
