//! Removing messages: by policy, or because somebody clears them; and what that would remove.
//!
//! What is to be removed is worked out beside the writer, from the indexes, and handed to it in
//! slices of a few MiB: each is a transaction of its own, and between two the writer saves what
//! waits. Promises: after each slice the file is a whole history, and whatever interrupts it, the
//! rest is removed by asking again; numbers of messages and topics are never given twice; space is
//! given back to the system. What is damaged is left, unless all around it goes.

mod apply;
mod classes;
mod counting;
mod effect;
mod forgetting;
mod keeper;
mod limit;
mod place;
mod prepare;
mod run;
mod segment;
mod selection;
mod weigh;

use wiretree_model::Timestamp;

pub(crate) use keeper::Keeper;
pub(crate) use run::Pruner;

use crate::{ConnectionId, Policies, Scope};

/// Which messages to clear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClearOrder {
    /// Of which connection; `None`: of all.
    pub connection: Option<ConnectionId>,
    /// On which topics.
    pub scope: Scope,
    /// Received before this moment; `None`: all that are there by now.
    pub to: Option<Timestamp>,
}

/// What to remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// These messages.
    Clear(ClearOrder),
    /// What these policies do not keep.
    Policies(Policies),
}

/// What removing would remove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// How many messages.
    pub messages: u64,
    /// Bytes on the disk, about: a block that keeps some of its messages is counted by their share.
    pub bytes: u64,
    /// On how many topics.
    pub topics: u64,
    /// When the earliest of them was received, or a little before.
    pub oldest: Option<Timestamp>,
    /// When the latest of them was received, or a little after.
    pub newest: Option<Timestamp>,
    /// How many messages there are in all.
    pub total: u64,
    /// Whether everything was looked at.
    pub is_complete: bool,
}

/// How far removing has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Messages removed so far.
    pub messages: u64,
    /// Bytes given back to the system so far.
    pub bytes: u64,
    /// Messages looked at or passed over, about.
    pub scanned: u64,
    /// Messages there were in the beginning, about.
    pub total: u64,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// How many messages.
    pub messages: u64,
    /// Bytes given back to the system.
    pub bytes: u64,
    /// Messages that should have gone and were left, since what they stand in is damaged.
    pub damaged: u64,
    /// Whether it came to its end; what is gone stays gone all the same.
    pub is_complete: bool,
    /// The longest time for which a slice kept the writer.
    pub longest_slice: std::time::Duration,
    /// How long it waited altogether, since messages did.
    pub made_way: std::time::Duration,
}

/// How much of the history a connection has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionSize {
    /// Which one.
    pub connection: ConnectionId,
    /// Messages.
    pub messages: u64,
    /// Bytes on the disk, about, see [`Effect::bytes`].
    pub bytes: u64,
}
