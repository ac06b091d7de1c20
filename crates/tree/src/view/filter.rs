//! Which nodes a filter lets through, kept up to date as topics come.
//!
//! A topic matches or does not; a node is let through when it or something below it matches, so
//! each node counts the matches below. New topics are looked at once, when the view next asks;
//! of known ones only those whose retained mark changed. Nothing is looked at again because a
//! message came.

use wiretree_model::TopicFilter;

use super::pattern::{Levels, Text};
use crate::Tree;
use crate::bits::Bits;

/// What to show; parts that are not set let everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Occurs in the text of the topic, whatever the case. Cut off at no level: `1/cnc` finds
    /// `line-1/cnc-01`.
    pub text: Option<String>,
    /// Matches the topic by the rules of MQTT 5 §4.7.
    pub topic_filter: Option<TopicFilter>,
    /// Only topics with the retained mark.
    pub retained_only: bool,
}

impl Filter {
    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.text.as_deref().unwrap_or_default().is_empty()
            && self.topic_filter.is_none()
            && !self.retained_only
    }
}

/// A filter at work on one tree.
pub(super) struct Matches {
    /// Nodes that were closed by hand while the filter is set.
    pub(super) collapsed: Bits,
    text: Option<Text>,
    levels: Option<Levels>,
    retained_only: bool,
    matching: Bits,
    /// How many topics match in the subtree of each node, itself included.
    below: Vec<u32>,
    topics_seen: usize,
    retained_seen: u64,
}

impl Matches {
    pub(super) fn new(filter: Filter, tree: &Tree) -> Self {
        let mut matches = Self {
            collapsed: Bits::default(),
            text: filter.text.filter(|text| !text.is_empty()).map(|text| Text::new(&text)),
            levels: filter.topic_filter.as_ref().map(Levels::new),
            retained_only: filter.retained_only,
            matching: Bits::default(),
            below: Vec::new(),
            topics_seen: 0,
            retained_seen: tree.retained_changes.end(),
        };
        matches.take_in(tree);
        matches
    }

    pub(super) fn lets_through(&self, node: u32) -> bool {
        self.matches_below(node) > 0
    }

    /// Whether something further below matches.
    pub(super) fn has_children(&self, node: u32) -> bool {
        self.matches_below(node) > u32::from(self.matching.get(node))
    }

    /// Looks at what is new in the tree; says whether any match came or went.
    pub(super) fn take_in(&mut self, tree: &Tree) -> bool {
        self.below.resize(tree.arena.len(), 0);
        if let Some(text) = &mut self.text {
            text.take_in(tree);
        }
        if let Some(levels) = &mut self.levels {
            levels.take_in(tree);
        }
        let mut changed = false;
        for node in tree.arena.topics_since(self.topics_seen) {
            changed |= self.look_at(tree, node);
        }
        self.topics_seen = tree.arena.topics();
        if self.retained_only {
            changed |= self.look_at_retained(tree);
        }
        changed
    }

    fn look_at_retained(&mut self, tree: &Tree) -> bool {
        let mut changed = false;
        match tree.retained_changes.since(self.retained_seen) {
            Some(nodes) => {
                for node in nodes {
                    changed |= self.look_at(tree, node);
                }
            }
            None => {
                for node in tree.arena.topics_since(0) {
                    changed |= self.look_at(tree, node);
                }
            }
        }
        self.retained_seen = tree.retained_changes.end();
        changed
    }

    fn look_at(&mut self, tree: &Tree, node: u32) -> bool {
        let is_match = self.text.as_ref().is_none_or(|text| text.matches(node))
            && self.levels.as_ref().is_none_or(|levels| levels.matches(node))
            && (!self.retained_only || tree.arena.node(node).is_some_and(|node| node.retained));
        if !self.matching.set(node, is_match) {
            return false;
        }
        for above in tree.arena.upwards(node) {
            if let Some(below) = self.below.get_mut(above as usize) {
                *below = if is_match { *below + 1 } else { below.saturating_sub(1) };
            }
        }
        true
    }

    fn matches_below(&self, node: u32) -> u32 {
        self.below.get(node as usize).copied().unwrap_or(0)
    }
}
