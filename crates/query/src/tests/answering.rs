//! What matches and what does not.

use bytes::Bytes;
use proptest::prelude::*;
use wiretree_model::{Direction, Properties, Property, QoS, Timestamp, Topic};

use super::making::{CLOCK, any_message, expression, message, query};
use super::naive;
use crate::Candidate;

fn finds(text: &str, payload: &str) -> bool {
    query(text).matches(&Candidate::from(&message(payload.to_owned())))
}

#[test]
fn text_in_the_payload() {
    let payload = "Die Größe ist \"12\" mm; state: RUNNING";
    for text in [
        "Größe",
        "12 mm",
        "\"ist \\\"12\\\"\"",
        "i\"GRÖSSE\" or i\"GRÖßE\"",
        "/[0-9]{2}/",
        "/running/i",
    ] {
        assert!(finds(text, payload), "{text}");
    }
    for text in ["größe", "\"12 mm\"", "/running/", "-12", "Größe -RUNNING"] {
        assert!(!finds(text, payload), "{text}");
    }
    let bytes = message(Bytes::from_static(b"\xff\xfeab\x00"));
    assert!(query("ab").matches(&Candidate::from(&bytes)), "bytes that are no text");
    assert!(query(r"/(?-u)\xff.ab\x00/").matches(&Candidate::from(&bytes)));
}

#[test]
fn joined_by_and_or_not() {
    for (text, expected) in [
        ("a b", true),
        ("a and x", false),
        ("a or x", true),
        ("x or a b", true),
        ("x or a x", false),
        ("(x or a) b", true),
        ("not x", true),
        ("not a or b", true),
        ("not (a or b)", false),
        ("a -x", true),
        ("-(a b)", false),
        ("a AND NOT x", true),
        ("not not a", true),
        ("\"and\" or b", true),
    ] {
        assert_eq!(finds(text, "a b c"), expected, "{text}");
    }
}

#[test]
fn json_fields() {
    let payload = r#"{"ts":1795170923144,"values":{"rpm":11840,"load":0.62,"tool":"T-14 / 6 mm",
        "alarm":null,"coolant":true},"axes":[{"x":1},{"x":-2.5}],"a b":"\u00e4\n","big":9007199254740993}"#;
    for text in [
        "$.values.rpm > 11000",
        "$.values.rpm>11000 $.values.load<=0.620",
        "$.values.rpm = 1.184e4",
        "$.values.tool = \"T-14 / 6 mm\"",
        "$.values.tool ~ /^T-\\d+/",
        "$.values.tool < \"U\"",
        "$.values.alarm = null",
        "$.values.coolant == true",
        "$.values.coolant != false",
        "exists($.values.alarm)",
        "$.axes[1].x = -2.5",
        "$.axes[*].x = 1",
        "$.axes[*].x < 0",
        "$[\"a b\"] = \"ä\\n\"",
        "$.values[*] = 0.62",
        "$.big > 9007199254740992",
        "$",
    ] {
        assert!(finds(text, payload), "{text}");
    }
    for text in [
        "$.values.rpm > 11840",
        "$.values.rpm = \"11840\"",
        "$.values.tool > 5",
        "$.missing",
        "$.missing != 5",
        "$.axes[2]",
        "$.axes.x",
        "$.big = 9007199254740992",
        "$.values[0]",
        "$ > 5",
    ] {
        assert!(!finds(text, payload), "{text}");
    }
    assert!(finds("not $.missing = 5", payload), "what is not there is not 5");
}

#[test]
fn payloads_that_are_a_value_and_payloads_that_are_none() {
    assert!(finds("$ > 20", "21.5") && finds("$ = \"on\"", " \"on\" ") && finds("$ = 5", "5\0"));
    assert!(finds("$.a = 1", "\u{feff}{\"a\":1}"));
    assert!(!finds("$ > 20", "21.5 °C") && !finds("$", "plain text") && !finds("$", ""));
    assert!(finds("$.a = 1", r#"{"b":NaN,"a":1,"#), "what stands beside and before is read");
    assert!(finds("$.a = 2", r#"{"a":1,"a":2}"#), "of several with the name, any");
}

#[test]
fn a_deep_document_needs_no_stack() {
    let deep = "[".repeat(1_000_000);
    assert!(!finds("$[0][0] = 5", &deep) && !finds("$[1]", &deep) && finds("$[0][0][0]", &deep));
}

#[test]
fn flags_and_sizes() {
    let mut it = message("12345");
    it.publish.qos = QoS::AtLeastOnce;
    it.publish.retain = true;
    it.direction = Direction::Sent;
    it.publish.topic = Topic::received("plant/line 1/status");
    let finds = |text: &str| query(text).matches(&Candidate::from(&it));
    for text in [
        "qos:1",
        "qos:>=1",
        "qos:1..2",
        "qos:<2",
        "retain:yes",
        "dup:no",
        "dir:out",
        "size:5",
        "size:>4",
        "size:1..1KiB",
        "size:<=5B",
        "topic:plant/#",
        "topic:\"plant/line 1/+\"",
        "from:now",
        "to:2027-01-01",
        "from:-15m",
        "-to:now",
    ] {
        assert!(finds(text), "{text}");
    }
    for text in ["qos:0", "retain:no", "dup:yes", "dir:in", "size:>5", "topic:plant/+", "to:now"] {
        assert!(!finds(text), "{text}");
    }
}

#[test]
fn moments_in_any_form() {
    let mut it = message("");
    it.received_at = Timestamp(CLOCK.now.0 - 1);
    let finds = |text: &str| query(text).matches(&Candidate::from(&it));
    // The clock says noon in UTC, which is two in the afternoon there.
    for moment in [
        "2026-01-01T12:00:00Z",
        "2026-01-01T14:00",
        "2026-01-01T14:00:00.000000",
        "\"2026-01-01 14:00\"",
        "2026-01-01T13:00:00+01:00",
        "now",
        "-0s",
    ] {
        assert!(finds(&format!("to:{moment}")) && !finds(&format!("from:{moment}")), "{moment}");
    }
    for moment in ["-1m", "-1h", "-2d", "-1w", "2026-01-01", "2025-12-31T23:59:59.999Z"] {
        assert!(finds(&format!("from:{moment}")), "{moment}");
    }
}

#[test]
fn properties_of_mqtt_5() {
    let mut it = message("");
    let user = |key: &str, value: &str| Property::UserProperty(key.into(), value.into());
    it.publish.properties = Properties(vec![
        user("site", "berlin"),
        user("site", "munich"),
        user("a b", ""),
        Property::ContentType("application/json".into()),
        Property::CorrelationData(Bytes::from_static(b"\x2a\x00")),
        Property::MessageExpiryInterval(60),
        Property::PayloadFormatIndicator(1),
        Property::SubscriptionIdentifier(7),
    ]);
    let finds = |text: &str| query(text).matches(&Candidate::from(&it));
    for text in [
        "user.site:berlin",
        "user.site:munich",
        "user.site:/^mun/",
        "user.\"a b\":\"\"",
        "content-type:application/json",
        "content-type:/JSON/i",
        "correlation:0x2a00",
        "correlation:\"*\\u0000\"",
        "expiry:60",
        "expiry:<=3600",
        "format:utf8",
        "subscription-id:1..9",
        "has:user",
        "has:user.site",
        "has:user.\"a b\"",
        "has:correlation",
        "-has:response-topic",
    ] {
        assert!(finds(text), "{text}");
    }
    for text in [
        "user.site:Berlin",
        "user.none:x",
        "content-type:json",
        "correlation:0x2a",
        "expiry:>60",
        "format:bytes",
        "subscription-id:8",
        "has:user.none",
        "has:response-topic",
        "response-topic:/./",
    ] {
        assert!(!finds(text), "{text}");
    }
}

#[test]
fn the_payload_is_asked_for_only_where_it_can_change_the_answer() {
    let it = message("a");
    let candidate = Candidate::from(&it);
    for (text, expected) in [
        ("a", None),
        ("qos:0", Some(true)),
        ("qos:1 a", Some(false)),
        ("qos:0 a", None),
        ("qos:0 or a", Some(true)),
        ("not (qos:0 or a)", Some(false)),
        ("", Some(true)),
    ] {
        assert_eq!(query(text).decide_without_payload(&candidate.head), expected, "{text}");
    }
    let mut unseen = candidate.head;
    unseen.properties = None;
    assert_eq!(query("has:user").decide_without_payload(&unseen), None);
    assert_eq!(query("has:user qos:1").decide_without_payload(&unseen), Some(false));
    unseen.topic = None;
    let nameless = Candidate { head: unseen, payload: b"a" };
    assert_eq!(query("topic:x b").decide(&nameless), Some(false), "the payload rules it out");
    assert_eq!(query("topic:x a").decide(&nameless), None);
    assert!(!query("topic:a/b a").matches(&nameless), "what is not known is not taken");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_answers_are_those_of_the_naive_evaluator(
        expression in expression(), message in any_message(),
    ) {
        let expected = naive::matches(&expression.root, &message);
        let candidate = Candidate::from(&message);
        prop_assert_eq!(expression.matches(&candidate), expected, "{}", expression);
        let decided = expression.decide_without_payload(&candidate.head);
        prop_assert!(decided.is_none_or(|decided| decided == expected));
    }

    #[test]
    fn no_payload_upsets_a_query(
        expression in expression(), payload in "[\\[\\]{}:,\"\\\\u0-9a-e+. -]{0,40}",
    ) {
        let _ = expression.matches(&Candidate::from(&message(payload.clone())));
        prop_assert!(crate::paths(payload.as_bytes(), 10).len() <= 10);
    }
}
