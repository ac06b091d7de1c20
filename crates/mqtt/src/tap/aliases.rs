//! Topic aliases (MQTT 5 §3.3.2.3.4): numbers that stand for topics, as long as one connection.
//!
//! Pure. The tables begin empty with each connection.

use std::collections::HashMap;

use wiretree_model::{Property, Publish, Topic};

/// The most aliases of ours; a broker may allow 65,535, and each topic is kept on both sides.
const MOST: u16 = 1024;

/// Aliases the broker uses.
#[derive(Debug)]
pub(crate) struct ReceivedAliases {
    topics: HashMap<u16, Topic>,
    maximum: u16,
}

/// An alias that stands for nothing, or is above what was allowed: a protocol error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnknownAlias(pub(crate) u16);

impl ReceivedAliases {
    /// `maximum` is what CONNECT allowed.
    pub(crate) fn new(maximum: u16) -> Self {
        Self { topics: HashMap::new(), maximum }
    }

    /// Puts in the topic that the alias stands for, or learns it.
    pub(crate) fn resolve(&mut self, publish: &mut Publish) -> Result<(), UnknownAlias> {
        let Some(alias) = publish.properties.topic_alias() else { return Ok(()) };
        if alias == 0 || alias > self.maximum {
            return Err(UnknownAlias(alias));
        }
        if publish.topic.as_bytes().is_empty() {
            publish.topic = self.topics.get(&alias).cloned().ok_or(UnknownAlias(alias))?;
        } else {
            // A copy: else it would keep the whole chunk that it was read with.
            let topic = bytes::Bytes::copy_from_slice(publish.topic.as_bytes());
            self.topics.insert(alias, Topic::from(topic));
        }
        Ok(())
    }
}

/// Aliases we use: the first topics that are published to get one.
#[derive(Debug, Default)]
pub(crate) struct SentAliases {
    numbers: HashMap<Topic, u16>,
    maximum: u16,
}

impl SentAliases {
    /// `maximum` is what CONNACK allowed; 0 for none.
    pub(crate) fn new(maximum: u16) -> Self {
        Self { numbers: HashMap::new(), maximum: maximum.min(MOST) }
    }

    /// Replaces the topic by its alias, or gives it one.
    pub(crate) fn apply(&mut self, publish: &mut Publish) {
        if let Some(number) = self.numbers.get(&publish.topic) {
            publish.topic = Topic::default();
            publish.properties.0.push(Property::TopicAlias(*number));
        } else if self.numbers.len() < usize::from(self.maximum) {
            let number = self.numbers.len() as u16 + 1;
            self.numbers.insert(publish.topic.clone(), number);
            publish.properties.0.push(Property::TopicAlias(number));
        }
    }
}

#[cfg(test)]
mod tests {
    use wiretree_model::Properties;

    use super::*;

    fn publish(topic: &str, alias: Option<u16>) -> Publish {
        let properties = Properties(alias.map(Property::TopicAlias).into_iter().collect());
        Publish { topic: Topic::received(topic), properties, ..Publish::default() }
    }

    #[test]
    fn a_received_alias_is_learnt_resolved_and_changed() {
        let mut aliases = ReceivedAliases::new(2);
        let mut resolve = |topic, alias| {
            let mut publish = publish(topic, alias);
            aliases.resolve(&mut publish).map(|()| publish.topic.to_text().into_owned())
        };
        assert_eq!(resolve("a", None), Ok("a".to_owned()));
        assert_eq!(resolve("a", Some(1)), Ok("a".to_owned()));
        assert_eq!(resolve("", Some(1)), Ok("a".to_owned()));
        assert_eq!(resolve("b", Some(1)), Ok("b".to_owned()));
        assert_eq!(resolve("", Some(1)), Ok("b".to_owned()));
        assert_eq!(resolve("", Some(2)), Err(UnknownAlias(2)));
        assert_eq!(resolve("c", Some(3)), Err(UnknownAlias(3)), "above what was allowed");
        assert_eq!(resolve("c", Some(0)), Err(UnknownAlias(0)));
    }

    #[test]
    fn what_we_alias_the_other_side_resolves() {
        let mut sent = SentAliases::new(2);
        let mut received = ReceivedAliases::new(2);
        let topics = ["a", "b", "a", "c", "b", "c"];
        let mut saved = 0;
        for topic in topics {
            let mut publish = publish(topic, None);
            sent.apply(&mut publish);
            saved += usize::from(publish.topic.as_bytes().is_empty());
            received.resolve(&mut publish).unwrap();
            assert_eq!(publish.topic, Topic::received(topic));
        }
        assert_eq!(saved, 2, "two topics have an alias, and each came twice");
        let mut none = publish("a", None);
        SentAliases::new(0).apply(&mut none);
        assert_eq!(none, publish("a", None));
    }
}
