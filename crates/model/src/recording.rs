//! What is to be recorded: whether at all, and which topics. Pure.
//!
//! Rules stand in an order, and the first one whose filter matches decides; where none matches, a
//! message is recorded. Absent: when what is kept for a while is removed again.

use std::time::Duration;

use crate::{Topic, TopicFilter};

/// Whether anything is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Recording {
    /// What the rules say.
    #[default]
    On,
    /// Nothing, until it is on again.
    Paused,
}

/// What happens with the messages of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keep {
    /// They are recorded.
    Record,
    /// They are not.
    DontRecord,
    /// They are recorded, and may be removed when they are older than this.
    KeepFor(Duration),
}

/// What happens with the topics that a filter matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingRule {
    /// Which topics.
    pub filter: TopicFilter,
    /// What happens with their messages.
    pub keep: Keep,
}

/// Rules in their order. Without any, everything is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingRules(pub Vec<RecordingRule>);

impl RecordingRules {
    /// What happens with the messages of a topic: what the first rule says that matches.
    pub fn keep(&self, topic: &Topic) -> Keep {
        let rule = self.0.iter().find(|rule| rule.filter.matches(topic));
        rule.map_or(Keep::Record, |rule| rule.keep)
    }

    /// Whether messages of a topic are recorded.
    pub fn records(&self, topic: &Topic) -> bool {
        self.keep(topic) != Keep::DontRecord
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(filter: &str, keep: Keep) -> RecordingRule {
        RecordingRule { filter: TopicFilter::parse(filter).unwrap(), keep }
    }

    #[test]
    fn the_first_rule_that_matches_decides_and_without_one_all_is_recorded() {
        let day = Keep::KeepFor(Duration::from_secs(86_400));
        let rules = RecordingRules(vec![
            rule("plant/+/status", Keep::Record),
            rule("plant/#", Keep::DontRecord),
            rule("#", day),
        ]);
        let keep = |topic: &str| rules.keep(&Topic::received(topic));
        assert_eq!(keep("plant/1/status"), Keep::Record);
        assert_eq!(keep("plant/1/noise"), Keep::DontRecord);
        assert_eq!(keep("other"), day);
        assert_eq!(keep("$SYS/x"), Keep::Record, "a wildcard does not reach into $SYS");
        let records = |topic: &str| rules.records(&Topic::received(topic));
        assert!(records("other") && !records("plant"));
        assert!(RecordingRules::default().records(&Topic::received("any")));
    }
}
