//! Rules that say to which topic a recorded message is sent.
//!
//! | rule | does |
//! |---|---|
//! | ` -> test/` | puts `test/` in front of every topic |
//! | `plant/ -> test/plant/` | replaces the beginning; without the slash, `plant` itself too, never `plants` |
//! | `plant/+/status -> replay/{1}/status` | a filter: `{1}`, `{2}`… are what each `+` matched |
//! | `plant/# -> replay/{rest}` | `{rest}` is what `#` matched, `{topic}` the whole topic |
//!
//! The first rule that fits decides; a topic that none fits stays as it is. A brace that is meant is
//! written twice. Pure. Promise: no result is longer than a topic can be, whatever the rule.

mod moving;
mod rule;

use wiretree_model::{Topic, TopicError};
use wiretree_store::Scope;

pub use rule::{RemapRule, RuleError};

/// The most rules.
const MOST: usize = 1_000;

/// Rules in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remap(Vec<RemapRule>);

/// Why a message is not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody may publish to it.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// What brokers say about themselves.
    #[error("$SYS belongs to the broker, which publishes there itself")]
    System,
}

impl Remap {
    /// Takes rules in their order.
    ///
    /// # Errors
    /// There are more than 1,000.
    pub fn new(rules: Vec<RemapRule>) -> Result<Self, RuleError> {
        if rules.len() > MOST { Err(RuleError::TooMany) } else { Ok(Self(rules)) }
    }

    /// Reads rules as they are written, each on its own.
    ///
    /// # Errors
    /// The first that is not one.
    pub fn parse<'a>(rules: impl IntoIterator<Item = &'a str>) -> Result<Self, RuleError> {
        Self::new(rules.into_iter().map(RemapRule::parse).collect::<Result<_, _>>()?)
    }

    /// Where a message on this topic is sent.
    ///
    /// # Errors
    /// Nobody may publish to what the rules make of it.
    pub fn apply(&self, topic: &Topic) -> Result<Topic, Refusal> {
        let text = std::str::from_utf8(topic.as_bytes()).map_err(|_| TopicError::Utf8)?;
        let renamed = self.0.iter().find_map(|rule| rule.apply(text));
        let topic = Topic::to_publish(renamed.as_deref().unwrap_or(text))?;
        if topic.levels().next() == Some(b"$SYS") { Err(Refusal::System) } else { Ok(topic) }
    }

    /// Whether every message within `scope` is sent to another topic than its own. Where it cannot be
    /// told without looking at the topics, it is denied.
    pub fn moves_all(&self, scope: &Scope) -> bool {
        if let Scope::Topic(topic) = scope {
            return self.apply(topic).is_ok_and(|sent_to| sent_to != *topic);
        }
        // What comes before may fit some of them, and decides then.
        let mut moving = self.0.iter().take_while(|rule| rule.always_moves());
        moving.any(|rule| rule.covers(scope))
    }

    /// Whether there are no rules.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests;
