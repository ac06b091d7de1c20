//! The retained messages: the last one of each topic (MQTT 5 §3.3.1.3).

use std::collections::BTreeMap;

use tokio::time::Instant;
use wiretree_model::{Publish, Topic, TopicFilter};

use super::limits;
use super::message::{Kept, weight};

/// The retained messages, bounded by bytes.
#[derive(Debug, Default)]
pub(super) struct Retained {
    messages: BTreeMap<Topic, Kept>,
    weight: usize,
}

impl Retained {
    /// Keeps a message in place of the last one of its topic, or removes that if the payload is
    /// empty. False if there is no room, and then the topic has none.
    pub(super) fn set(&mut self, publish: &Publish, now: Instant) -> bool {
        if let Some(old) = self.messages.remove(&publish.topic) {
            self.weight -= old.weight();
        }
        if publish.payload.is_empty() {
            return true;
        }
        if self.weight + weight(publish) > limits::RETAINED {
            return false;
        }
        let kept = Kept::new(publish.clone(), now);
        self.weight += kept.weight();
        self.messages.insert(publish.topic.clone(), kept);
        true
    }

    /// The messages for a filter, in the order of their topics.
    pub(super) fn matching(
        &self,
        filter: &TopicFilter,
        now: Instant,
    ) -> impl Iterator<Item = Publish> {
        self.messages
            .values()
            .filter(move |kept| filter.matches(&kept.publish().topic))
            .filter_map(move |kept| kept.at(now))
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }
}
