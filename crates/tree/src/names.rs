//! Level names, each kept once: a plant of a million topics has a few thousand different ones.
//!
//! Names are bytes as received. A name is never forgotten, so its index is good for the life of
//! the tree; how many bytes there may be is for the caller to check.

use std::hash::BuildHasher;

use foldhash::quality::FixedState;
use hashbrown::HashTable;

use crate::arena::NONE;

pub(crate) struct Names {
    bytes: Vec<u8>,
    /// Where each name starts; it ends where the next one starts.
    starts: Vec<usize>,
    table: HashTable<u32>,
    hasher: FixedState,
}

impl Names {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            bytes: Vec::new(),
            starts: Vec::new(),
            table: HashTable::new(),
            hasher: FixedState::with_seed(seed),
        }
    }

    /// How many different names there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// How many bytes they have together.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The name with this index; none for one that does not exist, as for the root.
    pub(crate) fn get(&self, name: u32) -> &[u8] {
        span(&self.bytes, &self.starts, name)
    }

    /// The index of a name that is known.
    pub(crate) fn find(&self, name: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one(name);
        self.table.find(hash, |known| self.get(*known) == name).copied()
    }

    /// The index of a name, which is kept from now on.
    pub(crate) fn intern(&mut self, name: &[u8]) -> u32 {
        if let Some(known) = self.find(name) {
            return known;
        }
        let added = u32::try_from(self.starts.len()).unwrap_or(NONE);
        self.starts.push(self.bytes.len());
        self.bytes.extend_from_slice(name);
        let Self { bytes, starts, table, hasher } = self;
        table.insert_unique(hasher.hash_one(name), added, |known| {
            hasher.hash_one(span(bytes, starts, *known))
        });
        added
    }
}

fn span<'a>(bytes: &'a [u8], starts: &[usize], name: u32) -> &'a [u8] {
    let name = name as usize;
    let Some(start) = starts.get(name) else { return &[] };
    let end = starts.get(name.saturating_add(1)).copied().unwrap_or(bytes.len());
    bytes.get(*start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once_and_given_back_unchanged() {
        let mut names = Names::new(7);
        let given: [&[u8]; 6] = [b"a", b"", b"ab", b"__proto__", b"\xff\0", b"a"];
        let indexes: Vec<u32> = given.iter().map(|name| names.intern(name)).collect();
        assert_eq!(names.len(), 5);
        for (name, index) in given.iter().zip(indexes) {
            assert_eq!(names.get(index), *name);
            assert_eq!(names.find(name), Some(index));
        }
        assert_eq!(names.find(b"unknown"), None);
        assert_eq!(names.get(NONE), b"");
    }
}
