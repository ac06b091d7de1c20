//! Topic filters: what a subscription asks for, and which topics match it (MQTT 5 §4.7).

mod explanation;
mod overlap;

use std::fmt;

pub use explanation::{Explanation, explain};

use crate::Topic;
use crate::topic::{LONGEST, levels};

/// A valid topic filter, with its matching rules; shared subscriptions included.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicFilter {
    text: String,
    /// Where the part that is matched begins: behind `$share/<group>/`, else 0.
    start: usize,
}

/// Why a text is not a topic filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// MQTT 5 §4.7.3.
    #[error("a topic filter needs at least one character")]
    Empty,
    /// MQTT 5 §1.5.4.
    #[error("a topic filter cannot contain the character U+0000")]
    Null,
    /// MQTT 5 §4.7.3.
    #[error("a topic filter has at most 65,535 bytes, this one has {0}")]
    TooLong(usize),
    /// MQTT 5 §4.7.1.2.
    #[error("# must be the last level and stand there alone, as in a/b/#")]
    MultiLevel,
    /// MQTT 5 §4.7.1.3.
    #[error("+ must fill a whole level, as in a/+/b")]
    SingleLevel,
    /// MQTT 5 §4.8.2.
    #[error("a shared subscription is written $share/group/filter, with no wildcard in the group")]
    Shared,
}

impl TopicFilter {
    /// Checks a text against MQTT 5 §4.7 and §4.8.2.
    ///
    /// # Errors
    /// Names the rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if text.is_empty() {
            return Err(FilterError::Empty);
        }
        if text.contains('\0') {
            return Err(FilterError::Null);
        }
        if text.len() > LONGEST {
            return Err(FilterError::TooLong(text.len()));
        }
        let start = shared_prefix(text)?;
        check_wildcards(text.get(start..).unwrap_or_default())?;
        Ok(Self { text: text.to_owned(), start })
    }

    /// The filter as it was written, `$share/…` included.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What is matched: without `$share` and its group.
    pub(crate) fn matched(&self) -> &str {
        self.text.get(self.start..).unwrap_or_default()
    }

    /// Whether a message on `topic` is delivered to a subscription with this filter.
    ///
    /// `sport/#` matches `sport` too (§4.7.1.2); a filter that begins with a wildcard does not
    /// match a topic that begins with `$` (§4.7.2); matching is by bytes, never by case or by
    /// Unicode normal form (§4.7.3).
    pub fn matches(&self, topic: &Topic) -> bool {
        let filter = self.matched().as_bytes();
        if topic.is_system() && matches!(filter.first(), Some(b'+' | b'#')) {
            return false;
        }
        let mut wanted = levels(filter);
        let mut given = topic.levels();
        loop {
            match (wanted.next(), given.next()) {
                (Some(b"#"), _) | (None, None) => return true,
                (Some(b"+"), Some(_)) => {}
                (Some(want), Some(got)) if want == got => {}
                _ => return false,
            }
        }
    }
}

impl fmt::Display for TopicFilter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// The length of `$share/<group>/`, or 0 for a filter that is not shared.
fn shared_prefix(text: &str) -> Result<usize, FilterError> {
    let Some(rest) = text.strip_prefix("$share/") else { return Ok(0) };
    match rest.split_once('/') {
        Some((group, filter))
            if !group.is_empty() && !filter.is_empty() && !group.contains(['+', '#']) =>
        {
            Ok(text.len() - filter.len())
        }
        _ => Err(FilterError::Shared),
    }
}

fn check_wildcards(filter: &str) -> Result<(), FilterError> {
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        if level.contains('#') && (level != "#" || levels.peek().is_some()) {
            return Err(FilterError::MultiLevel);
        }
        if level.contains('+') && level != "+" {
            return Err(FilterError::SingleLevel);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    fn matches(filter: &str, topic: &str) -> bool {
        TopicFilter::parse(filter).expect("a valid filter").matches(&Topic::received(topic))
    }

    #[test]
    fn the_examples_of_the_specification() {
        for topic in ["sport/tennis/player1", "sport/tennis/player1/ranking"] {
            assert!(matches("sport/tennis/player1/#", topic), "§4.7.1.2: {topic}");
        }
        assert!(matches("sport/#", "sport"), "§4.7.1.2: the parent level is included");
        assert!(matches("sport/tennis/+", "sport/tennis/player2"));
        assert!(!matches("sport/tennis/+", "sport/tennis/player1/ranking"));
        assert!(!matches("sport/+", "sport"), "§4.7.1.3: + needs a level");
        assert!(matches("sport/+", "sport/"), "§4.7.1.3: an empty level is a level");
        assert!(matches("+/+", "/finance") && matches("/+", "/finance"));
        assert!(!matches("+", "/finance"));
    }

    #[test]
    fn topics_of_the_broker_are_not_matched_by_a_leading_wildcard() {
        assert!(!matches("#", "$SYS/broker/uptime"));
        assert!(!matches("+/broker/uptime", "$SYS/broker/uptime"));
        assert!(matches("$SYS/#", "$SYS/broker/uptime"));
        assert!(matches("$SYS/monitor/+", "$SYS/monitor/Clients"));
    }

    #[test]
    fn a_shared_subscription_matches_what_stands_behind_the_group() {
        assert!(matches("$share/g/sport/#", "sport/tennis"));
        assert!(!matches("$share/g/#", "$SYS/uptime"), "the leading wildcard rule still holds");
        for bad in ["$share/", "$share/g", "$share/g/", "$share/+/a", "$share//a"] {
            assert_eq!(TopicFilter::parse(bad), Err(FilterError::Shared), "{bad}");
        }
    }

    #[test]
    fn what_is_not_a_filter_is_refused_by_name() {
        let error = |text: &str| TopicFilter::parse(text).expect_err("an invalid filter");
        assert_eq!(error(""), FilterError::Empty);
        assert_eq!(error("a\0"), FilterError::Null);
        assert_eq!(error(&"a".repeat(65_536)), FilterError::TooLong(65_536));
        for text in ["a/#/b", "a#", "#/", "##"] {
            assert_eq!(error(text), FilterError::MultiLevel, "{text}");
        }
        for text in ["a+", "+a/b", "a/b++"] {
            assert_eq!(error(text), FilterError::SingleLevel, "{text}");
        }
    }

    /// The rules of §4.7 once more, by recursion over lists of levels.
    fn naive(filter: &[&str], topic: &[&str]) -> bool {
        match (filter, topic) {
            ([], []) | (["#"], _) => true,
            (["+", filter @ ..], [_, topic @ ..]) => naive(filter, topic),
            ([want, filter @ ..], [got, topic @ ..]) => want == got && naive(filter, topic),
            _ => false,
        }
    }

    fn levels_of(text: &str) -> Vec<&str> {
        text.split('/').collect()
    }

    proptest! {
        #[test]
        fn matching_agrees_with_the_naive_rules(
            filter in "([ab+]|\\$|)(/([ab+]|))*(/#)?", topic in "(\\$)?[ab]?(/[ab]?)*",
        ) {
            if let Ok(parsed) = TopicFilter::parse(&filter) {
                let system = topic.starts_with('$') && filter.starts_with(['+', '#']);
                let expected = !system && naive(&levels_of(&filter), &levels_of(&topic));
                prop_assert_eq!(parsed.matches(&Topic::received(topic.as_str())), expected);
            }
        }

        #[test]
        fn no_text_and_no_bytes_panic(filter in any::<String>(), topic in any::<Vec<u8>>()) {
            if let Ok(filter) = TopicFilter::parse(&filter) {
                filter.matches(&Topic::received(Bytes::from(topic)));
            }
        }

        #[test]
        fn a_topic_is_a_filter_that_matches_itself(topic in "[^+#\\x00]{1,40}") {
            prop_assume!(!topic.starts_with("$share/"));
            prop_assert!(matches(&topic, &topic));
        }
    }
}
