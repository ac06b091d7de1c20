//! Whether two filters have a topic in common, so that a message would be sent for both.

use super::TopicFilter;
use crate::topic::levels;

impl TopicFilter {
    /// Whether there is a topic that both filters match. Of a shared subscription counts what
    /// stands behind the group.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (one, two) = (self.matched().as_bytes(), other.matched().as_bytes());
        // MQTT 5 §4.7.2: a leading wildcard never meets a topic that begins with `$`.
        let wild = |filter: &[u8]| matches!(filter.first(), Some(b'+' | b'#'));
        let system = |filter: &[u8]| filter.first() == Some(&b'$');
        if (wild(one) && system(two)) || (system(one) && wild(two)) {
            return false;
        }
        let (mut one, mut two) = (levels(one), levels(two));
        loop {
            match (one.next(), two.next()) {
                (Some(b"#"), _) | (_, Some(b"#")) | (None, None) => return true,
                (Some(first), Some(second))
                    if first == b"+" || second == b"+" || first == second => {}
                _ => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{Topic, TopicFilter};

    fn overlap(one: &str, two: &str) -> bool {
        let parse = |text| TopicFilter::parse(text).unwrap();
        let answers = (parse(one).overlaps(&parse(two)), parse(two).overlaps(&parse(one)));
        assert_eq!(answers.0, answers.1, "{one} and {two}: the order does not matter");
        answers.0
    }

    #[test]
    fn filters_that_overlap_and_filters_that_do_not() {
        for (one, two, expected) in [
            ("a/b", "a/b", true),
            ("a/b", "a/c", false),
            ("a/+", "+/b", true),
            ("a/+", "a/+/c", false),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true),
            ("a/#", "b/#", false),
            ("#", "/", true),
            ("#", "$SYS/#", false),
            ("+/x", "$SYS/x", false),
            ("$SYS/#", "$SYS/+/x", true),
            ("$share/g/a/#", "a/+", true),
            ("$share/g/#", "$share/h/a", true),
            ("$share/g/a", "b", false),
        ] {
            assert_eq!(overlap(one, two), expected, "{one} and {two}");
        }
    }

    /// Every topic of up to three levels out of a few. The empty one is among them: `+` and `/#` meet
    /// in it, although nobody can publish to it.
    fn topics() -> Vec<Topic> {
        let levels = ["", "a", "b", "$s"];
        let mut names: Vec<String> = Vec::new();
        for one in levels {
            names.push(one.to_owned());
            for two in levels {
                names.push(format!("{one}/{two}"));
                names.extend(levels.map(|three| format!("{one}/{two}/{three}")));
            }
        }
        names.iter().map(|name| Topic::received(name.as_str())).collect()
    }

    proptest! {
        #[test]
        fn it_means_a_topic_in_common(
            one in "([ab+]|\\$s|)(/([ab+]|\\$s|)){0,2}(/#)?",
            two in "(#|([ab+]|\\$s|)(/([ab+]|\\$s|)){0,2}(/#)?)",
        ) {
            let (Ok(one), Ok(two)) = (TopicFilter::parse(&one), TopicFilter::parse(&two)) else {
                return Ok(());
            };
            let common = topics().iter().any(|topic| one.matches(topic) && two.matches(topic));
            prop_assert_eq!(one.overlaps(&two), common);
        }
    }
}
