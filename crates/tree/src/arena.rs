//! The nodes of the tree: one flat list, linked by index.
//!
//! Promises: a parent has a smaller index than its children, so a pass over the list in order meets
//! parents first; nothing is ever removed, so an index is good for the life of the tree; walks go
//! by loop, never by recursion, since a topic can have 32,768 levels. Reading outside the list
//! gives `None` or an empty answer. What a level is called stands in `names`.

use crate::names::Names;
use crate::order;
use crate::preview::Kept;

/// Where there is no node, value or name.
pub(crate) const NONE: u32 = u32::MAX;

/// The node above the first levels: it has no name, is never a row, and counts everything.
pub(crate) const ROOT: u32 = 0;

/// Never changed: earlier than any arrival.
pub(crate) const NEVER: i64 = i64::MIN;

/// One level of one path. 48 bytes, and there may be millions: widen with care.
pub(crate) struct Node {
    /// Messages in the subtree, as of the last settling.
    pub(crate) messages: u64,
    /// Latest arrival in the subtree in µs, as of the last settling.
    pub(crate) changed_at: i64,
    pub(crate) parent: u32,
    pub(crate) name: u32,
    pub(crate) first_child: u32,
    pub(crate) next_sibling: u32,
    /// Index of its [`Value`], if messages were published to this very topic.
    pub(crate) value: u32,
    /// Topics in the subtree, itself included, as of the last settling.
    pub(crate) topics: u32,
    /// The settling at which the subtree last changed.
    pub(crate) epoch: u32,
    /// The last message with RETAIN set had a payload.
    pub(crate) retained: bool,
    /// Waits for the next settling.
    pub(crate) is_dirty: bool,
    /// Children were added since they were last put in order.
    pub(crate) is_unsorted: bool,
}

/// What is known of a topic from its own messages.
pub(crate) struct Value {
    pub(crate) messages: u64,
    pub(crate) changed_at: i64,
    pub(crate) node: u32,
    pub(crate) last: Kept,
}

/// All nodes, and the values of those that are topics, in the order they became topics.
pub(crate) struct Arena {
    nodes: Vec<Node>,
    values: Vec<Value>,
}

impl Arena {
    pub(crate) fn new() -> Self {
        Self { nodes: vec![Node::new(NONE, NONE)], values: Vec::new() }
    }

    /// Nodes including the root.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn topics(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn node(&self, node: u32) -> Option<&Node> {
        self.nodes.get(node as usize)
    }

    pub(crate) fn node_mut(&mut self, node: u32) -> Option<&mut Node> {
        self.nodes.get_mut(node as usize)
    }

    pub(crate) fn value(&self, node: u32) -> Option<&Value> {
        self.values.get(self.node(node)?.value as usize)
    }

    /// The node and its value, where it is a topic.
    pub(crate) fn topic_mut(&mut self, node: u32) -> Option<(&mut Node, &mut Value)> {
        let node = self.nodes.get_mut(node as usize)?;
        let value = self.values.get_mut(node.value as usize)?;
        Some((node, value))
    }

    /// The topics from the `from`-th on, in the order they became topics.
    pub(crate) fn topics_since(&self, from: usize) -> impl Iterator<Item = u32> {
        self.values.get(from..).unwrap_or_default().iter().map(|value| value.node)
    }

    pub(crate) fn parent(&self, node: u32) -> u32 {
        self.node(node).map_or(NONE, |node| node.parent)
    }

    pub(crate) fn next_sibling(&self, node: u32) -> u32 {
        self.node(node).map_or(NONE, |node| node.next_sibling)
    }

    pub(crate) fn first_child(&self, node: u32) -> u32 {
        self.node(node).map_or(NONE, |node| node.first_child)
    }

    /// The node itself and what is above it, up to the first level; the root is left out.
    pub(crate) fn upwards(&self, node: u32) -> impl Iterator<Item = u32> {
        let start = Some(node).filter(|node| self.node(*node).is_some());
        std::iter::successors(start, |node| Some(self.parent(*node)))
            .take_while(|node| *node != ROOT)
    }

    /// The children in their present order.
    pub(crate) fn children(&self, node: u32) -> impl Iterator<Item = u32> {
        let exists = |node: u32| Some(node).filter(|node| *node != NONE);
        std::iter::successors(exists(self.first_child(node)), move |child| {
            exists(self.next_sibling(*child))
        })
    }

    /// Adds a child in front of its siblings. The caller has checked the limits.
    pub(crate) fn add_child(&mut self, parent: u32, name: u32) -> u32 {
        let added = u32::try_from(self.nodes.len()).unwrap_or(NONE);
        let mut node = Node::new(parent, name);
        if let Some(parent) = self.node_mut(parent) {
            node.next_sibling = parent.first_child;
            parent.is_unsorted |= parent.first_child != NONE;
            parent.first_child = added;
        }
        self.nodes.push(node);
        added
    }

    /// Makes a topic of a node that is none yet.
    pub(crate) fn add_value(&mut self, node: u32) {
        let added = u32::try_from(self.values.len()).unwrap_or(NONE);
        if let Some(node) = self.node_mut(node) {
            node.value = added;
        }
        self.values.push(Value { messages: 0, changed_at: NEVER, node, last: Kept::default() });
    }

    /// Puts the children in order, if any came since the last time, and gives the first.
    ///
    /// New children stand in front of a sorted run, which is what the stable sort is quick at.
    pub(crate) fn sort_children(&mut self, parent: u32, names: &Names) -> u32 {
        if self.node(parent).is_some_and(|parent| parent.is_unsorted) {
            let mut children: Vec<u32> = self.children(parent).collect();
            let name = |node: &u32| self.node(*node).map_or(&[][..], |node| names.get(node.name));
            children.sort_by(|left, right| order::compare(name(left), name(right)));
            self.relink(parent, &children);
        }
        self.first_child(parent)
    }

    fn relink(&mut self, parent: u32, children: &[u32]) {
        let mut next = NONE;
        for child in children.iter().rev() {
            if let Some(node) = self.node_mut(*child) {
                node.next_sibling = next;
            }
            next = *child;
        }
        if let Some(parent) = self.node_mut(parent) {
            parent.first_child = next;
            parent.is_unsorted = false;
        }
    }
}

impl Node {
    fn new(parent: u32, name: u32) -> Self {
        Self {
            messages: 0,
            changed_at: NEVER,
            parent,
            name,
            first_child: NONE,
            next_sibling: NONE,
            value: NONE,
            topics: 0,
            epoch: 0,
            retained: false,
            is_dirty: false,
            is_unsorted: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_topics_fit_the_budget() {
        assert_eq!(size_of::<Node>(), 48);
        assert!(size_of::<Value>() <= 96, "{}", size_of::<Value>());
    }

    #[test]
    fn children_come_in_order_however_often_they_grow() {
        let (mut arena, mut names) = (Arena::new(), Names::new(1));
        for batch in [&["m", "c", "x"][..], &["a", "z", "n"], &["b"]] {
            for name in batch {
                let name = names.intern(name.as_bytes());
                arena.add_child(ROOT, name);
            }
            arena.sort_children(ROOT, &names);
            let order: Vec<&[u8]> = arena
                .children(ROOT)
                .filter_map(|child| Some(names.get(arena.node(child)?.name)))
                .collect();
            assert!(order.is_sorted(), "{order:?}");
        }
        assert_eq!(arena.children(ROOT).count(), 7, "none is lost");
    }

    #[test]
    fn an_index_that_is_not_there_answers_nothing() {
        let arena = Arena::new();
        assert_eq!(arena.upwards(17).count(), 0);
        assert_eq!(arena.children(17).count(), 0);
        assert_eq!(arena.topics_since(17).count(), 0);
    }
}
