//! What can be known of a query before any message is looked at, so that a search passes over what
//! cannot match.
//!
//! Promises: each answer is necessary, none is sufficient: no message that matches is passed over
//! because of one.

use wiretree_model::{Timestamp, TopicFilter};

use crate::Expression;
use crate::ast::{Node, Test};
use crate::pattern::Case;

/// A span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Received then or later.
    pub from: Option<Timestamp>,
    /// Received before then.
    pub to: Option<Timestamp>,
}

impl Expression {
    /// Whether it asks for every message, as an empty text does.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        matches!(&self.root, Node::All(nodes) if nodes.is_empty())
    }

    /// Whether any test looks into the payload.
    #[must_use]
    pub fn needs_payload(&self) -> bool {
        self.root.some(&|test| matches!(test, Test::Contains(_) | Test::Like(_) | Test::Json(..)))
    }

    /// Whether any test looks at the topic.
    #[must_use]
    pub fn needs_topic(&self) -> bool {
        self.root.some(&|test| matches!(test, Test::Topic(_)))
    }

    /// Whether any test looks at the properties.
    #[must_use]
    pub fn needs_properties(&self) -> bool {
        self.root.some(&|test| matches!(test, Test::Property(_) | Test::Has(_)))
    }

    /// Bytes that stand in the payload of every message that matches: the longest that are known.
    #[must_use]
    pub fn required_text(&self) -> Option<&[u8]> {
        let texts = self.root.required().filter_map(|test| match test {
            Test::Contains(needle) if needle.case() == Case::Matters => Some(needle.text()),
            _ => None,
        });
        texts.max_by_key(|text| text.len()).map(str::as_bytes)
    }

    /// Filters that each match the topic of every message that matches.
    #[must_use]
    pub fn topic_filters(&self) -> Vec<&TopicFilter> {
        let filters = self.root.required().filter_map(|test| match test {
            Test::Topic(filter) => Some(filter),
            _ => None,
        });
        filters.collect()
    }

    /// When every message that matches was received.
    #[must_use]
    pub fn times(&self) -> Times {
        self.root.times()
    }
}

impl Node {
    fn some(&self, wanted: &impl Fn(&Test) -> bool) -> bool {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().any(|node| node.some(wanted)),
            Self::Not(inner) => inner.some(wanted),
            Self::Test(test) => wanted(test),
        }
    }

    /// The tests that hold for every message that matches.
    fn required(&self) -> Box<dyn Iterator<Item = &Test> + '_> {
        match self {
            Self::All(nodes) => Box::new(nodes.iter().flat_map(Self::required)),
            Self::Test(test) => Box::new(std::iter::once(test)),
            Self::Any(_) | Self::Not(_) => Box::new(std::iter::empty()),
        }
    }

    fn times(&self) -> Times {
        match self {
            Self::Test(Test::From(moment)) => Times { from: Some(*moment), to: None },
            Self::Test(Test::To(moment)) => Times { from: None, to: Some(*moment) },
            Self::All(nodes) => nodes.iter().map(Self::times).fold(Times::default(), Times::both),
            Self::Any(nodes) => {
                nodes.iter().map(Self::times).reduce(Times::either).unwrap_or_default()
            }
            Self::Not(inner) => match **inner {
                Self::Test(Test::From(moment)) => Times { from: None, to: Some(moment) },
                Self::Test(Test::To(moment)) => Times { from: Some(moment), to: None },
                _ => Times::default(),
            },
            Self::Test(_) => Times::default(),
        }
    }
}

impl Times {
    fn both(self, other: Self) -> Self {
        let earlier = |one: Timestamp, two: Timestamp| one.min(two);
        Self {
            from: self.from.max(other.from),
            to: match (self.to, other.to) {
                (Some(one), Some(two)) => Some(earlier(one, two)),
                (one, two) => one.or(two),
            },
        }
    }

    fn either(self, other: Self) -> Self {
        Self {
            from: self.from.zip(other.from).map(|(one, two)| one.min(two)),
            to: self.to.zip(other.to).map(|(one, two)| one.max(two)),
        }
    }
}
