//! Whether a message is what a query asks for.
//!
//! Promises: an answer without the payload, the topic or the properties is given only where they
//! could not change it (the logic of three values: yes, no, not known).

use wiretree_model::{MqttString, Properties, Property};

use crate::ast::{Node, PropertyName, PropertyTest, Test, TextTest};
use crate::{Candidate, Expression, Head, json};

impl Expression {
    /// Whether the message is wanted. Its topic and its properties have to be known where they are
    /// asked for.
    #[must_use]
    pub fn matches(&self, candidate: &Candidate<'_>) -> bool {
        self.decide(candidate).unwrap_or(false)
    }

    /// The answer, if it does not depend on a topic or on properties that are not known.
    #[must_use]
    pub fn decide(&self, candidate: &Candidate<'_>) -> Option<bool> {
        // What is cheap comes first.
        let decided = self.decide_without_payload(&candidate.head);
        decided.or_else(|| self.root.decide(&candidate.head, Some(candidate.payload)))
    }

    /// The answer, if it does not depend on the payload either.
    #[must_use]
    pub fn decide_without_payload(&self, head: &Head<'_>) -> Option<bool> {
        self.root.decide(head, None)
    }
}

impl Node {
    fn decide(&self, head: &Head<'_>, payload: Option<&[u8]>) -> Option<bool> {
        match self {
            Self::Test(test) => test.decide(head, payload),
            Self::Not(inner) => inner.decide(head, payload).map(|holds| !holds),
            Self::All(nodes) => settle(nodes, head, payload, false),
            Self::Any(nodes) => settle(nodes, head, payload, true),
        }
    }
}

/// The `settling` answer of one settles all; else one that is not known leaves it open.
fn settle(nodes: &[Node], head: &Head<'_>, payload: Option<&[u8]>, settling: bool) -> Option<bool> {
    let mut answer = Some(!settling);
    for node in nodes {
        match node.decide(head, payload) {
            Some(holds) if holds == settling => return Some(settling),
            Some(_) => {}
            None => answer = None,
        }
    }
    answer
}

impl Test {
    fn decide(&self, head: &Head<'_>, payload: Option<&[u8]>) -> Option<bool> {
        Some(match self {
            Self::Contains(needle) => needle.is_in(payload?),
            Self::Like(pattern) => pattern.matches(payload?),
            Self::Json(path, test) => json::holds(payload?, path, test),
            Self::Topic(filter) => filter.matches(head.topic?),
            Self::Retain(wanted) => head.retain == *wanted,
            Self::Dup(wanted) => head.dup == *wanted,
            Self::Direction(wanted) => head.direction == *wanted,
            Self::Qos(bounds) => bounds.has(head.qos.bits().into()),
            Self::Size(bounds) => bounds.has(head.size),
            Self::From(moment) => head.received_at >= *moment,
            Self::To(moment) => head.received_at < *moment,
            Self::Property(test) => any(head.properties?, |property| test.holds(property)),
            Self::Has(name) => any(head.properties?, |property| name.is_of(property)),
        })
    }
}

fn any(properties: &Properties, holds: impl Fn(&Property) -> bool) -> bool {
    properties.iter().any(holds)
}

impl PropertyTest {
    fn holds(&self, property: &Property) -> bool {
        use Property as P;
        match (self, property) {
            (Self::User(key, value), P::UserProperty(name, given)) => {
                name.as_bytes() == key.as_bytes() && value.holds(given)
            }
            (Self::ContentType(value), P::ContentType(given))
            | (Self::ResponseTopic(value), P::ResponseTopic(given)) => value.holds(given),
            (Self::Correlation(wanted), P::CorrelationData(given)) => given == wanted,
            (Self::Expiry(bounds), P::MessageExpiryInterval(given))
            | (Self::SubscriptionId(bounds), P::SubscriptionIdentifier(given)) => {
                bounds.has(u64::from(*given))
            }
            (Self::Format(wanted), P::PayloadFormatIndicator(given)) => given == wanted,
            _ => false,
        }
    }
}

impl TextTest {
    fn holds(&self, given: &MqttString) -> bool {
        match self {
            Self::Is(text) => given.as_bytes() == text.as_bytes(),
            Self::Like(pattern) => pattern.matches(given.as_bytes()),
        }
    }
}

impl PropertyName {
    fn is_of(&self, property: &Property) -> bool {
        use Property as P;
        match (self, property) {
            (Self::User(key), P::UserProperty(name, _)) => {
                key.as_ref().is_none_or(|key| name.as_bytes() == key.as_bytes())
            }
            (Self::ContentType, P::ContentType(_))
            | (Self::ResponseTopic, P::ResponseTopic(_))
            | (Self::Correlation, P::CorrelationData(_))
            | (Self::Expiry, P::MessageExpiryInterval(_))
            | (Self::Format, P::PayloadFormatIndicator(_))
            | (Self::SubscriptionId, P::SubscriptionIdentifier(_)) => true,
            _ => false,
        }
    }
}
