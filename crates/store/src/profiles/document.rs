//! The profiles file as a whole: `{"version": 2, "profiles": […]}`, read with the place of what is
//! wrong in it, and written indented.

use std::collections::HashSet;
use std::path::Path;

use serde::{Deserialize, de};
use serde_json::{Map, Value};

use super::record::Record;
use super::{Entry, VERSION};
use crate::StoreError;

/// The file; unknown fields are tolerated.
#[derive(Deserialize)]
struct Document {
    profiles: Vec<Record>,
}

/// Looked at first, since a later version may have changed everything else.
#[derive(Deserialize)]
struct Version {
    version: u64,
}

/// Reads a file: the profiles, and whatever else stands beside them.
pub(super) fn parse(
    text: &[u8],
    path: &Path,
) -> Result<(Vec<Entry>, Map<String, Value>), StoreError> {
    let malformed = |error: serde_json::Error| malformed(path, &error);
    let Version { version } = serde_json::from_slice(text).map_err(malformed)?;
    if version > VERSION {
        let path = path.to_owned();
        return Err(StoreError::ProfilesNewer { path, found: version, known: VERSION });
    }
    let document: Document = serde_json::from_slice(text).map_err(malformed)?;
    let mut rest: Map<String, Value> = serde_json::from_slice(text).map_err(malformed)?;
    let fields = match rest.remove("profiles") {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    let mut seen = HashSet::new();
    let mut entries = Vec::new();
    for (record, fields) in document.profiles.into_iter().zip(fields) {
        if !seen.insert(record.id().to_owned()) {
            let reason = format!("two profiles have the identifier {:?}", record.id());
            return Err(malformed(de::Error::custom(reason)));
        }
        let Value::Object(fields) = fields else { continue };
        entries.push(Entry { profile: record.into_profile(), fields });
    }
    Ok((entries, rest))
}

/// The text of a file with these profiles, indented for people who look into it.
pub(super) fn to_text(entries: &[Entry], rest: &Map<String, Value>) -> serde_json::Result<Vec<u8>> {
    let mut document = rest.clone();
    document.insert("version".to_owned(), VERSION.into());
    let profiles = entries.iter().map(|entry| Value::Object(entry.fields.clone())).collect();
    document.insert("profiles".to_owned(), Value::Array(profiles));
    let mut text = serde_json::to_vec_pretty(&document)?;
    text.push(b'\n');
    Ok(text)
}

fn malformed(path: &Path, error: &serde_json::Error) -> StoreError {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    // The sentence around it names the place already.
    let reason = text.split(" at line ").next().unwrap_or(&text).to_owned();
    StoreError::ProfilesMalformed { path: path.to_owned(), line, column, reason }
}
