//! From a whole topic to its node with one look-up, and from a node and a level to the child.
//!
//! The tables hold hashes and node numbers only: every hit is verified against the names in the
//! arena, so topics whose hashes collide, by chance or by design, stay apart. The seed makes
//! collisions hard to prepare.

use std::hash::BuildHasher;

use foldhash::quality::FixedState;
use hashbrown::HashTable;

use crate::arena::{Arena, ROOT};
use crate::names::Names;

/// A topic and 32 bits of its hash: enough to grow the table without walking the tree again.
#[derive(Clone, Copy)]
struct Entry {
    hash: u32,
    node: u32,
}

pub(crate) struct Index {
    topics: HashTable<Entry>,
    children: HashTable<u32>,
    hasher: FixedState,
    /// Which bits of the hash are used: all, except in tests that want collisions.
    mask: u64,
}

impl Index {
    pub(crate) fn new(seed: u64, mask: u64) -> Self {
        Self {
            topics: HashTable::new(),
            children: HashTable::new(),
            hasher: FixedState::with_seed(seed),
            mask,
        }
    }

    /// The hash under which a topic is looked up and kept.
    pub(crate) fn hash(&self, topic: &[u8]) -> u64 {
        self.hasher.hash_one(topic) & self.mask
    }

    /// The node of a topic that was kept.
    pub(crate) fn topic(
        &self,
        hash: u64,
        topic: &[u8],
        arena: &Arena,
        names: &Names,
    ) -> Option<u32> {
        let short = shorten(hash);
        let found = self.topics.find(spread(short), |entry| {
            entry.hash == short && is_path(arena, names, entry.node, topic)
        })?;
        Some(found.node)
    }

    pub(crate) fn keep_topic(&mut self, hash: u64, node: u32) {
        let hash = shorten(hash);
        self.topics.insert_unique(spread(hash), Entry { hash, node }, |entry| spread(entry.hash));
    }

    /// The child of `parent` with this name.
    pub(crate) fn child(&self, parent: u32, name: u32, arena: &Arena) -> Option<u32> {
        let hash = step_hash(&self.hasher, parent, name) & self.mask;
        let is_it = |child: &u32| {
            arena.node(*child).is_some_and(|child| child.parent == parent && child.name == name)
        };
        self.children.find(hash, is_it).copied()
    }

    pub(crate) fn keep_child(&mut self, parent: u32, name: u32, child: u32, arena: &Arena) {
        let Self { children, hasher, mask, .. } = self;
        let hash = |parent: u32, name: u32| step_hash(hasher, parent, name) & *mask;
        children.insert_unique(hash(parent, name), child, |child| {
            arena.node(*child).map_or(0, |child| hash(child.parent, child.name))
        });
    }
}

/// Whether the levels from the root to `node` are those of `topic`, compared from the end, where
/// no search for slashes is needed.
fn is_path(arena: &Arena, names: &Names, node: u32, topic: &[u8]) -> bool {
    let mut at = node;
    let mut rest = topic;
    loop {
        let Some(node) = arena.node(at) else { return false };
        let Some(above) = rest.strip_suffix(names.get(node.name)) else { return false };
        if node.parent == ROOT {
            return above.is_empty();
        }
        let Some(above) = above.strip_suffix(b"/") else { return false };
        (at, rest) = (node.parent, above);
    }
}

fn step_hash(hasher: &FixedState, parent: u32, name: u32) -> u64 {
    hasher.hash_one(u64::from(parent) << 32 | u64::from(name))
}

fn shorten(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// The table wants entropy in the highest bits too.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
