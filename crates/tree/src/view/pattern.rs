//! Matching topics level by level: a node starts from what its parent found out, and a name that
//! many topics share is looked at once.
//!
//! This answers for a million topics in the time that building their texts alone would take. It
//! says the same as a search in the whole text and as [`TopicFilter::matches`]; tests hold it to
//! both.

use wiretree_model::TopicFilter;

use crate::Tree;
use crate::arena::ROOT;
use crate::bits::Bits;

/// A text to be found in the topic, whatever the case.
pub(super) struct Text {
    /// The text in lower case, split at slashes: the first part ends a level, the last begins
    /// one, those between are whole levels. A text without a slash stands inside one level.
    parts: Vec<String>,
    /// Names that contain the only part, or begin with the last one.
    candidates: Bits,
    /// Nodes whose path contains the text.
    found: Bits,
    names_seen: usize,
    nodes_seen: usize,
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        Self {
            parts: lower(text).split('/').map(str::to_owned).collect(),
            candidates: Bits::default(),
            found: Bits::default(),
            names_seen: 0,
            nodes_seen: 1,
        }
    }

    pub(super) fn matches(&self, node: u32) -> bool {
        self.found.get(node)
    }

    /// Looks at the nodes that are new.
    pub(super) fn take_in(&mut self, tree: &Tree) {
        for name in indexes(self.names_seen, tree.names.len()) {
            let text = lower_name(tree.names.get(name));
            let is_candidate = match self.parts.as_slice() {
                [only] => text.contains(only),
                [.., last] => text.starts_with(last),
                [] => false,
            };
            self.candidates.set(name, is_candidate);
        }
        self.names_seen = tree.names.len();
        for node in indexes(self.nodes_seen, tree.arena.len()) {
            let Some(facts) = tree.arena.node(node) else { continue };
            let found = self.found.get(facts.parent)
                || self.candidates.get(facts.name) && self.fits_above(tree, facts.parent);
            self.found.set(node, found);
        }
        self.nodes_seen = tree.arena.len();
    }

    /// Whether the parts before the last one fit the levels from `at` upwards.
    fn fits_above(&self, tree: &Tree, mut at: u32) -> bool {
        let mut parts = self.parts.iter().rev().skip(1).peekable();
        while let Some(part) = parts.next() {
            let Some(node) = tree.arena.node(at).filter(|_| at != ROOT) else { return false };
            let name = lower_name(tree.names.get(node.name));
            let fits = if parts.peek().is_none() { name.ends_with(part) } else { name == *part };
            if !fits {
                return false;
            }
            at = node.parent;
        }
        true
    }
}

/// How far the levels of a node went through the levels of a topic filter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reached {
    /// A level did not fit.
    Nothing,
    /// So many levels of the filter fit.
    Level(u16),
    /// `#` was reached: everything from here on fits.
    All,
}

/// A topic filter, with its levels and how far each node of the tree goes through them.
pub(super) struct Levels {
    wanted: Vec<String>,
    reached: Vec<Reached>,
}

impl Levels {
    pub(super) fn new(filter: &TopicFilter) -> Self {
        let text = filter.as_str();
        // Behind `$share/<group>/` stands what is matched (MQTT 5 §4.8.2).
        let shared = text.strip_prefix("$share/").and_then(|rest| rest.split_once('/'));
        let text = shared.map_or(text, |(_, filter)| filter);
        Self {
            wanted: text.split('/').map(str::to_owned).collect(),
            reached: vec![Reached::Level(0)],
        }
    }

    pub(super) fn matches(&self, node: u32) -> bool {
        match self.reached_by(node) {
            Reached::All => true,
            Reached::Nothing => false,
            // `sport/#` matches `sport` too (MQTT 5 §4.7.1.2).
            Reached::Level(level) => match self.wanted.get(usize::from(level)..) {
                Some([]) => true,
                Some([last]) => last == "#",
                _ => false,
            },
        }
    }

    /// Looks at the nodes that are new.
    pub(super) fn take_in(&mut self, tree: &Tree) {
        for node in indexes(self.reached.len(), tree.arena.len()) {
            let reached = tree.arena.node(node).map_or(Reached::Nothing, |facts| {
                self.step(facts.parent, tree.names.get(facts.name))
            });
            self.reached.push(reached);
        }
    }

    fn step(&self, parent: u32, name: &[u8]) -> Reached {
        let Reached::Level(level) = self.reached_by(parent) else { return self.reached_by(parent) };
        // MQTT 5 §4.7.2: a leading wildcard does not match the broker's own topics.
        let is_system = parent == ROOT && name.first() == Some(&b'$');
        match self.wanted.get(usize::from(level)).map(String::as_str) {
            Some("#" | "+") if is_system => Reached::Nothing,
            Some("#") => Reached::All,
            Some("+") => Reached::Level(level.saturating_add(1)),
            Some(wanted) if wanted.as_bytes() == name => Reached::Level(level.saturating_add(1)),
            _ => Reached::Nothing,
        }
    }

    fn reached_by(&self, node: u32) -> Reached {
        self.reached.get(node as usize).copied().unwrap_or(Reached::Nothing)
    }
}

fn indexes(from: usize, to: usize) -> impl Iterator<Item = u32> {
    (from..to).filter_map(|index| u32::try_from(index).ok())
}

fn lower_name(name: &[u8]) -> String {
    lower(&String::from_utf8_lossy(name))
}

/// Character by character, so that a part of a word becomes the same as inside the word (the
/// lower case of a whole text would end `ΟΔΟΣ` in another sigma than it gives `ΟΔΟΣΑ` inside).
fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}
