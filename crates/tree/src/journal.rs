//! The last changes of the retained mark, for views that filter by it.
//!
//! Bounded: who comes back too late is told to look at everything once.

use std::collections::VecDeque;

/// How many changes are remembered.
const LONGEST: usize = 65_536;

#[derive(Default)]
pub(crate) struct Journal {
    /// The number of the first change that is still remembered.
    first: u64,
    nodes: VecDeque<u32>,
}

impl Journal {
    pub(crate) fn push(&mut self, node: u32) {
        if self.nodes.len() == LONGEST {
            self.nodes.pop_front();
            self.first += 1;
        }
        self.nodes.push_back(node);
    }

    /// The number the next change will have.
    pub(crate) fn end(&self) -> u64 {
        self.first + self.nodes.len() as u64
    }

    /// The nodes changed from that number on; `None` when some of them were forgotten.
    pub(crate) fn since(&self, number: u64) -> Option<impl Iterator<Item = u32>> {
        let behind = number.checked_sub(self.first)?;
        Some(self.nodes.iter().skip(usize::try_from(behind).unwrap_or(usize::MAX)).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_what_came_since_and_says_when_it_cannot() {
        let mut journal = Journal::default();
        let start = journal.end();
        journal.push(4);
        let middle = journal.end();
        journal.push(5);
        let since = |journal: &Journal, number| journal.since(number).map(Iterator::count);
        assert_eq!(since(&journal, start), Some(2));
        assert_eq!(since(&journal, middle), Some(1));
        assert_eq!(since(&journal, journal.end()), Some(0));
        for node in 0..LONGEST as u32 {
            journal.push(node);
        }
        assert_eq!(since(&journal, middle), None, "the change numbered so was forgotten");
        assert_eq!(since(&journal, journal.end()), Some(0));
    }
}
