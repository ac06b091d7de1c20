//! What goes into the tree, what is known of a node, and how much there may be.

use wiretree_model::{Timestamp, Topic};

use crate::preview::{LONGEST_PREVIEW, Preview};

/// How much the tree may hold, whatever the broker sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nodes: topics and the levels above them.
    pub nodes: usize,
    /// Bytes of all different level names together.
    pub name_bytes: usize,
    /// Bytes of a level name that a [`crate::Row`] carries.
    pub row_name: usize,
    /// Bytes of the last payload kept for each topic; at most [`LONGEST_PREVIEW`].
    pub preview: usize,
}

impl Default for Limits {
    /// About 600 MB when full.
    fn default() -> Self {
        Self { nodes: 2_500_000, name_bytes: 128 << 20, row_name: 256, preview: LONGEST_PREVIEW }
    }
}

/// A node, for as long as the tree lives. Any number may be asked for; one that the tree did not
/// give is answered as unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// What the tree wants to know of a message.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a> {
    /// What it was published to.
    pub topic: &'a Topic,
    /// Its payload; the beginning is kept.
    pub payload: &'a [u8],
    /// RETAIN as received (MQTT 5 §3.3.1.3).
    pub retain: bool,
    /// When it came.
    pub received_at: Timestamp,
}

/// What is known of a node and of what is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Whether it is a topic itself, and not only a level above others.
    pub is_topic: bool,
    /// A topic known from history, without a message so far.
    pub seeded_only: bool,
    /// Whether there are levels below.
    pub has_children: bool,
    /// Topics in the subtree, itself included.
    pub topics: u64,
    /// Messages in the subtree, its own included.
    pub messages: u64,
    /// Messages to this very topic.
    pub own_messages: u64,
    /// The beginning of the last payload; none without a message.
    pub preview: Option<Preview>,
    /// Whether the last message with RETAIN set left a retained message behind.
    pub retained: bool,
    /// Latest arrival in the subtree; none without a message.
    pub changed_at: Option<Timestamp>,
}
