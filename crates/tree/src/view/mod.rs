//! One window's way of looking at the tree: what is open, the filter, the selection.
//!
//! The visible rows are one flat list, made anew only when structure, expansion or filter changed,
//! and then at most once a frame; what a row says is read from the tree when a window asks.
//! A selection is a node, not a position, so it stays where it is while rows come in above it.
//! Functions that take the tree by `&mut` settle its counts and put siblings in order; they change
//! nothing else.

mod filter;
mod outlook;
mod pattern;
mod rows;
mod step;
#[cfg(test)]
mod tests;

use wiretree_model::Timestamp;

pub use filter::Filter;
pub use outlook::Outlook;
pub use step::Step;

use crate::arena::{NONE, Node, ROOT};
use crate::bits::Bits;
use crate::preview::Preview;
use crate::{NodeId, Tree};
use filter::Matches;
use rows::{Rows, Shape};

/// One visible line of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The node it shows.
    pub node: NodeId,
    /// 0 for a first level.
    pub depth: u32,
    /// The level name as received, cut to [`crate::Limits::row_name`] bytes.
    pub name: Vec<u8>,
    /// Whether the name was cut.
    pub name_truncated: bool,
    /// Whether the levels below are shown.
    pub is_expanded: bool,
    /// Whether there are levels below that the filter lets through.
    pub has_children: bool,
    /// Whether it is a topic itself, and not only a level above others.
    pub is_topic: bool,
    /// A topic known from history, without a message so far.
    pub seeded_only: bool,
    /// Topics in the subtree, itself included, filtered out or not.
    pub topics: u64,
    /// Messages in the subtree.
    pub messages: u64,
    /// The beginning of the last payload; none without a message.
    pub preview: Option<Preview>,
    /// Whether the last message with RETAIN set left a retained message behind.
    pub retained: bool,
    /// Latest arrival in the subtree; none without a message.
    pub changed_at: Option<Timestamp>,
    /// Place among the visible siblings, from 1.
    pub position: u32,
    /// How many visible siblings there are, itself included.
    pub set_size: u32,
}

/// A part of the visible rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The number of the first row given; not above `total_rows`.
    pub first: usize,
    /// How many rows there are in all.
    pub total_rows: usize,
    /// The rows from `first` on, as many as were asked for or as there are.
    pub rows: Vec<Row>,
}

/// What the last window was made of, to tell whether a new one would differ.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Shown {
    first: usize,
    count: usize,
    revision: u64,
    epoch: u32,
}

/// A way of looking at one [`Tree`]; always give it the same one.
#[derive(Default)]
pub struct View {
    expanded: Bits,
    matches: Option<Matches>,
    selected: Option<NodeId>,
    rows: Rows,
    rows_are_stale: bool,
    /// Nodes of the tree that the rows and the filter know of.
    nodes_seen: usize,
    shown: Option<Shown>,
}

impl View {
    /// Everything closed, no filter, nothing selected.
    pub fn new() -> Self {
        Self { rows_are_stale: true, ..Self::default() }
    }

    /// Opens or closes a node. While a filter is set, all that matches is open until it is closed,
    /// and what is closed then is forgotten with the filter.
    pub fn set_expanded(&mut self, _tree: &Tree, node: NodeId, expanded: bool) {
        let changed = match &mut self.matches {
            Some(matches) => matches.collapsed.set(node.0, !expanded),
            None => self.expanded.set(node.0, expanded),
        };
        self.rows_are_stale |= changed;
    }

    /// Opens a node and all that is below it.
    pub fn expand_all_below(&mut self, tree: &Tree, node: NodeId) {
        let mut waiting = vec![node.0];
        while let Some(node) = waiting.pop() {
            if tree.arena.first_child(node) != NONE {
                self.set_expanded(tree, NodeId(node), true);
                waiting.extend(tree.arena.children(node));
            }
        }
    }

    /// Shows only what the filter lets through, and the levels above it. An empty filter shows
    /// everything, as it was open before, with the selection in sight.
    pub fn set_filter(&mut self, tree: &Tree, filter: Filter) {
        let was_filtered = self.matches.is_some();
        self.matches = (!filter.is_empty()).then(|| Matches::new(filter, tree));
        self.rows_are_stale = true;
        if let Some(selected) = self.selected.filter(|_| was_filtered && self.matches.is_none()) {
            self.reveal(tree, selected);
        }
    }

    /// Selects a node, or nothing. The node need not be visible.
    pub fn select(&mut self, node: Option<NodeId>) {
        self.selected = node;
    }

    /// The selected node, visible or not.
    pub fn selected(&self) -> Option<NodeId> {
        self.selected
    }

    /// The row of the selected node; `None` when it is hidden by a closed level or by the filter.
    pub fn selected_row(&mut self, tree: &mut Tree) -> Option<usize> {
        self.refresh(tree);
        self.rows.index_of(self.selected?.0)
    }

    /// Opens what is above a node, so that it is visible unless the filter hides it.
    pub fn reveal(&mut self, tree: &Tree, node: NodeId) {
        for above in tree.arena.upwards(node.0).skip(1) {
            self.set_expanded(tree, NodeId(above), true);
        }
    }

    /// How many rows are visible.
    pub fn total_rows(&mut self, tree: &mut Tree) -> usize {
        self.refresh(tree);
        self.rows.len()
    }

    /// The rows from `first` on, at most `count`.
    pub fn window(&mut self, tree: &mut Tree, first: usize, count: usize) -> Window {
        self.refresh(tree);
        let revision = self.rows.revision();
        self.shown = Some(Shown { first, count, revision, epoch: tree.epoch });
        let total_rows = self.rows.len();
        let rows = self.rows.from(first).take(count);
        let rows = rows.filter_map(|row| self.row(tree, row)).collect();
        Window { first: first.min(total_rows), total_rows, rows }
    }

    /// Whether [`View::window`] would give something else than the last time.
    pub fn changed(&mut self, tree: &mut Tree, first: usize, count: usize) -> bool {
        self.refresh(tree);
        let Some(shown) = self.shown else { return true };
        if shown != (Shown { first, count, revision: self.rows.revision(), ..shown }) {
            return true;
        }
        let is_newer = |node: &Node| {
            // Wraps with the epoch: what matters is which of the two is ahead.
            (node.epoch.wrapping_sub(shown.epoch) as i32) > 0
        };
        let mut rows = self.rows.from(first).take(count);
        tree.epoch != shown.epoch && rows.any(|row| tree.arena.node(row.node).is_some_and(is_newer))
    }

    /// Takes in what happened to the tree since the last time.
    fn refresh(&mut self, tree: &mut Tree) {
        tree.settle();
        match &mut self.matches {
            Some(matches) => self.rows_are_stale |= matches.take_in(tree),
            None => self.rows_are_stale |= self.shows_new_nodes(tree),
        }
        self.nodes_seen = tree.arena.len();
        if std::mem::take(&mut self.rows_are_stale) {
            let shape = Shape { expanded: &self.expanded, matches: self.matches.as_ref() };
            self.rows.rebuild(tree, &shape);
        }
    }

    /// Whether a node came in below one that is open. It may still be out of sight because of a
    /// closed level further up; that costs a needless rebuild, no more.
    fn shows_new_nodes(&self, tree: &Tree) -> bool {
        (self.nodes_seen..tree.arena.len()).any(|node| {
            let parent = u32::try_from(node).map_or(NONE, |node| tree.arena.parent(node));
            parent == ROOT || self.expanded.get(parent)
        })
    }

    fn shape(&self) -> Shape<'_> {
        Shape { expanded: &self.expanded, matches: self.matches.as_ref() }
    }

    fn row(&self, tree: &Tree, row: &rows::Place) -> Option<Row> {
        let node = NodeId(row.node);
        let about = tree.settled(node)?;
        let name = tree.names.get(tree.arena.node(row.node)?.name);
        let shown_name = name.get(..tree.limits.row_name).unwrap_or(name);
        let shape = self.shape();
        let has_children = shape.has_children(tree, row.node);
        Some(Row {
            node,
            depth: row.depth,
            name: shown_name.to_vec(),
            name_truncated: shown_name.len() < name.len(),
            is_expanded: has_children && shape.is_open(row.node),
            has_children,
            is_topic: about.is_topic,
            seeded_only: about.seeded_only,
            topics: about.topics,
            messages: about.messages,
            preview: about.preview,
            retained: about.retained,
            changed_at: about.changed_at,
            position: row.position,
            set_size: self.rows.set_size(row),
        })
    }
}
