//! Moving the selection by keyboard, as the WAI-ARIA tree pattern has it.
//!
//! When the selected node is hidden (a level above it was closed, or the filter hides it), a step
//! starts from the nearest visible node above it.

use super::View;
use crate::arena::ROOT;
use crate::{NodeId, Tree};

/// A movement of the selection, or what a key does to the selected node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// So many rows up.
    PageUp(usize),
    /// So many rows down.
    PageDown(usize),
    /// The first row.
    First,
    /// The last row.
    Last,
    /// Closes an open node; goes from a closed one to its parent.
    CollapseOrParent,
    /// Opens a closed node; goes from an open one to its first child.
    ExpandOrChild,
    /// Opens a closed node, closes an open one.
    Toggle,
    /// Opens the node and all its siblings.
    ExpandSiblings,
    /// Goes to the next row whose name begins so, whatever the case, round the end; with more than
    /// one character the present row may stay.
    TypeAhead(String),
}

impl View {
    /// Does one step, and gives the node that is selected now.
    pub fn step(&mut self, tree: &mut Tree, step: Step) -> Option<NodeId> {
        self.refresh(tree);
        let Some(last) = self.rows.len().checked_sub(1) else { return self.selected };
        let from = self.start(tree);
        let to = match (step, from) {
            (Step::First, _) | (Step::Down | Step::PageDown(_), None) => Some(0),
            (Step::Last, _) | (Step::Up | Step::PageUp(_), None) => Some(last),
            (Step::Up, Some(row)) => Some(row.saturating_sub(1)),
            (Step::Down, Some(row)) => Some(row.saturating_add(1).min(last)),
            (Step::PageUp(rows), Some(row)) => Some(row.saturating_sub(rows)),
            (Step::PageDown(rows), Some(row)) => Some(row.saturating_add(rows).min(last)),
            (Step::TypeAhead(text), _) => self.type_ahead(tree, from, &text),
            (step, Some(row)) => self.open_or_close(tree, row, &step),
            (_, None) => Some(0),
        };
        let to = to.or(from).and_then(|row| self.rows.get(row)).map(|place| NodeId(place.node));
        self.selected = to.or(self.selected);
        self.selected
    }

    /// The row of the selected node, or of the nearest visible one above it.
    fn start(&self, tree: &Tree) -> Option<usize> {
        let shape = self.shape();
        let mut nearest = self.selected?.0;
        for above in tree.arena.upwards(nearest) {
            if !shape.lets_through(nearest) || (above != nearest && !shape.is_open(above)) {
                nearest = above;
            }
        }
        self.rows.index_of(nearest)
    }

    /// Does what a step does to a node, and gives the row to go to.
    fn open_or_close(&mut self, tree: &mut Tree, row: usize, step: &Step) -> Option<usize> {
        let node = self.rows.get(row)?.node;
        let is_open = self.shape().is_open(node) && self.shape().has_children(tree, node);
        match step {
            Step::CollapseOrParent if !is_open => {
                let parent = tree.arena.parent(node);
                return (parent != ROOT).then(|| self.rows.index_of(parent)).flatten();
            }
            Step::ExpandOrChild if is_open => return Some(row + 1),
            Step::CollapseOrParent => self.set_expanded(tree, NodeId(node), false),
            Step::ExpandOrChild => self.open(tree, node),
            Step::Toggle if is_open => self.set_expanded(tree, NodeId(node), false),
            Step::Toggle => self.open(tree, node),
            Step::ExpandSiblings => {
                for sibling in tree.arena.children(tree.arena.parent(node)) {
                    self.open(tree, sibling);
                }
            }
            _ => {}
        }
        // The rows above did not move: those of before still say which node this one is.
        Some(row)
    }

    /// Opens a node that has something below it; a leaf would spring open when it gets a child.
    fn open(&mut self, tree: &Tree, node: u32) {
        if self.shape().has_children(tree, node) {
            self.set_expanded(tree, NodeId(node), true);
        }
    }

    fn type_ahead(&self, tree: &Tree, from: Option<usize>, text: &str) -> Option<usize> {
        let wanted = text.to_lowercase();
        if wanted.is_empty() {
            return None;
        }
        let skipped = usize::from(from.is_some() && text.chars().nth(1).is_none());
        let start = from.unwrap_or(0).saturating_add(skipped);
        let fits = |row: &usize| {
            let node = self.rows.get(*row).and_then(|place| tree.arena.node(place.node));
            node.is_some_and(|node| {
                let name = String::from_utf8_lossy(tree.names.get(node.name));
                name.to_lowercase().starts_with(&wanted)
            })
        };
        (start..self.rows.len()).find(fits).or_else(|| (0..start.min(self.rows.len())).find(fits))
    }
}
