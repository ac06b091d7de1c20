//! What is known beforehand is never wrong.

use proptest::prelude::*;
use wiretree_model::Timestamp;

use super::making::{CLOCK, any_message, expression, query};
use crate::{Candidate, Times};

#[test]
fn what_every_match_has() {
    let text =
        |it: &str| query(it).required_text().map(|it| String::from_utf8_lossy(it).into_owned());
    assert_eq!(text("qos:1 short longer").as_deref(), Some("longer"));
    assert_eq!(text("a or b"), None);
    assert_eq!(text("not a"), None);
    assert_eq!(text("i\"a\""), None, "it may stand there in another case");
    let filters =
        |it: &str| query(it).topic_filters().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(filters("topic:a/# (x topic:+/b)"), ["a/#", "+/b"]);
    assert!(filters("topic:a or x").is_empty());
}

#[test]
fn the_time_of_every_match() {
    let now = CLOCK.now.0;
    let times = |it: &str| {
        let Times { from, to } = query(it).times();
        (from.map(|at| at.0 - now), to.map(|at| at.0 - now))
    };
    let minute = 60_000_000;
    assert_eq!(times("x from:-5m to:-1m from:-9m"), (Some(-5 * minute), Some(-minute)));
    assert_eq!(times("(from:-5m to:-3m) or (from:-2m to:now)"), (Some(-5 * minute), Some(0)));
    assert_eq!(times("from:-5m or x"), (None, None));
    assert_eq!(times("-to:-1m"), (Some(-minute), None));
}

#[test]
fn what_has_to_be_read() {
    for (text, payload, properties) in [
        ("a", true, false),
        ("not $.a", true, false),
        ("has:user qos:1", false, true),
        ("", false, false),
    ] {
        let query = query(text);
        assert_eq!(
            (query.needs_payload(), query.needs_properties()),
            (payload, properties),
            "{text}"
        );
    }
    assert!(query(" ").is_everything() && !query("a").is_everything());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn nothing_that_matches_is_passed_over(expression in expression(), message in any_message()) {
        let candidate = Candidate::from(&message);
        if expression.matches(&candidate) {
            let Times { from, to } = expression.times();
            let at: Timestamp = message.received_at;
            prop_assert!(from.is_none_or(|from| from <= at) && to.is_none_or(|to| at < to));
            let topic = &message.publish.topic;
            prop_assert!(expression.topic_filters().iter().all(|filter| filter.matches(topic)));
            let text = expression.required_text();
            let payload = &message.publish.payload;
            prop_assert!(text.is_none_or(|text| payload.windows(text.len()).any(|it| it == text)));
        }
        if !expression.needs_payload() {
            prop_assert!(expression.decide_without_payload(&candidate.head).is_some());
        }
    }
}
