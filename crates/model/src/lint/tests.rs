//! The table of advice, row by row, and that it says nothing where there is nothing to say.

use proptest::prelude::*;

use super::{Level, lint_filter, lint_publish};
use crate::{QoS, Topic, TopicFilter};

/// The rules that have something to say about publishing to a topic, plainly, at QoS 0.
fn of_topic(topic: &str) -> Vec<&'static str> {
    lint_publish(topic, QoS::AtMostOnce, false, false).iter().map(|found| found.rule).collect()
}

fn of_filter(filter: &str, others: &[&str]) -> Vec<&'static str> {
    lint_filter(filter, others).iter().map(|found| found.rule).collect()
}

#[test]
fn each_rule_on_topics_has_its_case() {
    let long = format!("a/{}", "x".repeat(199));
    for (topic, rules) in [
        ("site/line-1/temperature", &[][..]),
        ("", &["empty"]),
        ("a\0b", &["null-character"]),
        ("a/+/b", &["wildcard-in-topic"]),
        ("a/#", &["wildcard-in-topic"]),
        ("a\u{1}b", &["control-character"]),
        ("a\u{7f}b", &["control-character"]),
        ("a\u{85}b", &["control-character"]),
        ("a\u{fffe}b", &["noncharacter", "not-ascii"]),
        ("a\u{1ffff}b", &["noncharacter", "not-ascii"]),
        ("/home/kitchen", &["leading-slash"]),
        ("$foo/x", &["leading-dollar"]),
        ("$share/g/x", &["leading-dollar"]),
        ("space in/topic", &["space"]),
        ("a//b", &["empty-level"]),
        ("a/b/", &["empty-level"]),
        ("/", &["leading-slash", "empty-level"]),
        ("UPPER/x", &["upper-case"]),
        ("größe", &["not-ascii"]),
        ("1/2/3/4/5/6/7/8/9/10", &[]),
        ("1/2/3/4/5/6/7/8/9/10/11", &["many-levels"]),
        (&long, &["long"]),
        ("value/21.5/x", &["value-in-topic"]),
        ("value/-0.5", &["value-in-topic"]),
        ("firmware/1.2.3/10.0.0.1", &[]),
        ("log/1700000000123", &["time-in-topic"]),
        ("log/2026-01-31T12:00:00Z", &["time-in-topic", "upper-case"]),
    ] {
        let mut found = of_topic(topic);
        found.sort_unstable();
        let mut expected = rules.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected, "{topic:?}");
    }
    assert_eq!(of_topic(&"a".repeat(65_536)), ["too-long", "long"]);
}

#[test]
fn style_is_no_matter_where_a_dialect_decides() {
    for topic in [
        "spBv1.0/Plant 1/DDATA/Edge Node/Device",
        "STATE/Primary Host",
        "v1/devices/me/telemetry",
        "v2/fw/request/1700000000/chunk/0",
        "/provision/request",
        "cmnd/Living Room/POWER",
        "tele/Küche/LWT",
        "homie/super-car/Engine/Temperature",
        "homeassistant/sensor/Hall/config",
        "zigbee2mqtt/Living Room/set",
        "$aws/things/Thing/shadow/update",
        "$iothub/twin/GET/?$rid=1",
        "devices/Device A/messages/events/",
    ] {
        assert_eq!(of_topic(topic), [""; 0], "{topic}");
    }
    for filter in ["$SYS/broker/retained messages/count", "/provision/response", "spBv1.0/#"] {
        assert_eq!(of_filter(filter, &[]), [""; 0], "{filter}");
    }
    assert_eq!(of_topic("spBv1.0x/UPPER"), ["upper-case"], "levels are compared whole");
    assert_eq!(of_topic("$SYS/broker/own"), ["leading-dollar"], "not for clients");
    assert_eq!(of_topic("cmnd/a\u{2}/POWER"), ["control-character"], "this is no style");
}

#[test]
fn what_retaining_does_is_said() {
    let retained = |topic: &str, qos: QoS, empty: bool| -> Vec<(&str, Level)> {
        let found = lint_publish(topic, qos, true, empty);
        found.iter().map(|finding| (finding.rule, finding.level)).collect()
    };
    let (zero, one) = (QoS::AtMostOnce, QoS::AtLeastOnce);
    for (topic, qos, empty, expected) in [
        ("a/b", one, true, Some(("retained-deletes", Level::Confirm))),
        ("a/set", one, true, Some(("retained-deletes", Level::Confirm))),
        ("cmnd/lamp/POWER", one, false, Some(("retained-command", Level::Warning))),
        ("lamp/set", one, false, Some(("retained-command", Level::Warning))),
        ("lamp/cmd", one, false, Some(("retained-command", Level::Warning))),
        ("v1/devices/me/rpc/request/1", one, false, Some(("retained-command", Level::Warning))),
        ("set/lamp", one, false, None),
        ("plc/status", zero, false, Some(("status-at-qos-0", Level::Hint))),
        ("plc/status", one, false, None),
        ("plc/value", zero, false, None),
    ] {
        let expected: Vec<_> = expected.into_iter().collect();
        assert_eq!(retained(topic, qos, empty), expected, "{topic}");
    }
    assert_eq!(lint_publish("lamp/set", zero, false, true), [], "nothing is retained");
}

#[test]
fn each_rule_on_filters_has_its_case() {
    for (filter, rules) in [
        ("", &["empty"][..]),
        ("a\0", &["null-character"]),
        ("a#", &["multi-level-wildcard"]),
        ("a/#/b", &["multi-level-wildcard"]),
        ("a+/b", &["single-level-wildcard"]),
        ("$share//x", &["shared-subscription"]),
        ("$share/g", &["shared-subscription"]),
        ("$share/+/x", &["shared-subscription"]),
        ("#", &["everything"]),
        ("+/#", &["everything"]),
        ("$share/g/#", &["everything"]),
        ("$share/Group 1/a", &[]),
        ("site/+/temperature", &[]),
        ("Site/#", &["upper-case"]),
        ("a//#", &["empty-level"]),
    ] {
        assert_eq!(of_filter(filter, &[]), rules, "{filter:?}");
    }
}

#[test]
fn filters_that_overlap_name_each_other() {
    let found = lint_filter("a/#", &["b/#", "a/+/c", "a/#", "no#filter", "$share/g/a/x"]);
    let messages: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].contains("a/+/c") && messages[1].contains("$share/g/a/x"), "{messages:?}");
}

proptest! {
    #[test]
    fn an_error_means_that_it_would_be_refused(text in "[a+#/\\$\\x00 ]{0,12}") {
        let refused = |found: Vec<super::Finding>| found.iter().any(|f| f.level == Level::Error);
        let publish = refused(lint_publish(&text, QoS::AtMostOnce, true, false));
        prop_assert_eq!(publish, Topic::to_publish(&text).is_err());
        prop_assert_eq!(refused(lint_filter(&text, &[])), TopicFilter::parse(&text).is_err());
    }

    #[test]
    fn no_text_panics_and_the_gravest_stands_first(text in any::<String>(), other in any::<String>()) {
        for found in [
            lint_publish(&text, QoS::AtMostOnce, true, false),
            lint_filter(&text, &[&other, "#"]),
        ] {
            prop_assert!(found.is_sorted_by_key(|finding| finding.level));
        }
    }
}
