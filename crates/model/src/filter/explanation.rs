//! Why a filter matches a topic, or why not, for somebody who tries filters out.

use super::TopicFilter;
use crate::Topic;
use crate::topic::levels;

/// Whether a filter matches a topic, and what decided it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// As [`TopicFilter::matches`] says.
    pub matches: bool,
    /// Why, in a sentence.
    pub why: String,
    /// The level of the filter that decided it, counted from 0 over the text as it was written,
    /// `$share` and its group included; none when all levels did.
    pub filter_level: Option<usize>,
    /// The level of the topic that decided it, counted from 0.
    pub topic_level: Option<usize>,
}

/// Says why `filter` matches `topic`, or why not (MQTT 5 §4.7).
#[must_use]
pub fn explain(filter: &TopicFilter, topic: &Topic) -> Explanation {
    let offset = if filter.start == 0 { 0 } else { 2 };
    let wanted: Vec<&[u8]> = levels(filter.matched().as_bytes()).collect();
    let given: Vec<&[u8]> = topic.levels().collect();
    let decided = decide(&wanted, &given, topic.is_system());
    Explanation { filter_level: decided.filter_level.map(|level| level + offset), ..decided }
}

fn decide(wanted: &[&[u8]], given: &[&[u8]], system: bool) -> Explanation {
    if system && matches!(wanted.first(), Some(&(b"+" | b"#"))) {
        let why = "The filter begins with a wildcard, and the topic with $: those are the \
                   broker's own topics, and have to be asked for by name, as in $SYS/#.";
        return no(why.to_owned(), Some(0), Some(0));
    }
    for at in 0.. {
        match (wanted.get(at).copied(), given.get(at).copied()) {
            (Some(b"#"), rest) => return by_the_rest(at, rest.map(|_| given)),
            (None, None) => break,
            (Some(b"+"), Some(_)) => {}
            (Some(want), Some(got)) if want == got => {}
            (Some(want), Some(got)) => return different(at, want, got),
            (Some(want), None) => {
                let why = format!(
                    "The topic ends before level {} of the filter, {}.",
                    at + 1,
                    quoted(want)
                );
                return no(why, Some(at), None);
            }
            (None, Some(got)) => {
                let why = format!(
                    "The filter ends before level {} of the topic, {}. With /# at its end it \
                     would take that in.",
                    at + 1,
                    quoted(got)
                );
                return no(why, None, Some(at));
            }
        }
    }
    let plus = wanted.iter().position(|level| *level == b"+");
    let why = match plus.and_then(|at| given.get(at)) {
        Some(level) => format!("Each + stands for one level, the first for {}.", quoted(level)),
        None => "All levels are the same.".to_owned(),
    };
    Explanation { matches: true, why, filter_level: plus, topic_level: plus }
}

/// The `#` at `at` decides; `given` is the topic where it has levels left.
fn by_the_rest(at: usize, given: Option<&[&[u8]]>) -> Explanation {
    let rest = given.and_then(|given| given.get(at..));
    let why = match rest {
        Some(rest) => format!("The # stands for all the rest, {}.", quoted(&rest.join(&b'/'))),
        None => "The # stands for any number of levels, and here for none.".to_owned(),
    };
    let topic_level = rest.map(|_| at);
    Explanation { matches: true, why, filter_level: Some(at), topic_level }
}

fn different(at: usize, want: &[u8], got: &[u8]) -> Explanation {
    let (wanted, given) = (String::from_utf8_lossy(want), String::from_utf8_lossy(got));
    let hint = if wanted.to_lowercase() == given.to_lowercase() {
        " Upper and lower case are different."
    } else {
        ""
    };
    let why = format!(
        "Level {} is {} in the filter and {} in the topic.{hint}",
        at + 1,
        quoted(want),
        quoted(got)
    );
    no(why, Some(at), Some(at))
}

fn no(why: String, filter_level: Option<usize>, topic_level: Option<usize>) -> Explanation {
    Explanation { matches: false, why, filter_level, topic_level }
}

fn quoted(level: &[u8]) -> String {
    if level.is_empty() {
        return "an empty level".to_owned();
    }
    format!("{:?}", String::from_utf8_lossy(level))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_decides_is_named() {
        for (filter, topic, matches, levels, words) in [
            ("a/b", "a/b", true, (None, None), "All levels are the same"),
            ("a/+/c", "a/b/c", true, (Some(1), Some(1)), "the first for \"b\""),
            ("a/#", "a/b/c", true, (Some(1), Some(1)), "all the rest, \"b/c\""),
            ("a/#", "a", true, (Some(1), None), "here for none"),
            ("#", "", true, (Some(0), Some(0)), "all the rest, an empty level"),
            ("a/b", "a/c", false, (Some(1), Some(1)), "Level 2 is \"b\" in the filter and \"c\""),
            ("a/B", "a/b", false, (Some(1), Some(1)), "Upper and lower case are different"),
            ("a/+", "a", false, (Some(1), None), "The topic ends before level 2"),
            ("a/+", "a/b/c", false, (None, Some(2)), "With /# at its end"),
            ("a//c", "a/b/c", false, (Some(1), Some(1)), "an empty level in the filter"),
            ("#", "$SYS/uptime", false, (Some(0), Some(0)), "by name, as in $SYS/#"),
            ("$share/g/a/+", "a/b", true, (Some(3), Some(1)), "the first for \"b\""),
            ("$share/g/x", "a", false, (Some(2), Some(0)), "Level 1 is \"x\""),
        ] {
            let parsed = TopicFilter::parse(filter).unwrap();
            let said = explain(&parsed, &Topic::received(topic));
            assert_eq!(said.matches, matches, "{filter} and {topic}: {said:?}");
            assert_eq!((said.filter_level, said.topic_level), levels, "{filter} and {topic}");
            assert!(said.why.contains(words), "{filter} and {topic}: {}", said.why);
        }
    }

    /// C4-03, C3-05: what an introduction to MQTT shows of `+` and `#`, and what they are mistaken for.
    #[test]
    fn the_examples_of_a_building_are_told_right() {
        let (one, all) = ("building/floor1/+/temperature", "building/floor1/#");
        for (filter, topic, matches) in [
            (one, "building/floor1/room101/temperature", true),
            (one, "building/floor1/room102/temperature", true),
            (one, "building/floor1/lobby/temperature", true),
            (one, "building/floor2/room201/temperature", false),
            (one, "building/floor1/room101/humidity", false),
            (one, "building/floor1/west/room101/temperature", false),
            (all, "building/floor1/room101/temperature", true),
            (all, "building/floor1/room101/humidity", true),
            (all, "building/floor1/room102/status", true),
            (all, "building/floor1/lobby/motion/detected", true),
            (all, "building/floor2/room201/temperature", false),
            (all, "building/basement/storage/humidity", false),
            ("sport/#", "sport", true),
            ("+/floor1/+", "building/floor1/lobby", true),
            ("Building/#", "building/floor1", false),
            ("+/uptime", "$SYS/uptime", false),
        ] {
            let said = explain(&TopicFilter::parse(filter).unwrap(), &Topic::received(topic));
            assert_eq!(said.matches, matches, "{filter} and {topic}: {}", said.why);
            assert!(!said.why.is_empty());
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_matching(
            filter in "(\\$share/g/)?([ab+]|\\$|)(/([ab+]|)){0,3}(/#)?", topic in "(\\$)?[ab]?(/[ab]?){0,3}",
        ) {
            if let Ok(filter) = TopicFilter::parse(&filter) {
                let topic = Topic::received(topic.as_str());
                let said = explain(&filter, &topic);
                prop_assert_eq!(said.matches, filter.matches(&topic));
                let levels = filter.as_str().split('/').count();
                prop_assert!(said.filter_level.is_none_or(|level| level < levels));
                prop_assert!(said.topic_level.is_none_or(|level| level < topic.levels().count()));
            }
        }

        #[test]
        fn no_bytes_panic(filter in any::<String>(), topic in any::<Vec<u8>>()) {
            if let Ok(filter) = TopicFilter::parse(&filter) {
                let said = explain(&filter, &Topic::received(Bytes::from(topic)));
                prop_assert!(!said.why.is_empty());
            }
        }
    }
}
