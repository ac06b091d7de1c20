//! What a view has open and selected, by topic instead of by node: to look at another tree in the
//! same way.

use wiretree_model::Topic;

use super::View;
use crate::{NodeId, Tree};

/// The most open levels that are remembered.
const MOST: usize = 10_000;

/// A way of looking at any tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// Levels that are open, with a filter or without.
    pub expanded: Vec<Topic>,
    /// The selected topic, or level above topics.
    pub selected: Option<Topic>,
}

impl View {
    /// What is open and selected; what a filter has opened by itself is not in it.
    pub fn outlook(&self, tree: &Tree) -> Outlook {
        let topics = self.expanded.ones().filter_map(|node| tree.topic(NodeId(node)));
        Outlook {
            expanded: topics.take(MOST).collect(),
            selected: self.selected.and_then(|node| tree.topic(node)),
        }
    }

    /// Opens and selects the same, where the tree has it.
    pub fn look_as(&mut self, tree: &Tree, outlook: &Outlook) {
        for node in outlook.expanded.iter().filter_map(|topic| tree.find(topic)) {
            self.expanded.set(node.0, true);
        }
        self.rows_are_stale = true;
        self.select(outlook.selected.as_ref().and_then(|topic| tree.find(topic)));
    }
}
