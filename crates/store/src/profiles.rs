//! The saved connections: one small JSON file, written whole or not at all.
//!
//! Promises: a file that cannot be understood, or is from a later version, keeps every byte until
//! the user sets it aside; fields that this version does not know are kept when a profile is saved.
//! Absent: passwords. There is no field for one.

mod document;
mod record;
mod replace;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use wiretree_model::{Profile, ProfileId};

use crate::StoreError;
use crate::error::in_words;
use crate::file::create_folder;

use record::Record;

/// The version of the file that this program writes, and the newest it reads. A program that knows
/// version 1 only would pass over TLS, and send a password in the clear: it has to refuse instead.
const VERSION: u64 = 2;

/// The saved connections, in the order in which they were added.
#[derive(Debug)]
pub struct Profiles {
    path: PathBuf,
    entries: Vec<Entry>,
    /// What else stands in the file beside the profiles.
    rest: Map<String, Value>,
}

#[derive(Clone, Debug)]
struct Entry {
    profile: Profile,
    /// All fields as they stood in the file, unknown ones included.
    fields: Map<String, Value>,
}

impl Profiles {
    /// Reads the file; where there is none, there are no profiles yet, and saving makes it.
    ///
    /// # Errors
    /// It cannot be read, is malformed (with line and column), or is from a later version. It is
    /// not touched; see [`Profiles::set_aside`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { path: path.to_owned(), entries: Vec::new(), rest: Map::new() });
            }
            Err(error) => {
                let reason = in_words(&error);
                return Err(StoreError::ProfilesRead { path: path.to_owned(), reason });
            }
        };
        let (entries, rest) = document::parse(&text, path)?;
        Ok(Self { path: path.to_owned(), entries, rest })
    }

    /// Renames the file to `….damaged-1`, or the next number that is free, so that the user can
    /// start anew and nothing is lost. Gives the new name.
    ///
    /// # Errors
    /// It cannot be renamed.
    pub fn set_aside(path: &Path) -> Result<PathBuf, StoreError> {
        let aside = (1_u64..).map(|number| {
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".damaged-{number}"));
            PathBuf::from(name)
        });
        // The numbers do not run out, so there is one that is free.
        let free = aside.into_iter().find(|name| !name.exists()).unwrap_or_default();
        match fs::rename(path, &free) {
            Ok(()) => Ok(free),
            Err(error) => {
                let reason = in_words(&error);
                Err(StoreError::ProfilesWrite { path: path.to_owned(), reason })
            }
        }
    }

    /// All of them, in the order in which they were added.
    pub fn list(&self) -> Vec<Profile> {
        self.entries.iter().map(|entry| entry.profile.clone()).collect()
    }

    /// The one with this identifier.
    pub fn get(&self, id: &ProfileId) -> Option<&Profile> {
        self.entries.iter().map(|entry| &entry.profile).find(|profile| profile.id == *id)
    }

    /// Adds a profile, or replaces the one with its identifier. It is in the file when this
    /// returns.
    ///
    /// # Errors
    /// The file cannot be written; then it, and what this holds, are as before.
    pub fn save(&mut self, profile: Profile) -> Result<(), StoreError> {
        let mut entries = self.entries.clone();
        match entries.iter_mut().find(|entry| entry.profile.id == profile.id) {
            Some(entry) => entry.profile = profile,
            None => entries.push(Entry { profile, fields: Map::new() }),
        }
        self.replace(entries)
    }

    /// Takes a profile out; says whether there was one. Its history stays.
    ///
    /// # Errors
    /// The file cannot be written; then it, and what this holds, are as before.
    pub fn delete(&mut self, id: &ProfileId) -> Result<bool, StoreError> {
        let mut entries = self.entries.clone();
        entries.retain(|entry| entry.profile.id != *id);
        let found = entries.len() < self.entries.len();
        if found {
            self.replace(entries)?;
        }
        Ok(found)
    }

    fn replace(&mut self, mut entries: Vec<Entry>) -> Result<(), StoreError> {
        let failed = |reason| StoreError::ProfilesWrite { path: self.path.clone(), reason };
        for entry in &mut entries {
            let known = Record::new(&entry.profile).into_fields();
            entry.fields.extend(known.map_err(|error| failed(error.to_string()))?);
        }
        let text = document::to_text(&entries, &self.rest);
        let text = text.map_err(|error| failed(error.to_string()))?;
        create_folder(&self.path)?;
        replace::whole(&self.path, &text).map_err(|error| failed(in_words(&error)))?;
        self.entries = entries;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
