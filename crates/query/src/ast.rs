//! The shape of a query: tests, joined by and, or and not.
//!
//! Promises: values are in the one form in which they are compared (bounds of numbers both
//! included, moments in microseconds, bytes), so that equal expressions mean the same.

use wiretree_model::{Direction, Timestamp, TopicFilter};

use crate::json::Number;
use crate::pattern::{Needle, Pattern};

/// A query or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// Each of them holds; none at all: always.
    All(Vec<Node>),
    /// At least one of them holds.
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(Test),
}

/// A question to one message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    /// Bytes that stand in the payload.
    Contains(Needle),
    /// A regular expression that matches somewhere in the payload.
    Like(Pattern),
    Topic(TopicFilter),
    Retain(bool),
    Dup(bool),
    Direction(Direction),
    Qos(Bounds),
    /// Bytes of payload.
    Size(Bounds),
    /// Received then or later.
    From(Timestamp),
    /// Received before then.
    To(Timestamp),
    Property(PropertyTest),
    /// The message has a property of this name.
    Has(PropertyName),
    /// A value at the path for which the question holds.
    Json(Path, JsonTest),
}

/// A span of whole numbers, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) low: u64,
    pub(crate) high: u64,
}

impl Bounds {
    pub(crate) fn has(self, number: u64) -> bool {
        (self.low..=self.high).contains(&number)
    }
}

/// A property for which at least one of the message holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PropertyTest {
    User(String, TextTest),
    ContentType(TextTest),
    ResponseTopic(TextTest),
    Correlation(Vec<u8>),
    /// Seconds.
    Expiry(Bounds),
    /// The Payload Format Indicator as sent: 1 is UTF-8.
    Format(u8),
    SubscriptionId(Bounds),
}

/// What a text has to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TextTest {
    Is(String),
    Like(Pattern),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PropertyName {
    /// With this name; `None`: with any.
    User(Option<String>),
    ContentType,
    ResponseTopic,
    Correlation,
    Expiry,
    Format,
    SubscriptionId,
}

/// Where in a JSON document values are: the steps from the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path(pub(crate) Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The member of an object with this name; of several with it, each.
    Name(String),
    /// The item of an array at this place, from 0.
    Index(u64),
    /// Every item of an array and every member of an object.
    Each,
}

/// The question to the values at a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum JsonTest {
    Exists,
    Compare(Operator, Literal),
    /// Of the text of strings, and the digits of numbers.
    Like(Pattern),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    /// There, and different.
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Whether it asks which of two is larger.
    pub(crate) fn is_order(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Number(Number),
    Text(String),
    Bool(bool),
    Null,
}
