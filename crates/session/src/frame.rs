//! The picture of a session that a window shows: values only, made by [`crate::picture`].

use wiretree_model::{Recording, Timestamp};
use wiretree_mqtt::{Notice, State};
use wiretree_store::StoreError;
use wiretree_tree::{NodeId, Window};

use crate::SubscriptionState;
use crate::counters::Totals;

/// All that the window of one connection shows, except what it reads from the history.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Counts the frames of a session, from 1.
    pub revision: u64,
    /// When it was made.
    pub now: Timestamp,
    /// Where the connection stands.
    pub state: State,
    /// Received, stored, shown, dropped.
    pub totals: Totals,
    /// Topics known, with a message or from history.
    pub topics: u64,
    /// Topics beyond the limit of the tree: counted and stored, not drawn.
    pub undrawn_topics: u64,
    /// The rows asked for.
    pub window: Window,
    /// The selected topic.
    pub selection: Option<Selection>,
    /// What was subscribed to, and what the broker made of it.
    pub subscriptions: Vec<SubscriptionState>,
    /// What the broker's edge last had to say, until the next attempt to connect.
    pub notice: Option<Notice>,
    /// The number of the next entry of the packet trace: what is shown of it is old when it has grown.
    pub packets: u64,
    /// Whether anything is recorded.
    pub recording: Recording,
    /// Why the history cannot be written at present.
    pub history_problem: Option<StoreError>,
}

/// The selected topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The node.
    pub node: NodeId,
    /// Its row among the visible ones; none while a filter or a closed branch hides it.
    pub row: Option<usize>,
    /// The whole topic name.
    pub topic: wiretree_model::Topic,
    /// Whether messages are published to it.
    pub is_topic: bool,
    /// Whether there is something below it.
    pub has_children: bool,
    /// Whether its last message was retained.
    pub retained: bool,
    /// Messages at and below it in this session.
    pub messages: u64,
    /// Grows when messages at or below it have been committed to the history, and when another
    /// topic is selected. A page read after it grew has the messages that made it grow.
    pub history_revision: u64,
}
