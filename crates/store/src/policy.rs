//! How long messages are kept: limits, and rules for topics. Plain values, no SQL.
//!
//! A rule goes before the limits: what it keeps for a while is removed after that while, and what
//! it records without an end is removed by no limit and counts for none. A rule that stops the
//! recording of topics removes nothing of what is there.

use std::collections::BTreeMap;
use std::time::Duration;

use wiretree_model::RecordingRules;

use crate::ConnectionId;

/// How long the messages of a connection are kept. The default is for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// They are removed when they are older, by the time of receipt; whole seconds count.
    pub max_age: Option<Duration>,
    /// The oldest are removed when there are more.
    pub max_messages: Option<u64>,
    /// The oldest are removed when they take more bytes on the disk, compressed as they are there.
    pub max_bytes: Option<u64>,
    /// What goes for some topics, and goes before the limits.
    pub rules: RecordingRules,
}

impl Policy {
    /// Whether it would never remove anything.
    pub fn keeps_everything(&self) -> bool {
        let Self { max_age, max_messages, max_bytes, rules } = self;
        let removes =
            |keep: &wiretree_model::Keep| matches!(keep, wiretree_model::Keep::KeepFor(_));
        max_age.is_none()
            && max_messages.is_none()
            && max_bytes.is_none()
            && !rules.0.iter().any(|rule| removes(&rule.keep))
    }
}

/// The policies of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// For each connection that has none of its own.
    pub general: Policy,
    /// Those of single connections.
    pub own: BTreeMap<ConnectionId, Policy>,
}

impl Policies {
    /// The one that goes for a connection.
    pub fn of(&self, connection: ConnectionId) -> &Policy {
        self.own.get(&connection).unwrap_or(&self.general)
    }

    /// Gives a connection, or those that have none of their own, a policy; `None`: takes it away.
    pub fn set(&mut self, connection: Option<ConnectionId>, policy: Option<Policy>) {
        match (connection, policy) {
            (None, policy) => self.general = policy.unwrap_or_default(),
            (Some(connection), Some(policy)) => drop(self.own.insert(connection, policy)),
            (Some(connection), None) => drop(self.own.remove(&connection)),
        }
    }

    /// Whether none would ever remove anything.
    pub fn keep_everything(&self) -> bool {
        self.general.keeps_everything() && self.own.values().all(Policy::keeps_everything)
    }
}
