//! The visible rows as one flat list, and the walk that makes it.
//!
//! 16 bytes a row, no names and no counts: those are read for the rows of a window only.

use super::filter::Matches;
use crate::Tree;
use crate::arena::{NONE, ROOT};
use crate::bits::Bits;

/// One row: which node, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) node: u32,
    pub(super) depth: u32,
    /// Place among the visible siblings, from 1.
    pub(super) position: u32,
    /// Which set of siblings it belongs to.
    group: u32,
}

/// What decides which nodes are rows.
pub(super) struct Shape<'a> {
    pub(super) expanded: &'a Bits,
    pub(super) matches: Option<&'a Matches>,
}

impl Shape<'_> {
    /// Whether the filter lets a node through.
    pub(super) fn lets_through(&self, node: u32) -> bool {
        self.matches.is_none_or(|matches| matches.lets_through(node))
    }

    /// Whether what is below a node is shown, if there is anything.
    pub(super) fn is_open(&self, node: u32) -> bool {
        match self.matches {
            Some(matches) => !matches.collapsed.get(node),
            None => self.expanded.get(node),
        }
    }

    /// Whether there is anything below a node that can be shown.
    pub(super) fn has_children(&self, tree: &Tree, node: u32) -> bool {
        match self.matches {
            Some(matches) => matches.has_children(node),
            None => tree.arena.first_child(node) != NONE,
        }
    }
}

#[derive(Default)]
pub(super) struct Rows {
    places: Vec<Place>,
    /// How many rows each set of siblings has.
    groups: Vec<u32>,
    revision: u64,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Differs after each rebuild.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn get(&self, index: usize) -> Option<&Place> {
        self.places.get(index)
    }

    pub(super) fn from(&self, first: usize) -> impl Iterator<Item = &Place> {
        self.places.get(first..).unwrap_or_default().iter()
    }

    pub(super) fn index_of(&self, node: u32) -> Option<usize> {
        self.places.iter().position(|place| place.node == node)
    }

    pub(super) fn set_size(&self, place: &Place) -> u32 {
        self.groups.get(place.group as usize).copied().unwrap_or(0)
    }

    /// Walks all open nodes in order, with a stack of its own.
    pub(super) fn rebuild(&mut self, tree: &mut Tree, shape: &Shape<'_>) {
        self.places.clear();
        self.groups.clear();
        self.revision += 1;
        let mut open = vec![self.enter(tree, ROOT)];
        while let Some((next, group)) = open.last_mut() {
            let node = *next;
            if node == NONE {
                open.pop();
                continue;
            }
            *next = tree.arena.next_sibling(node);
            if !shape.lets_through(node) {
                continue;
            }
            let group = *group;
            let depth = u32::try_from(open.len() - 1).unwrap_or(u32::MAX);
            self.push(node, depth, group);
            if shape.is_open(node) && shape.has_children(tree, node) {
                open.push(self.enter(tree, node));
            }
        }
    }

    /// Begins a set of siblings: its first node and its number.
    fn enter(&mut self, tree: &mut Tree, parent: u32) -> (u32, u32) {
        let group = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        self.groups.push(0);
        (tree.arena.sort_children(parent, &tree.names), group)
    }

    fn push(&mut self, node: u32, depth: u32, group: u32) {
        let Some(size) = self.groups.get_mut(group as usize) else { return };
        *size += 1;
        self.places.push(Place { node, depth, position: *size, group });
    }
}
