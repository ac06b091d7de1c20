//! The profiles file as it is written: `{"version": 1, "profiles": […]}`, converted by hand.

use std::collections::HashSet;
use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};
use wiretree_model::{PasswordSource, Profile, ProfileId, ProtocolVersion, QoS, Subscription};

use super::{Entry, VERSION};
use crate::StoreError;

/// The file as a whole; unknown fields are tolerated.
#[derive(Deserialize)]
pub(super) struct Document {
    profiles: Vec<Record>,
}

/// Looked at first, since a later version may have changed everything else.
#[derive(Deserialize)]
struct Version {
    version: u64,
}

/// A profile in the file.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    id: String,
    name: String,
    host: String,
    port: u16,
    protocol: Protocol,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    password_source: Source,
    keep_alive: u16,
    clean_start: bool,
    #[serde(default)]
    session_expiry: u32,
    #[serde(default)]
    subscriptions: Vec<SubscriptionRecord>,
}

#[derive(Serialize, Deserialize)]
enum Protocol {
    #[serde(rename = "3.1")]
    V31,
    #[serde(rename = "3.1.1")]
    V311,
    #[serde(rename = "5")]
    V5,
}

/// Where the password is to be had; never the password.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Source {
    #[default]
    None,
    Keychain,
    Ask,
}

#[derive(Serialize, Deserialize)]
struct SubscriptionRecord {
    #[serde(deserialize_with = "filter")]
    filter: String,
    #[serde(deserialize_with = "qos")]
    qos: u8,
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
        if !seen.insert(record.id.clone()) {
            let reason = format!("two profiles have the identifier {:?}", record.id);
            return Err(malformed(de::Error::custom(reason)));
        }
        let Value::Object(fields) = fields else { continue };
        entries.push(Entry { profile: record.to_profile(path)?, fields });
    }
    Ok((entries, rest))
}

impl Document {
    /// The text of a file with these profiles, indented for people who look into it.
    pub(super) fn to_text(
        entries: &[Entry],
        rest: &Map<String, Value>,
    ) -> serde_json::Result<Vec<u8>> {
        let mut document = rest.clone();
        document.insert("version".to_owned(), VERSION.into());
        let profiles = entries.iter().map(|entry| Value::Object(entry.fields.clone())).collect();
        document.insert("profiles".to_owned(), Value::Array(profiles));
        let mut text = serde_json::to_vec_pretty(&document)?;
        text.push(b'\n');
        Ok(text)
    }
}

impl Record {
    pub(super) fn from_profile(profile: &Profile) -> Self {
        let subscriptions = profile.subscriptions.iter().map(|subscription| SubscriptionRecord {
            filter: subscription.filter.as_str().to_owned(),
            qos: subscription.qos.bits(),
        });
        Self {
            id: profile.id.0.clone(),
            name: profile.name.clone(),
            host: profile.host.clone(),
            port: profile.port,
            protocol: match profile.protocol {
                ProtocolVersion::V31 => Protocol::V31,
                ProtocolVersion::V311 => Protocol::V311,
                ProtocolVersion::V5 => Protocol::V5,
            },
            client_id: profile.client_id.clone(),
            username: profile.username.clone(),
            password_source: match profile.password {
                PasswordSource::None => Source::None,
                PasswordSource::Keychain => Source::Keychain,
                PasswordSource::Ask => Source::Ask,
            },
            keep_alive: profile.keep_alive,
            clean_start: profile.clean_start,
            session_expiry: profile.session_expiry,
            subscriptions: subscriptions.collect(),
        }
    }

    fn to_profile(&self, path: &Path) -> Result<Profile, StoreError> {
        let subscriptions = self.subscriptions.iter().map(|record| {
            // Both were checked when the text was read, where the line was known.
            Subscription::parse(&record.filter, QoS::from_bits(record.qos).unwrap_or_default())
                .map_err(|error| malformed(path, &de::Error::custom(error)))
        });
        Ok(Profile {
            id: ProfileId(self.id.clone()),
            name: self.name.clone(),
            host: self.host.clone(),
            port: self.port,
            protocol: match self.protocol {
                Protocol::V31 => ProtocolVersion::V31,
                Protocol::V311 => ProtocolVersion::V311,
                Protocol::V5 => ProtocolVersion::V5,
            },
            client_id: self.client_id.clone(),
            username: self.username.clone(),
            password: match self.password_source {
                Source::None => PasswordSource::None,
                Source::Keychain => PasswordSource::Keychain,
                Source::Ask => PasswordSource::Ask,
            },
            keep_alive: self.keep_alive,
            clean_start: self.clean_start,
            session_expiry: self.session_expiry,
            subscriptions: subscriptions.collect::<Result<_, _>>()?,
            ..Profile::default()
        })
    }

    /// The fields by name, to be laid over those that the file had.
    pub(super) fn into_fields(self) -> serde_json::Result<Map<String, Value>> {
        match serde_json::to_value(self)? {
            Value::Object(fields) => Ok(fields),
            _ => Ok(Map::new()),
        }
    }
}

fn filter<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    Subscription::parse(&text, QoS::default()).map_err(de::Error::custom)?;
    Ok(text)
}

fn qos<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let bits = u8::deserialize(deserializer)?;
    let checked = QoS::from_bits(bits).map(QoS::bits);
    checked.ok_or_else(|| de::Error::custom(format!("QoS is 0, 1 or 2, not {bits}")))
}

fn malformed(path: &Path, error: &serde_json::Error) -> StoreError {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    // The sentence around it names the place already.
    let reason = text.split(" at line ").next().unwrap_or(&text).to_owned();
    StoreError::ProfilesMalformed { path: path.to_owned(), line, column, reason }
}
