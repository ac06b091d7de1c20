//! SUBSCRIBE and UNSUBSCRIBE, and the retained messages that follow (MQTT 5 §3.8, §3.10).

use tokio::time::Instant;
use wiretree_model::{MqttString, Property, ProtocolVersion, TopicFilter};
use wiretree_wire::{
    Packet, ReasonCode, RetainHandling, SubAck, Subscribe, SubscribeFilter, UnsubAck, Unsubscribe,
};

use super::actor::{LinkId, State};
use super::limits;
use super::session::{Session, Subscription};

impl State {
    pub(super) fn subscribe(&mut self, link: LinkId, subscribe: Subscribe) {
        let Some(session) = self.session(link) else { return };
        let identifier = subscribe.properties.iter().find_map(|property| match property {
            Property::SubscriptionIdentifier(value) => Some(*value),
            _ => None,
        });
        let mut reasons = Vec::new();
        let mut retained_for = Vec::new();
        for entry in &subscribe.filters {
            let (reason, place) = add(session, entry, identifier);
            reasons.push(reason);
            retained_for.extend(place);
        }
        let properties = Default::default();
        let suback = SubAck { packet_id: subscribe.packet_id, properties, reasons };
        session.outgoing.control(Packet::SubAck(suback));
        for filter in retained_for {
            self.send_retained(link, &filter);
        }
    }

    /// Sends the retained messages for the subscription with this filter, each marked as such.
    fn send_retained(&mut self, link: LinkId, filter: &TopicFilter) {
        let now = Instant::now();
        let Some(client) = self.clients.get(&link) else { return };
        let Some(session) = self.sessions.get_mut(client) else { return };
        let Some(place) = session.subscriptions.iter().position(|one| one.filter == *filter) else {
            return;
        };
        for publish in self.retained.matching(filter, now) {
            let Some(subscription) = session.subscriptions.get(place) else { return };
            let mut copy = subscription.copy(&publish);
            copy.retain = true;
            if !session.deliver(copy, now) {
                self.counters.dropped += 1;
            }
        }
    }

    pub(super) fn unsubscribe(&mut self, link: LinkId, unsubscribe: Unsubscribe) {
        let Some(session) = self.session(link) else { return };
        let mut remove = |filter: &MqttString| {
            let before = session.subscriptions.len();
            session.subscriptions.retain(|one| one.filter.as_str().as_bytes() != filter.as_bytes());
            match session.subscriptions.len() == before {
                true => ReasonCode::NO_SUBSCRIPTION_EXISTED,
                false => ReasonCode::SUCCESS,
            }
        };
        let reasons = unsubscribe.filters.iter().map(&mut remove).collect();
        let properties = Default::default();
        let unsuback = UnsubAck { packet_id: unsubscribe.packet_id, properties, reasons };
        session.outgoing.control(Packet::UnsubAck(unsuback));
    }
}

/// Adds a subscription, or replaces the one with the same filter (MQTT 5 §3.8.4). Gives the answer,
/// and the filter if its retained messages are wanted.
fn add(
    session: &mut Session,
    entry: &SubscribeFilter,
    identifier: Option<u32>,
) -> (ReasonCode, Option<TopicFilter>) {
    let failed = |reason| match session.version {
        ProtocolVersion::V5 => (reason, None),
        ProtocolVersion::V31 | ProtocolVersion::V311 => (ReasonCode::UNSPECIFIED_ERROR, None),
    };
    let parsed = entry.filter.as_str().map(TopicFilter::parse);
    let Some(Ok(filter)) = parsed else { return failed(ReasonCode::TOPIC_FILTER_INVALID) };
    if session.subscriptions.len() >= limits::SUBSCRIPTIONS {
        return failed(ReasonCode::QUOTA_EXCEEDED);
    }
    let options = entry.options;
    let subscription = Subscription { filter: filter.clone(), options, identifier };
    let is_shared = subscription.is_shared();
    let existing = session.subscriptions.iter_mut().find(|one| one.filter == filter);
    let is_new = existing.is_none();
    match existing {
        Some(existing) => *existing = subscription,
        None => session.subscriptions.push(subscription),
    }
    let wants_retained = match options.retain_handling {
        RetainHandling::Send => true,
        RetainHandling::SendIfNew => is_new,
        RetainHandling::DoNotSend => false,
    };
    // MQTT 5 §4.8.2: nothing retained for shared subscriptions.
    (ReasonCode(options.qos.bits()), (wants_retained && !is_shared).then_some(filter))
}
