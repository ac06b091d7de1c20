//! The tree that all windows of a connection share: topics, counts, last values, retained marks.
//!
//! A message costs one look-up and touches one node. What it means for the levels above is noted
//! in a dirty list and worked off by [`Tree::settle`] at most once a frame; whoever asks for counts
//! settles first. How the tree is looked at (open, filtered, selected) stands in `view`.

use wiretree_model::{Timestamp, Topic};

use crate::arena::{Arena, NEVER, NONE, ROOT};
use crate::facts::{About, Limits, NodeId, Update};
use crate::index::Index;
use crate::journal::Journal;
use crate::names::Names;
use crate::undrawn::{Counting, Undrawn};

/// How many topics change between two frames, usually at the most.
const USUAL_CHANGES: usize = 16_384;

/// A change that the levels above do not know of yet.
struct Unsettled {
    node: u32,
    messages_before: u64,
    is_new_topic: bool,
}

/// The topics of one connection.
pub struct Tree {
    pub(crate) arena: Arena,
    pub(crate) names: Names,
    pub(crate) limits: Limits,
    pub(crate) retained_changes: Journal,
    pub(crate) epoch: u32,
    index: Index,
    unsettled: Vec<Unsettled>,
    undrawn: Counting,
}

impl Tree {
    /// An empty tree. The seed goes into the hashes: take a random one, so that nobody can prepare
    /// topics that collide.
    pub fn new(limits: Limits, seed: u64) -> Self {
        Self::with_hash_mask(limits, seed, u64::MAX)
    }

    pub(crate) fn with_hash_mask(limits: Limits, seed: u64, mask: u64) -> Self {
        // Indexes are 32 bits wide, and the highest one means "none".
        let nodes = limits.nodes.min(NONE as usize - 1);
        Self {
            arena: Arena::new(),
            names: Names::new(seed),
            limits: Limits { nodes, ..limits },
            retained_changes: Journal::default(),
            epoch: 0,
            index: Index::new(seed, mask),
            unsettled: Vec::new(),
            undrawn: Counting::default(),
        }
    }

    /// Takes messages in, in the order they came.
    pub fn apply<'a>(&mut self, updates: impl IntoIterator<Item = Update<'a>>) {
        for update in updates {
            match self.find_or_add(update.topic) {
                Some(node) => self.record(node, &update),
                None => self.undrawn.count_message(),
            }
        }
    }

    /// Adds a topic that is known from history, without a message.
    pub fn seed(&mut self, topic: &Topic) {
        self.find_or_add(topic);
    }

    /// Adds a topic as it was at some moment: how many messages it had by then, and whether one was
    /// retained. Of the last message nothing is kept here. Gives its node, unless it does not fit.
    pub fn seed_as(&mut self, topic: &Topic, messages: u64, retained: bool) -> Option<NodeId> {
        let node = self.find_or_add(topic)?;
        if let Some((_, value)) = self.arena.topic_mut(node) {
            let before = std::mem::replace(&mut value.messages, messages);
            self.note(node, before.min(messages), false);
        }
        self.mark_retained(NodeId(node), retained);
        Some(NodeId(node))
    }

    /// Sets the retained mark from knowledge other than a message, such as an acknowledged publish
    /// that cleared it.
    pub fn mark_retained(&mut self, node: NodeId, retained: bool) {
        let Some((node_of, value)) = self.arena.topic_mut(node.0) else { return };
        if node_of.retained == retained {
            return;
        }
        node_of.retained = retained;
        let messages_before = value.messages;
        self.retained_changes.push(node.0);
        self.note(node.0, messages_before, false);
    }

    /// Topics with a message or from history.
    pub fn topics(&self) -> usize {
        self.arena.topics()
    }

    /// Levels of all topics: what [`Limits::nodes`] bounds.
    pub fn nodes(&self) -> usize {
        self.arena.len() - 1
    }

    /// What did not fit.
    pub fn undrawn(&self) -> Undrawn {
        self.undrawn.total()
    }

    /// The node of a topic, or of a level above topics.
    pub fn find(&self, topic: &Topic) -> Option<NodeId> {
        let name = topic.as_bytes();
        let known = self.index.topic(self.index.hash(name), name, &self.arena, &self.names);
        let found =
            known.or_else(|| topic.levels().try_fold(ROOT, |at, level| self.child(at, level)))?;
        Some(NodeId(found))
    }

    /// The topic that leads to a node.
    pub fn topic(&self, node: NodeId) -> Option<Topic> {
        let mut path: Vec<&[u8]> = self
            .arena
            .upwards(node.0)
            .filter_map(|node| Some(self.names.get(self.arena.node(node)?.name)))
            .collect();
        if path.is_empty() {
            return None;
        }
        path.reverse();
        Some(Topic::from(bytes::Bytes::from(path.join(&b'/'))))
    }

    /// What is known of a node; `None` for one that does not exist.
    pub fn about(&mut self, node: NodeId) -> Option<About> {
        self.settle();
        self.settled(node)
    }

    /// Brings the counts of all levels up to date. Cost: the changed topics times their depth.
    pub fn settle(&mut self) {
        if self.unsettled.is_empty() {
            return;
        }
        self.epoch = self.epoch.wrapping_add(1);
        let mut unsettled = std::mem::take(&mut self.unsettled);
        for change in unsettled.drain(..) {
            self.carry_up(&change);
        }
        // Keeps the allocation for the next frame, but not that of an exceptional one.
        unsettled.shrink_to(USUAL_CHANGES);
        self.unsettled = unsettled;
    }

    pub(crate) fn settled(&self, node: NodeId) -> Option<About> {
        let facts = self.arena.node(node.0).filter(|_| node.0 != ROOT)?;
        let value = self.arena.value(node.0);
        let own_messages = value.map_or(0, |value| value.messages);
        Some(About {
            is_topic: value.is_some(),
            seeded_only: value.is_some() && own_messages == 0,
            has_children: facts.first_child != NONE,
            topics: u64::from(facts.topics),
            messages: facts.messages,
            own_messages,
            preview: value.filter(|_| own_messages > 0).map(|value| value.last.preview()),
            retained: facts.retained,
            changed_at: Some(facts.changed_at).filter(|at| *at != NEVER).map(Timestamp),
        })
    }

    fn record(&mut self, node: u32, update: &Update<'_>) {
        let limit = self.limits.preview;
        let Some((node_of, value)) = self.arena.topic_mut(node) else { return };
        let messages_before = value.messages;
        value.messages += 1;
        value.changed_at = value.changed_at.max(update.received_at.0);
        value.last.keep(update.payload, limit);
        let retained = if update.retain { !update.payload.is_empty() } else { node_of.retained };
        if retained != node_of.retained {
            node_of.retained = retained;
            self.retained_changes.push(node);
        }
        self.note(node, messages_before, false);
    }

    fn find_or_add(&mut self, topic: &Topic) -> Option<u32> {
        let name = topic.as_bytes();
        let hash = self.index.hash(name);
        if let Some(known) = self.index.topic(hash, name, &self.arena, &self.names) {
            return Some(known);
        }
        let Some(node) = self.add_path(name) else {
            self.undrawn.count_topic(hash);
            return None;
        };
        self.arena.add_value(node);
        self.index.keep_topic(hash, node);
        self.note(node, 0, true);
        Some(node)
    }

    /// Adds the levels that are missing, all of them or, when they do not fit, none.
    fn add_path(&mut self, topic: &[u8]) -> Option<u32> {
        let mut at = ROOT;
        let mut missing = topic.split(|byte| *byte == b'/');
        loop {
            let mut ahead = missing.clone();
            let Some(child) = ahead.next().and_then(|level| self.child(at, level)) else { break };
            (at, missing) = (child, ahead);
        }
        let (nodes, bytes) =
            missing.clone().fold((0, 0), |(nodes, bytes), level| (nodes + 1, bytes + level.len()));
        let is_room = self.nodes() + nodes <= self.limits.nodes
            && self.names.bytes() + bytes <= self.limits.name_bytes;
        is_room.then(|| missing.fold(at, |parent, level| self.add_child(parent, level)))
    }

    fn add_child(&mut self, parent: u32, level: &[u8]) -> u32 {
        let name = self.names.intern(level);
        let child = self.arena.add_child(parent, name);
        self.index.keep_child(parent, name, child, &self.arena);
        child
    }

    fn child(&self, parent: u32, level: &[u8]) -> Option<u32> {
        self.index.child(parent, self.names.find(level)?, &self.arena)
    }

    fn note(&mut self, node: u32, messages_before: u64, is_new_topic: bool) {
        let Some(node_of) = self.arena.node_mut(node) else { return };
        if !node_of.is_dirty {
            node_of.is_dirty = true;
            self.unsettled.push(Unsettled { node, messages_before, is_new_topic });
        }
    }

    fn carry_up(&mut self, change: &Unsettled) {
        let Some(value) = self.arena.value(change.node) else { return };
        let messages = value.messages - change.messages_before;
        let changed_at = value.changed_at;
        let mut at = change.node;
        while let Some(node) = self.arena.node_mut(at) {
            node.messages += messages;
            node.topics += u32::from(change.is_new_topic);
            node.changed_at = node.changed_at.max(changed_at);
            node.epoch = self.epoch;
            node.is_dirty &= at != change.node;
            at = node.parent;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All topics share one hash, or a few: the names must tell them apart.
    #[test]
    fn topics_whose_hashes_collide_stay_apart() {
        let topics: Vec<Topic> = ["a", "b", "a/b", "b/a", "/a", "a/", "ab", "a//b", ""]
            .into_iter()
            .chain(["x/a/b", "c/ab"])
            .map(Topic::received)
            .collect();
        for mask in [0, 1 << 40, 1 | 1 << 63] {
            let mut tree = Tree::with_hash_mask(Limits::default(), 9, mask);
            for (count, topic) in (1..).zip(&topics) {
                let received_at = Timestamp(0);
                let update = Update { topic, payload: b"1", retain: false, received_at };
                tree.apply(std::iter::repeat_n(update, count));
            }
            assert_eq!(tree.topics(), topics.len());
            for (count, topic) in (1..).zip(&topics) {
                let node = tree.find(topic).expect("the topic is known");
                assert_eq!(tree.topic(node).as_ref(), Some(topic));
                let about = tree.about(node).expect("the node exists");
                assert_eq!(about.own_messages, count, "{topic:?}");
            }
        }
    }

    #[test]
    fn counts_of_a_frame_are_carried_up_once() {
        let mut tree = Tree::new(Limits::default(), 9);
        let (topic, received_at) = (Topic::received("a/b"), Timestamp(7));
        let update = Update { topic: &topic, payload: b"1", retain: false, received_at };
        for total in [5, 10] {
            tree.apply(std::iter::repeat_n(update, 5));
            assert_eq!(tree.unsettled.len(), 1, "one entry, however many messages");
            let about = tree.find(&Topic::received("a")).and_then(|node| tree.about(node));
            let about = about.expect("the level exists");
            assert_eq!((about.messages, about.topics, about.own_messages), (total, 1, 0));
            assert_eq!(about.changed_at, Some(received_at));
        }
    }
}
