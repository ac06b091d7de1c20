//! What goes: a limit for each class of topics. Made of an order to clear, or of policies.

use std::collections::HashMap;

use rusqlite::Connection;
use wiretree_model::{Keep, Timestamp, Topic};

use super::ClearOrder;
use super::classes::{Class, Classes};
use super::limit::Limit;
use crate::index::Span;
use crate::tables::extent;
use crate::{ConnectionId, Policies};

/// The messages that go.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    /// None behind this one goes.
    pub(crate) newest: i64,
    classes: Classes,
    /// For each class.
    pub(crate) limits: Vec<Limit>,
}

/// Of which connection the topics of a class are, and which of its rules they follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    pub(crate) connection: ConnectionId,
    rule: Option<usize>,
}

/// The kinds of topics, by the number of their class.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kinds {
    classes: Classes,
    list: Vec<Kind>,
    numbers: HashMap<Kind, Class>,
}

impl Kinds {
    /// Takes in the topics that are new.
    pub(crate) fn catch_up(
        &mut self,
        file: &Connection,
        policies: &Policies,
    ) -> rusqlite::Result<()> {
        let Self { classes, list, numbers } = self;
        classes.catch_up(file, &mut |connection, name| {
            let rules = &policies.of(connection).rules.0;
            let rule = (!rules.is_empty())
                .then(|| Topic::from(bytes::Bytes::copy_from_slice(name)))
                .and_then(|topic| rules.iter().position(|rule| rule.filter.matches(&topic)));
            let kind = Kind { connection, rule };
            *numbers.entry(kind).or_insert_with(|| {
                list.push(kind);
                // More kinds than there are numbers for: their messages stay.
                Class::try_from(list.len()).unwrap_or(0)
            })
        })
    }

    /// What has a class, in the order of the classes, which begin with 1.
    pub(crate) fn list(&self) -> &[Kind] {
        &self.list
    }

    /// All messages, by kind.
    pub(crate) fn everything(&self, newest: i64) -> Selection {
        let limits = vec![Limit::EVERYTHING; self.list.len()];
        self.select(newest, limits)
    }

    /// A limit for each kind.
    pub(crate) fn select(&self, newest: i64, mut limits: Vec<Limit>) -> Selection {
        limits.insert(0, Limit::NOTHING);
        Selection { newest, classes: self.classes.clone(), limits }
    }

    /// The limits that the age of messages sets.
    pub(crate) fn by_age(&self, policies: &Policies, now: Timestamp) -> Vec<Limit> {
        let limit = |kind: &Kind| {
            let policy = policies.of(kind.connection);
            let age = match kind.keep(policies) {
                Some(Keep::Record) => None,
                Some(Keep::KeepFor(age)) => Some(age),
                Some(Keep::DontRecord) | None => policy.max_age,
            };
            let age = age.map(|age| i64::try_from(age.as_micros()).unwrap_or(i64::MAX));
            let before = age.map_or(i64::MIN, |age| now.0.saturating_sub(age));
            Limit { before, ..Limit::NOTHING }
        };
        self.list.iter().map(limit).collect()
    }
}

impl Kind {
    fn keep(&self, policies: &Policies) -> Option<Keep> {
        let rules = &policies.of(self.connection).rules.0;
        rules.get(self.rule?).map(|rule| rule.keep)
    }

    /// Whether limits of count and size remove its messages, and count them.
    pub(crate) fn is_limited(&self, policies: &Policies) -> bool {
        self.keep(policies) != Some(Keep::Record)
    }
}

impl Selection {
    /// What an order to clear means at the moment.
    pub(crate) fn of_order(file: &Connection, order: &ClearOrder) -> rusqlite::Result<Self> {
        let newest = extent::last_id(file)?;
        let mut classes = Classes::default();
        classes.catch_up(file, &mut |connection, name| {
            let is_meant =
                order.connection.is_none_or(|wanted| wanted == connection) && order.scope.has(name);
            Class::from(is_meant)
        })?;
        let limit = match order.to {
            Some(to) => Limit { before: to.0, ..Limit::NOTHING },
            None => Limit { up_to: newest, ..Limit::NOTHING },
        };
        Ok(Self { newest, classes, limits: vec![Limit::NOTHING, limit] })
    }

    pub(crate) fn class(&self, topic: i64) -> Class {
        self.classes.of(topic)
    }

    pub(crate) fn limit(&self, topic: i64) -> Limit {
        self.limits.get(usize::from(self.class(topic))).copied().unwrap_or(Limit::NOTHING)
    }

    pub(crate) fn has(&self, topic: i64, id: i64, received_at: i64) -> bool {
        id <= self.newest && self.limit(topic).has(id, received_at)
    }

    /// Whether it may have some of a stretch of messages on any topics.
    pub(crate) fn touches(&self, span: &Span) -> bool {
        span.first <= self.newest && self.limits.iter().any(|limit| limit.touches(span))
    }

    /// Whether it has all messages of a stretch that are on a topic.
    pub(crate) fn covers(&self, topic: i64, span: &Span) -> bool {
        span.last <= self.newest && self.limit(topic).covers(span)
    }
}
