//! The topics of each connection in memory: from a name to its number in the file.
//!
//! The file has no index by name, so this is the authority while a history is open. It is kept
//! small, since a broker may have a million topics: the names stand behind each other in one
//! buffer, and the table has four bytes for each.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{PoisonError, RwLock};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::ConnectionId;

/// The names of all connections that were opened; the writer adds, readers look up.
#[derive(Debug, Default)]
pub(crate) struct Directory(RwLock<HashMap<ConnectionId, Names>>);

/// The names of one connection.
#[derive(Debug, Default)]
pub(crate) struct Names {
    hasher: RandomState,
    /// Positions in the two lists below.
    table: HashTable<u32>,
    ids: Vec<i64>,
    ends: Vec<usize>,
    bytes: Vec<u8>,
}

impl Directory {
    /// What is known of a topic: `None` where the connection was not opened, so that only the file
    /// can tell; `Some(None)` where the topic is not there.
    pub(crate) fn find(&self, connection: ConnectionId, name: &[u8]) -> Option<Option<i64>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(&connection).map(|names| names.find(name))
    }

    pub(crate) fn put(&self, connection: ConnectionId, names: Names) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(connection, names);
    }

    /// Forgets topics of a connection, if it was opened.
    pub(crate) fn forget(&self, connection: ConnectionId, names: &[Vec<u8>]) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get_mut(&connection) {
            names.iter().for_each(|name| known.forget(name));
            known.compact();
        }
    }

    /// Lets the writer look names up and add some; readers wait meanwhile.
    pub(crate) fn change<T>(
        &self,
        connection: ConnectionId,
        change: impl FnOnce(&mut Names) -> T,
    ) -> T {
        change(
            self.0.write().unwrap_or_else(PoisonError::into_inner).entry(connection).or_default(),
        )
    }
}

impl Names {
    pub(crate) fn find(&self, name: &[u8]) -> Option<i64> {
        let position = *self.table.find(self.hasher.hash_one(name), |at| self.name(*at) == name)?;
        self.ids.get(position as usize).copied()
    }

    /// Adds a name that is not there yet. Beyond four thousand million names nothing is added, and
    /// such a topic gets a new number each time.
    pub(crate) fn add(&mut self, name: &[u8], id: i64) {
        let Ok(position) = u32::try_from(self.ids.len()) else { return };
        self.ids.push(id);
        self.bytes.extend_from_slice(name);
        self.ends.push(self.bytes.len());
        let hash = self.hasher.hash_one(name);
        let Self { hasher, table, ends, bytes, .. } = self;
        table.insert_unique(hash, position, |at| hasher.hash_one(slice(ends, bytes, *at)));
    }

    fn forget(&mut self, name: &[u8]) {
        let Self { hasher, table, ends, bytes, .. } = self;
        let found = table.find_entry(hasher.hash_one(name), |at| slice(ends, bytes, *at) == name);
        if let Ok(entry) = found {
            entry.remove();
        }
    }

    /// Lets go of the memory of what was forgotten, when that is more than what is left.
    fn compact(&mut self) {
        if self.table.len() * 2 >= self.ids.len() {
            return;
        }
        let mut small = Self::default();
        for position in &self.table {
            if let Some(id) = self.ids.get(*position as usize) {
                small.add(self.name(*position), *id);
            }
        }
        *self = small;
    }

    fn name(&self, position: u32) -> &[u8] {
        slice(&self.ends, &self.bytes, position)
    }
}

fn slice<'a>(ends: &[usize], bytes: &'a [u8], position: u32) -> &'a [u8] {
    let position = position as usize;
    let start = position.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    let end = ends.get(position).copied().unwrap_or(start);
    bytes.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_an_ordinary_map(
            given in proptest::collection::vec("[ab/]{0,4}", 0..60), asked in "[ab/]{0,4}",
        ) {
            let (mut names, mut naive) = (Names::default(), HashMap::new());
            for (id, name) in (1_i64..).zip(&given) {
                if names.find(name.as_bytes()).is_none() {
                    names.add(name.as_bytes(), id);
                }
                naive.entry(name.clone()).or_insert(id);
            }
            for name in given.iter().chain([&asked]) {
                prop_assert_eq!(names.find(name.as_bytes()), naive.get(name).copied());
            }
        }
    }
}
