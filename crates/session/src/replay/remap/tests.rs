//! Rules against examples, and against what must hold for any.

use bytes::Bytes;
use proptest::prelude::*;
use wiretree_model::TopicFilter;

use super::*;

fn sent_to(rules: &[&str], topic: &str) -> String {
    let remap = Remap::parse(rules.iter().copied()).expect("valid rules");
    match remap.apply(&Topic::received(topic)) {
        Ok(topic) => topic.to_text().into_owned(),
        Err(refusal) => format!("! {refusal}"),
    }
}

#[test]
fn a_prefix_is_replaced_where_a_level_ends() {
    for (rule, topic, expected) in [
        (" -> test/", "plant/a", "test/plant/a"),
        ("-> test/", "/a", "test//a"),
        ("plant/ -> test/plant/", "plant/a/b", "test/plant/a/b"),
        ("plant/ -> test/plant/", "plant", "plant"),
        ("plant -> test", "plant", "test"),
        ("plant -> test", "plant/a", "test/a"),
        ("plant -> test", "plants/a", "plants/a"),
        ("plant/ ->", "plant/a", "a"),
        ("a -> b -> c", "a/x", "b -> c/x"),
        ("plant/ -> {{x}}/", "plant/a", "{x}/a"),
    ] {
        assert_eq!(sent_to(&[rule], topic), expected, "{rule} {topic}");
    }
}

#[test]
fn a_filter_gives_what_its_wildcards_matched() {
    for (rule, topic, expected) in [
        ("plant/+/status -> replay/{1}/status", "plant/x/status", "replay/x/status"),
        ("plant/+/status -> replay/{1}/status", "plant/x/other", "plant/x/other"),
        ("+/+/# -> {2}/{1}/{rest}", "a/b/c/d", "b/a/c/d"),
        ("+/# -> {1}/new/{rest}", "a/", "a/new/"),
        ("plant/# -> replay/{rest}", "plant", "replay"),
        ("plant/# -> replay/{rest}", "plant/", "replay/"),
        ("# -> replay/{topic}", "a/b", "replay/a/b"),
        ("# -> replay/{topic}", "$aws/things", "$aws/things"),
        ("+ -> {1}", "", "! a topic needs at least one character"),
    ] {
        assert_eq!(sent_to(&[rule], topic), expected, "{rule} {topic}");
    }
}

#[test]
fn the_first_rule_that_fits_decides() {
    let rules = ["a/b -> first", "a/ -> second/", "# -> third/{topic}"];
    assert_eq!(sent_to(&rules, "a/b"), "first");
    assert_eq!(sent_to(&rules, "a/c"), "second/c");
    assert_eq!(sent_to(&rules, "b"), "third/b");
}

#[test]
fn what_nobody_may_publish_to_is_refused() {
    for (rules, topic, expected) in [
        (
            &[][..],
            "a/+",
            "! a topic to publish to cannot contain the wildcard '+'; wildcards belong to filters",
        ),
        (&["plant ->"], "plant", "! a topic needs at least one character"),
        (&[], "$SYS/broker/uptime", "! $SYS belongs to the broker, which publishes there itself"),
        (
            &["plant -> $SYS"],
            "plant/a",
            "! $SYS belongs to the broker, which publishes there itself",
        ),
        (&["$SYS/ -> copy/"], "$SYS/broker", "copy/broker"),
        (&[], "$SYSTEM", "$SYSTEM"),
    ] {
        assert_eq!(sent_to(rules, topic), expected, "{rules:?} {topic}");
    }
    let not_text = Topic::from(Bytes::from_static(b"a/\xff"));
    assert_eq!(Remap::default().apply(&not_text), Err(Refusal::Topic(TopicError::Utf8)));
    let doubled = Remap::parse(["# -> {topic}/{topic}"]).unwrap();
    let long = doubled.apply(&Topic::received("a".repeat(40_000).as_str()));
    assert!(matches!(long, Err(Refusal::Topic(TopicError::TooLong(_)))), "{long:?}");
}

#[test]
fn what_is_no_rule_is_refused_with_a_reason() {
    for (text, reason) in [
        ("plant/", "no arrow"),
        ("a+ -> b", "no topic filter"),
        ("a/#/b -> c", "no topic filter"),
        ("$share/g/+ -> a", "$share"),
        ("a/+ -> b/+", "wildcard +"),
        ("a/# -> b/#", "wildcard #"),
        ("a/+ -> b/{2}", "{2}"),
        ("a/+ -> b/{0}", "{0}"),
        ("a/+ -> b/{rest}", "{rest}"),
        ("a/ -> b/{1}", "{1}"),
        ("a/+ -> b/{1", "{1"),
        ("a/+ -> b}", "}"),
    ] {
        let error = RemapRule::parse(text).expect_err(text).to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
    assert_eq!(Remap::parse(vec!["->x/"; 1_001]), Err(RuleError::TooMany));
}

#[test]
fn whether_every_topic_is_moved_can_be_told_beforehand() {
    let subtree = |topic: &str| Scope::Subtree(Topic::received(topic));
    let topic = |topic: &str| Scope::Topic(Topic::received(topic));
    let filter = |text: &str| Scope::Filter(TopicFilter::parse(text).unwrap());
    for (rule, scope, expected) in [
        ("-> x/", Scope::All, true),
        ("# -> x/{rest}", Scope::All, true),
        ("# -> x/{rest}", subtree("$aws"), false),
        ("a/ -> x/", Scope::All, false),
        ("a -> x", subtree("a/b"), true),
        ("a -> x", subtree("a"), true),
        ("a/ -> x/", subtree("a"), false),
        ("a/ -> x/", topic("a/b"), true),
        ("a/+ -> x/{1}", topic("a/b"), true),
        ("a/+ -> x/{1}", subtree("a/b"), false),
        ("a/# -> x/{rest}", subtree("a/b"), true),
        ("a/# -> x/{rest}", subtree("a"), true),
        ("a/+/# -> x/{1}", subtree("a"), false),
        ("a/b -> x", filter("a/b/+/c"), true),
        ("a/b/c -> x", filter("a/+/c"), false),
        ("-> x/", filter("+/a"), true),
    ] {
        let remap = Remap::parse([rule]).unwrap();
        assert_eq!(remap.moves_all(&scope), expected, "{rule} {scope:?}");
    }
    assert!(!Remap::default().moves_all(&Scope::All));
}

#[test]
fn a_rule_that_may_leave_a_topic_as_it_is_moves_nothing_for_sure() {
    let subtree = |topic: &str| Scope::Subtree(Topic::received(topic));
    for (rules, scope, expected) in [
        (&["->"][..], Scope::All, false),
        (&["# -> {topic}"], Scope::All, false),
        (&["# -> {rest}"], Scope::All, false),
        (&["# -> x/{topic}"], Scope::All, true),
        (&["# -> {topic}/x"], Scope::All, true),
        (&["plant/ -> plant/"], subtree("plant/a"), false),
        (&["plant/ -> plant/a/"], subtree("plant/a"), true),
        (&["plant/# -> {topic}"], subtree("plant"), false),
        (&["plant/# -> {topic}/{rest}"], subtree("plant"), false),
        (&["plant/# -> plant/{rest}"], subtree("plant"), false),
        (&["plant/# -> plant-test/{rest}"], subtree("plant"), true),
        (&["plant/# -> pla/{rest}"], subtree("plant"), true),
        (&["plant/# -> plant/fixed"], subtree("plant"), false),
        (&["plant/+/# -> plant/{1}/{rest}"], subtree("plant/a"), false),
        (&["plant/+/# -> plant/x/{1}/{rest}"], subtree("plant/a"), true),
        (&["plant/+/# -> plant/{1}"], subtree("plant/a"), false),
        // The first that fits decides.
        (&["plant/ -> plant/", "-> test/"], Scope::All, false),
        (&["plant/+/a -> {topic}", "-> test/"], Scope::All, false),
        (&["plant/+/a -> plant/{1}/b", "-> test/"], Scope::All, true),
        (&["-> test/", "plant/ -> plant/"], Scope::All, true),
        (&["plant/ -> plant/"], Scope::Topic(Topic::received("plant/a")), false),
        (&["plant/ -> test/"], Scope::Topic(Topic::received("plant/a")), true),
    ] {
        let remap = Remap::parse(rules.iter().copied()).unwrap();
        assert_eq!(remap.moves_all(&scope), expected, "{rules:?} {scope:?}");
    }
}

fn level() -> impl Strategy<Value = String> {
    "[a-c$ü{}]{0,2}"
}

fn name() -> impl Strategy<Value = String> {
    proptest::collection::vec(level(), 1..5).prop_map(|levels| levels.join("/"))
}

proptest! {
    #[test]
    fn no_text_panics(rule in "\\PC{0,20}", topic in "\\PC{0,20}") {
        if let Ok(remap) = Remap::parse([rule.as_str()]) {
            let _ = remap.apply(&Topic::received(topic.as_str()));
        }
        let _ = RemapRule::new(&rule, &topic);
    }

    #[test]
    fn what_goes_through_can_be_published_to(
        from in "[a+#/]{0,6}", to in "[$SY/{1}a]{0,8}", topic in name(),
    ) {
        if let Ok(rule) = RemapRule::new(&from, &to) {
            let remap = Remap::new(vec![rule]).unwrap();
            if let Ok(sent) = remap.apply(&Topic::received(topic.as_str())) {
                prop_assert_eq!(sent.check_to_publish(), Ok(()));
                prop_assert_ne!(sent.levels().next(), Some(&b"$SYS"[..]));
            }
        }
    }

    #[test]
    fn a_prefix_in_front_keeps_every_topic_apart(topic in name(), other in name()) {
        let remap = Remap::parse(["-> replay/"]).unwrap();
        let to = |topic: &str| remap.apply(&Topic::received(topic)).unwrap();
        let (one, two) = (to(&topic), to(&other));
        prop_assert_eq!(one.to_text().into_owned(), format!("replay/{topic}"));
        prop_assert_eq!(one == two, topic == other);
    }

    #[test]
    fn all_captures_together_give_the_topic_back(topic in name()) {
        let depth = topic.split('/').count();
        let from = vec!["+"; depth].join("/");
        let to: Vec<_> = (1..=depth).map(|at| format!("{{{at}}}")).collect();
        let rule = RemapRule::new(&from, &to.join("/")).unwrap();
        if !topic.starts_with('$') {
            prop_assert_eq!(rule.apply(&topic), Some(topic.clone()));
        }
        let rule = RemapRule::new("#", "{rest}").unwrap();
        if !topic.starts_with('$') {
            prop_assert_eq!(rule.apply(&topic), Some(topic));
        }
    }

    #[test]
    fn what_is_covered_is_moved(from in "[ab+#/]{0,5}", top in "[ab]/?[ab]?", below in name()) {
        if let Ok(rule) = RemapRule::new(&from, "x") {
            let scope = Scope::Subtree(Topic::received(top.as_str()));
            if rule.covers(&scope) {
                prop_assert!(rule.apply(&top).is_some());
                let inside = format!("{top}/{below}");
                prop_assert!(rule.apply(&inside).is_some());
            }
        }
    }

    #[test]
    fn what_is_moved_for_sure_is_never_sent_to_its_own_topic(
        rules in proptest::collection::vec(("[ab+#/]{0,5}", "[ab/]{0,2}(\\{(1|rest|topic)\\}[ab/]{0,2}){0,2}"), 1..3),
        topic in "[ab/]{1,6}",
    ) {
        let rules = rules.iter().filter_map(|(from, to)| RemapRule::new(from, to).ok());
        let remap = Remap::new(rules.collect()).unwrap();
        if remap.moves_all(&Scope::All) {
            let topic = Topic::received(topic.as_str());
            prop_assert_ne!(remap.apply(&topic), Ok(topic));
        }
    }

    #[test]
    fn a_rule_that_always_moves_never_gives_the_topic_back(
        from in "([ab+]/){0,2}([ab+#]|)", to in "[ab/]{0,3}(\\{(1|2|rest|topic)\\}[ab/]{0,2}){0,2}", topic in "[ab]?(/[ab]?){0,3}",
    ) {
        if let Ok(rule) = RemapRule::new(&from, &to) && rule.always_moves() {
            prop_assert_ne!(rule.apply(&topic), Some(topic));
        }
    }
}
