//! Counts what came for topics that did not fit into the tree.
//!
//! Different topics are told apart by their hashes, up to a bound; beyond it the number is a lower
//! one and says so.

use hashbrown::HashTable;

/// How many topics are told apart.
const DISTINCT: usize = 65_536;

/// Topics and messages that the tree does not show because it is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Undrawn {
    /// Different topics.
    pub topics: u64,
    /// Whether there may be more topics than `topics` says.
    pub at_least: bool,
    /// Messages to them.
    pub messages: u64,
}

#[derive(Default)]
pub(crate) struct Counting {
    total: Undrawn,
    seen: HashTable<u64>,
}

impl Counting {
    pub(crate) fn total(&self) -> Undrawn {
        self.total
    }

    pub(crate) fn count_message(&mut self) {
        self.total.messages += 1;
    }

    pub(crate) fn count_topic(&mut self, hash: u64) {
        if self.seen.find(hash, |seen| *seen == hash).is_some() {
            return;
        }
        if self.seen.len() == DISTINCT {
            self.total.at_least = true;
            return;
        }
        self.seen.insert_unique(hash, hash, |seen| *seen);
        self.total.topics += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_counts_once_and_the_bound_is_admitted() {
        let mut counting = Counting::default();
        for hash in (0..DISTINCT as u64).chain([1, 2, 3]) {
            counting.count_topic(hash);
        }
        let full = Undrawn { topics: DISTINCT as u64, at_least: false, messages: 0 };
        assert_eq!(counting.total(), full);
        counting.count_topic(u64::MAX);
        assert_eq!(counting.total(), Undrawn { at_least: true, ..full });
    }
}
