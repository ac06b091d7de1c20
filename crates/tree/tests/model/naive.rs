//! The tree as one would write it without caring for cost: a map of topics, and everything else
//! computed anew from it.

use std::collections::{BTreeMap, BTreeSet};

use wiretree_model::{Timestamp, Topic};
use wiretree_tree::{Filter, Preview, Row};

pub(crate) type Path = Vec<Vec<u8>>;

#[derive(Clone, Default)]
pub(crate) struct Known {
    pub(crate) messages: u64,
    pub(crate) payload: Vec<u8>,
    pub(crate) retained: bool,
    pub(crate) changed_at: Option<Timestamp>,
}

#[derive(Default)]
pub(crate) struct Naive {
    pub(crate) topics: BTreeMap<Path, Known>,
    pub(crate) expanded: BTreeSet<Path>,
    /// Closed by hand while a filter is set.
    pub(crate) collapsed: BTreeSet<Path>,
    pub(crate) filter: Filter,
}

pub(crate) fn path(topic: &Topic) -> Path {
    topic.levels().map(<[u8]>::to_vec).collect()
}

fn topic(path: &Path) -> Topic {
    Topic::from(bytes::Bytes::from(path.join(&b'/')))
}

impl Naive {
    pub(crate) fn apply(&mut self, topic: &Topic, payload: &[u8], retain: bool, at: Timestamp) {
        let known = self.topics.entry(path(topic)).or_default();
        known.messages += 1;
        known.payload = payload.to_vec();
        known.changed_at = known.changed_at.max(Some(at));
        if retain {
            known.retained = !payload.is_empty();
        }
    }

    pub(crate) fn seed(&mut self, topic: &Topic) {
        self.topics.entry(path(topic)).or_default();
    }

    pub(crate) fn set_expanded(&mut self, path: Path, expanded: bool) {
        match (self.filter.is_empty(), expanded) {
            (true, true) => self.expanded.insert(path),
            (true, false) => self.expanded.remove(&path),
            (false, true) => self.collapsed.remove(&path),
            (false, false) => self.collapsed.insert(path),
        };
    }

    /// All paths: topics and the levels above them.
    pub(crate) fn nodes(&self) -> BTreeSet<Path> {
        self.topics
            .keys()
            .flat_map(|path| (1..=path.len()).map(|end| path[..end].to_vec()))
            .collect()
    }

    fn passes(&self, path: &Path) -> bool {
        let known = &self.topics[path];
        let text = self.filter.text.as_deref().unwrap_or_default().to_lowercase();
        topic(path).to_text().to_lowercase().contains(&text)
            && self.filter.topic_filter.as_ref().is_none_or(|filter| filter.matches(&topic(path)))
            && (!self.filter.retained_only || known.retained)
    }

    fn below<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = (&'a Path, &'a Known)> {
        self.topics.iter().filter(move |(topic, _)| topic.starts_with(path))
    }

    fn is_let_through(&self, path: &Path) -> bool {
        self.below(path).any(|(topic, _)| self.passes(topic))
    }

    fn has_children(&self, path: &Path) -> bool {
        self.below(path).any(|(topic, _)| topic != path && self.passes(topic))
    }

    fn is_open(&self, path: &Path) -> bool {
        let is_open = if self.filter.is_empty() {
            self.expanded.contains(path)
        } else {
            !self.collapsed.contains(path)
        };
        is_open && self.has_children(path)
    }

    /// The visible rows with their paths; node numbers are left 0.
    pub(crate) fn rows(&self) -> Vec<(Path, Row)> {
        let mut rows = Vec::new();
        self.rows_below(&Vec::new(), &self.nodes(), &mut rows);
        rows
    }

    fn rows_below(&self, parent: &Path, nodes: &BTreeSet<Path>, rows: &mut Vec<(Path, Row)>) {
        let is_child = |path: &&Path| path.len() == parent.len() + 1 && path.starts_with(parent);
        let mut children: Vec<&Path> =
            nodes.iter().filter(is_child).filter(|path| self.is_let_through(path)).collect();
        children.sort_by_key(|path| sort_key(path.last().expect("a child has a name")));
        for (position, path) in children.iter().enumerate() {
            rows.push(((*path).clone(), self.row(path, position + 1, children.len())));
            if self.is_open(path) {
                self.rows_below(path, nodes, rows);
            }
        }
    }

    fn row(&self, path: &Path, position: usize, set_size: usize) -> Row {
        let own = self.topics.get(path);
        let heard = own.filter(|own| own.messages > 0);
        Row {
            node: wiretree_tree::NodeId(0),
            depth: path.len() as u32 - 1,
            name: path.last().cloned().unwrap_or_default(),
            name_truncated: false,
            is_expanded: self.is_open(path),
            has_children: self.has_children(path),
            is_topic: own.is_some(),
            seeded_only: own.is_some() && heard.is_none(),
            topics: self.below(path).count() as u64,
            messages: self.below(path).map(|(_, known)| known.messages).sum(),
            preview: heard.map(|own| Preview {
                bytes: own.payload.iter().take(64).copied().collect(),
                truncated: own.payload.len() > 64,
                size: own.payload.len() as u32,
            }),
            retained: own.is_some_and(|own| own.retained),
            changed_at: self.below(path).filter_map(|(_, known)| known.changed_at).max(),
            position: position as u32,
            set_size: set_size as u32,
        }
    }
}

/// `$` first; then piece by piece, numbers by value; then the bytes.
fn sort_key(name: &[u8]) -> (bool, Vec<(u8, u128)>, Vec<u8>) {
    let mut pieces = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.first() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 {
            let number = std::str::from_utf8(&rest[..digits]).expect("digits").parse();
            // All digits sort as `0` against other bytes.
            pieces.push((b'0', number.expect("a short number")));
        } else {
            pieces.push((*first, 0));
        }
        rest = &rest[digits.max(1)..];
    }
    (name.first() != Some(&b'$'), pieces, name.to_vec())
}
