//! The way of a message to the clients that subscribed to it.

use std::collections::BTreeMap;

use tokio::time::Instant;
use wiretree_model::{MqttString, Publish};

use super::actor::State;

impl State {
    /// Retains the message if it asks for it, and queues it for all subscribers. False if there
    /// are none. `from` is the client that published it; none for the broker itself.
    pub(super) fn publish(&mut self, publish: &Publish, from: Option<&MqttString>) -> bool {
        let now = Instant::now();
        if publish.retain && !self.retained.set(publish, now) {
            self.counters.dropped += 1;
        }
        let mut is_wanted = false;
        for (client, session) in &mut self.sessions {
            if let Some(copy) = session.copy_of(publish, from == Some(client)) {
                is_wanted = true;
                if !session.deliver(copy, now) {
                    self.counters.dropped += 1;
                }
            }
        }
        self.publish_shared(publish, now) || is_wanted
    }

    /// One member of each shared subscription gets it, in turn, those that are connected first
    /// (MQTT 5 §4.8.2).
    fn publish_shared(&mut self, publish: &Publish, now: Instant) -> bool {
        let groups = self.matching_groups(publish);
        let is_wanted = !groups.is_empty();
        self.turn = self.turn.wrapping_add(usize::from(is_wanted));
        for (filter, members) in groups {
            let place = self.turn.checked_rem(members.len()).unwrap_or_default();
            let Some(client) = members.get(place) else { continue };
            let Some(session) = self.sessions.get_mut(client) else { continue };
            let subscription =
                session.subscriptions.iter().find(|one| one.filter.as_str() == filter);
            let Some(copy) = subscription.map(|one| one.copy(publish)) else { continue };
            if !session.deliver(copy, now) {
                self.counters.dropped += 1;
            }
        }
        is_wanted
    }

    /// The shared subscriptions for a message and their members, in a lasting order.
    fn matching_groups(&self, publish: &Publish) -> BTreeMap<String, Vec<MqttString>> {
        let mut groups: BTreeMap<String, Vec<(bool, MqttString)>> = BTreeMap::new();
        for (client, session) in &self.sessions {
            let shared = session.subscriptions.iter().filter(|one| one.is_shared());
            for one in shared.filter(|one| one.filter.matches(&publish.topic)) {
                let members = groups.entry(one.filter.as_str().to_owned()).or_default();
                members.push((session.link.is_none(), client.clone()));
            }
        }
        let choose = |mut members: Vec<(bool, MqttString)>| {
            let is_anyone_there = members.iter().any(|(is_away, _)| !is_away);
            members.retain(|(is_away, _)| !(is_anyone_there && *is_away));
            members.sort();
            members.into_iter().map(|(_, client)| client).collect()
        };
        groups.into_iter().map(|(filter, members)| (filter, choose(members))).collect()
    }
}
