//! What is proposed where.

use proptest::prelude::*;

use crate::{Known, complete};

/// The proposals at the `|`, and the text with the first of them taken.
fn at(marked: &str) -> (Vec<String>, String) {
    let topics = ["plant/a".to_owned(), "plant/line 1".to_owned()];
    let paths = ["$.values.rpm".to_owned(), "$.values.load".to_owned()];
    let user_keys = ["site".to_owned()];
    let known = Known { topics: &topics, paths: &paths, user_keys: &user_keys };
    let cursor = marked.find('|').expect("a cursor");
    let text = marked.replace('|', "");
    let completion = complete(&text, cursor, &known);
    let mut taken = text.clone();
    if let Some(first) = completion.items.first() {
        taken.replace_range(completion.replace, &first.insert);
    }
    (completion.items.into_iter().map(|item| item.label).collect(), taken)
}

#[test]
fn the_first_proposal_completes_what_was_typed() {
    for (marked, taken) in [
        ("to|", "topic:"),
        ("x re|", "x retain:"),
        ("retain:|", "retain:yes"),
        ("retain:n| y", "retain:no y"),
        ("-dir:o|", "-dir:out"),
        ("(qos:1 or has:corr|)", "(qos:1 or has:correlation)"),
        ("topic:pl|", "topic:plant/a"),
        ("topic:\"plant/l|", "topic:\"plant/line 1\""),
        ("has:user.|", "has:user.site"),
        ("us|", "user.site:"),
        ("$|", "$.values.rpm"),
        ("$.values.l| > 5", "$.values.load > 5"),
        ("rp|", "$.values.rpm"),
        ("$.values.rpm |", "$.values.rpm ="),
        ("$.values.rpm >|", "$.values.rpm >="),
        ("$.a = f|", "$.a = false"),
        ("$.a ~ |", "$.a ~ /"),
        ("x o|", "x or "),
        ("exists(|", "exists($.values.rpm"),
    ] {
        assert_eq!(at(marked).1, taken, "{marked}: {:?}", at(marked).0);
    }
}

#[test]
fn nothing_is_proposed_inside_text() {
    for marked in ["\"to|", "/to|", "\"a\"|", "i\"re|", "colour:|"] {
        assert!(at(marked).0.is_empty(), "{marked}: {:?}", at(marked).0);
    }
    let words = at("|").0;
    assert!(words.contains(&"topic:".to_owned()) && !words.contains(&"or".to_owned()));
}

proptest! {
    #[test]
    fn any_text_and_any_cursor_have_an_answer(text in "[a$.\"/\\\\:()<=~ ü-]{0,12}", cursor in 0_usize..30) {
        let topics = ["a".to_owned()];
        let found = complete(&text, cursor, &Known { topics: &topics, paths: &topics, user_keys: &topics });
        prop_assert!(text.get(found.replace).is_some());
    }
}
