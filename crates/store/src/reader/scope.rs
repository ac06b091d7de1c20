//! Which topics a query means: names turned into numbers, once, and brought up to date afterwards.
//!
//! Promises: the answer holds for every message that the reading transaction can see. Going through
//! a million names takes a fraction of a second, so the last few answers are kept.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use rusqlite::Connection;
use wiretree_model::{Topic, TopicFilter};

use super::matching;
use crate::names::Directory;
use crate::query::{ConnectionId, Query, Scope};
use crate::tables::topics;

/// Up to so many topics, the indexes are asked for each of them. With more, it is faster to go through
/// the messages: a subtree of many topics has its newest messages near the end.
const FEW: usize = 64;
const KEPT: usize = 8;

/// The topics that a query means.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// Every one.
    All,
    /// These.
    Few(Vec<i64>),
    /// Those in the set.
    Many(Arc<Set>),
}

/// Remembers what was asked lately.
#[derive(Debug)]
pub(crate) struct Scopes {
    directory: Option<Arc<Directory>>,
    kept: Mutex<Vec<(Key, Arc<Set>)>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    connection: Option<ConnectionId>,
    scope: Scope,
    /// Those of the query's text, which have to match too.
    filters: Vec<TopicFilter>,
}

/// Topic numbers, ascending, and how far the table of topics was looked through for them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Set {
    topics: Vec<i64>,
    seen: i64,
    /// Whether any topic is not in it.
    misses: bool,
}

impl Wanted {
    /// What a set comes to. That it misses nothing holds for older states of the file too.
    fn new(set: Arc<Set>) -> Self {
        if set.topics.len() <= FEW {
            Self::Few(set.topics.clone())
        } else if set.misses {
            Self::Many(set)
        } else {
            Self::All
        }
    }

    pub(crate) fn has(&self, topic: i64) -> bool {
        match self {
            Self::All => true,
            Self::Few(topics) => topics.contains(&topic),
            Self::Many(set) => set.has(topic),
        }
    }
}

impl Scopes {
    pub(crate) fn new(directory: Option<Arc<Directory>>) -> Self {
        Self { directory, kept: Mutex::default() }
    }

    /// Looks the topics of a query up, as the transaction that `file` is in sees them.
    pub(crate) fn resolve(&self, file: &Connection, query: &Query) -> rusqlite::Result<Wanted> {
        let filters = matching::topic_filters(query);
        match (query.connection, &query.scope, &self.directory) {
            (None, Scope::All, _) if filters.is_empty() => return Ok(Wanted::All),
            (Some(connection), Scope::Topic(topic), Some(directory)) => {
                if let Some(found) = directory.find(connection, topic.as_bytes()) {
                    return Ok(Wanted::Few(found.into_iter().collect()));
                }
            }
            _ => {}
        }
        let key = Key { connection: query.connection, scope: query.scope.clone(), filters };
        let mut set = self.recall(&key);
        let newest = topics::last_id(file)?;
        if set.seen < newest {
            let changed = Arc::make_mut(&mut set);
            topics::each_after(file, changed.seen, |id, connection, name| {
                changed.look_at(id, key.matches(connection, name));
                true
            })?;
        }
        self.keep(key, Arc::clone(&set));
        Ok(Wanted::new(set))
    }

    /// Taken out rather than copied, since it may have to grow; who asks the same at the same time
    /// looks it up anew.
    fn recall(&self, key: &Key) -> Arc<Set> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().position(|(other, _)| other == key);
        found.map(|at| kept.remove(at).1).unwrap_or_default()
    }

    /// The one asked last stands last; the first has to go when there are too many.
    fn keep(&self, key: Key, set: Arc<Set>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(other, _)| *other != key);
        kept.push((key, set));
        if kept.len() > KEPT {
            kept.remove(0);
        }
    }
}

impl Key {
    fn matches(&self, connection: ConnectionId, name: &[u8]) -> bool {
        if self.connection.is_some_and(|wanted| wanted != connection) {
            return false;
        }
        let topic = || Topic::from(Bytes::copy_from_slice(name));
        self.scope.has(name) && self.filters.iter().all(|filter| filter.matches(&topic()))
    }
}

impl Scope {
    /// Whether it has the topic of this name.
    pub(crate) fn has(&self, name: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::Topic(topic) => topic.as_bytes() == name,
            Self::Subtree(root) => name
                .strip_prefix(root.as_bytes())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/")),
            Self::Filter(filter) => filter.matches(&Topic::from(Bytes::copy_from_slice(name))),
        }
    }
}

impl Set {
    fn has(&self, topic: i64) -> bool {
        self.topics.binary_search(&topic).is_ok()
    }

    /// Takes the next topic in; they come in the order of their numbers.
    fn look_at(&mut self, topic: i64, wanted: bool) {
        self.seen = topic;
        if wanted {
            self.topics.push(topic);
        } else {
            self.misses = true;
        }
    }
}
