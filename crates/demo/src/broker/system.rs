//! What the broker tells about itself under `$SYS/broker`, retained.

use tokio::time::Instant;
use wiretree_model::{Publish, Topic};

use super::actor::State;
use super::limits;

/// Counts since the start.
#[derive(Debug)]
pub(super) struct Counters {
    started: Instant,
    next: Instant,
    /// Messages from clients.
    pub(super) received: u64,
    /// Messages to clients, each of them counted.
    pub(super) sent: u64,
    /// Messages that a client, or the retained ones, had no room for.
    pub(super) dropped: u64,
}

impl Counters {
    pub(super) fn new(now: Instant) -> Self {
        Self { started: now, next: now, received: 0, sent: 0, dropped: 0 }
    }
}

impl State {
    /// Publishes when it is time to.
    pub(super) fn publish_system(&mut self, now: Instant) {
        if now < self.counters.next {
            return;
        }
        self.counters.next = now + limits::SYSTEM;
        for (name, value) in self.system_values(now) {
            let publish = Publish {
                topic: Topic::received(format!("$SYS/broker/{name}")),
                payload: value.into(),
                retain: true,
                ..Publish::default()
            };
            self.publish(&publish, None);
        }
    }

    fn system_values(&self, now: Instant) -> [(&'static str, String); 8] {
        let uptime = now.duration_since(self.counters.started).as_secs();
        let subscriptions: usize =
            self.sessions.values().map(|session| session.subscriptions.len()).sum();
        [
            ("version", format!("Wiretree demo broker {}", env!("CARGO_PKG_VERSION"))),
            ("uptime", format!("{uptime} seconds")),
            ("clients/connected", self.clients.len().to_string()),
            ("subscriptions/count", subscriptions.to_string()),
            ("retained messages/count", self.retained.len().to_string()),
            ("publish/messages/received", self.counters.received.to_string()),
            ("publish/messages/sent", self.counters.sent.to_string()),
            ("publish/messages/dropped", self.counters.dropped.to_string()),
        ]
    }
}
