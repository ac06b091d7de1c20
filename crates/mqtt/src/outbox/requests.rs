//! SUBSCRIBE and UNSUBSCRIBE: what was asked for, and who waits for the answers.
//!
//! Pure but for the answers it gives. A broker that has ruled something out is not asked for it: to
//! ask would be a protocol error (MQTT 5 §3.2.2.3.11 to §3.2.2.3.13). Promise: everybody who asked
//! gets an answer.

use std::collections::HashMap;

use tokio::sync::oneshot;
use wiretree_model::{
    MqttString, Properties, Property, ProtocolVersion, Subscription, TopicFilter,
};
use wiretree_wire::{ReasonCode, Subscribe, SubscribeFilter, SubscriptionOptions, Unsubscribe};

use super::Token;
use crate::commands::{Subscribed, Unsubscribed};
use crate::events::Event;
use crate::state::{REQUEST_HEADERS, filter_size};
use crate::{MqttError, Reason, ServerLimits, SubscribeOutcome, UnsubscribeOutcome};

/// Requests under way.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    /// One SUBSCRIBE each: a part of what was asked for.
    parts: HashMap<Token, Part>,
    asked: HashMap<u64, Asked>,
    unsubscribing: HashMap<Token, Unsubscribing>,
    last: u64,
}

/// The filters of one SUBSCRIBE by their places in what was asked for.
#[derive(Debug)]
struct Part {
    of: u64,
    places: Vec<usize>,
}

/// What goes into one SUBSCRIBE.
struct Group {
    identifier: Option<u32>,
    size: u64,
    places: Vec<usize>,
}

#[derive(Debug)]
struct Asked {
    subscriptions: Vec<Subscription>,
    reasons: Vec<Option<Reason>>,
    reply: Option<oneshot::Sender<Subscribed>>,
}

#[derive(Debug)]
struct Unsubscribing {
    filters: Vec<TopicFilter>,
    reply: oneshot::Sender<Unsubscribed>,
}

/// What a request has become.
#[derive(Debug, Default)]
pub(crate) struct Asking {
    /// A SUBSCRIBE for each of these is to be sent.
    pub(crate) tokens: Vec<Token>,
    /// The answer, if nothing is to be sent at all.
    pub(crate) answer: Option<Event>,
}

impl Requests {
    /// Asks for subscriptions: one SUBSCRIBE for those with the same identifier, or more of them if
    /// the broker does not take so large a packet.
    pub(crate) fn subscribe(
        &mut self,
        subscriptions: Vec<Subscription>,
        reply: Option<oneshot::Sender<Subscribed>>,
        (limits, version): (&ServerLimits, ProtocolVersion),
        mut token: impl FnMut() -> Token,
    ) -> Asking {
        self.last += 1;
        let of = self.last;
        let reasons: Vec<_> = subscriptions.iter().map(|wanted| limits.rules_out(wanted)).collect();
        let most = limits.largest_packet();
        let mut groups: Vec<Group> = Vec::new();
        for (place, wanted) in subscriptions.iter().enumerate() {
            if reasons.get(place).is_none_or(Option::is_some) {
                continue;
            }
            let identifier = wanted.identifier.filter(|_| version.has_properties());
            let size = filter_size(&wanted.filter);
            let fits =
                |group: &&mut Group| group.identifier == identifier && group.size + size <= most;
            match groups.iter_mut().find(fits) {
                Some(group) => {
                    group.size += size;
                    group.places.push(place);
                }
                None => {
                    let size = REQUEST_HEADERS + size;
                    groups.push(Group { identifier, size, places: vec![place] });
                }
            }
        }
        self.asked.insert(of, Asked { subscriptions, reasons, reply });
        let tokens: Vec<_> = groups
            .into_iter()
            .map(|Group { places, .. }| {
                let token = token();
                self.parts.insert(token, Part { of, places });
                token
            })
            .collect();
        let answer = if tokens.is_empty() { self.finish(of) } else { None };
        Asking { tokens, answer }
    }

    /// Asks for the end of subscriptions.
    pub(crate) fn unsubscribe(
        &mut self,
        token: Token,
        filters: Vec<TopicFilter>,
        reply: oneshot::Sender<Unsubscribed>,
    ) {
        self.unsubscribing.insert(token, Unsubscribing { filters, reply });
    }

    /// The packet for a SUBSCRIBE; `None` when nobody waits for it any more.
    pub(crate) fn subscribe_packet(&self, token: Token, packet_id: u16) -> Option<Subscribe> {
        let part = self.parts.get(&token)?;
        let asked = self.asked.get(&part.of)?;
        let wanted: Vec<_> =
            part.places.iter().filter_map(|place| asked.subscriptions.get(*place)).collect();
        let identifier = wanted.first().and_then(|first| first.identifier);
        let properties = identifier.map(Property::SubscriptionIdentifier).into_iter().collect();
        let filters = wanted.into_iter().map(filter).collect();
        Some(Subscribe { packet_id, properties: Properties(properties), filters })
    }

    /// The packet for an UNSUBSCRIBE; `None` when nobody waits for it any more.
    pub(crate) fn unsubscribe_packet(&self, token: Token, packet_id: u16) -> Option<Unsubscribe> {
        let asked = self.unsubscribing.get(&token)?;
        let filters = asked.filters.iter().map(text).collect();
        Some(Unsubscribe { packet_id, filters, ..Unsubscribe::default() })
    }

    /// SUBACK came. Gives the whole answer when it was the last part of it.
    pub(crate) fn subscribed(
        &mut self,
        token: Token,
        codes: &[ReasonCode],
        said: Option<&str>,
        version: ProtocolVersion,
    ) -> Option<Event> {
        let part = self.parts.remove(&token)?;
        let asked = self.asked.get_mut(&part.of)?;
        for (index, place) in part.places.iter().enumerate() {
            let reason = match codes.get(index) {
                Some(code) => Reason::suback(version, code.0, said.map(str::to_owned)),
                None => unanswered(),
            };
            if let Some(slot) = asked.reasons.get_mut(*place) {
                *slot = Some(reason);
            }
        }
        if asked.reasons.iter().all(Option::is_some) { self.finish(part.of) } else { None }
    }

    fn finish(&mut self, of: u64) -> Option<Event> {
        let Asked { subscriptions, reasons, reply } = self.asked.remove(&of)?;
        let outcomes: Vec<_> = subscriptions
            .into_iter()
            .zip(reasons)
            .map(|(subscription, reason)| SubscribeOutcome {
                subscription,
                reason: reason.unwrap_or_else(unanswered),
            })
            .collect();
        if let Some(reply) = reply {
            // Nobody may be left to hear it.
            let _ = reply.send(Ok(outcomes.clone()));
        }
        Some(Event::Subscribed(outcomes))
    }

    /// UNSUBACK came. Gives the filters that have ended.
    pub(crate) fn unsubscribed(
        &mut self,
        token: Token,
        codes: &[ReasonCode],
        said: Option<&str>,
        version: ProtocolVersion,
    ) -> Vec<TopicFilter> {
        let Some(asked) = self.unsubscribing.remove(&token) else { return Vec::new() };
        let reason = |index: usize| match codes.get(index) {
            Some(code) => Reason::v5(code.0, said.map(str::to_owned)),
            // 3.1.1 answers without a code.
            None if !version.has_properties() => Reason::v5(0, None),
            None => unanswered(),
        };
        let outcomes: Vec<_> = asked
            .filters
            .iter()
            .enumerate()
            .map(|(index, filter)| UnsubscribeOutcome {
                filter: filter.clone(),
                reason: reason(index),
            })
            .collect();
        let ended = outcomes.iter().filter(|outcome| !outcome.reason.is_failure());
        let ended = ended.map(|outcome| outcome.filter.clone()).collect();
        let _ = asked.reply.send(Ok(outcomes));
        ended
    }

    /// The connection has ended: nobody will answer. Gives what was asked for.
    pub(crate) fn fail(&mut self, cause: &MqttError) -> Vec<Subscription> {
        self.parts.clear();
        for (_, asked) in self.unsubscribing.drain() {
            let _ = asked.reply.send(Err(cause.clone()));
        }
        let mut open: Vec<_> = self.asked.drain().collect();
        open.sort_unstable_by_key(|(number, _)| *number);
        let mut wanted = Vec::new();
        for (_, asked) in open {
            wanted.extend(asked.subscriptions);
            if let Some(reply) = asked.reply {
                let _ = reply.send(Err(cause.clone()));
            }
        }
        wanted
    }
}

fn filter(subscription: &Subscription) -> SubscribeFilter {
    SubscribeFilter {
        filter: text(&subscription.filter),
        options: SubscriptionOptions {
            qos: subscription.qos,
            no_local: subscription.no_local,
            retain_as_published: subscription.retain_as_published,
            retain_handling: subscription.retain_handling,
        },
    }
}

fn text(filter: &TopicFilter) -> MqttString {
    MqttString::from(filter.to_string())
}

fn unanswered() -> Reason {
    Reason::v5(0x80, Some("the broker gave no answer for this filter".to_owned()))
}
