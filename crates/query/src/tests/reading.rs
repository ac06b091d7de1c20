//! Texts that are queries, and what is said of those that are none.

use proptest::prelude::*;

use super::making::{CLOCK, expression, query};
use crate::{QueryError, parse};

fn error(text: &str) -> QueryError {
    parse(text, &CLOCK).expect_err(text)
}

#[test]
fn an_error_points_at_the_spot() {
    for marked in [
        "a «)»b",
        "«(»a b",
        "a or«»",
        "a and «»",
        "(a or «») b",
        "«or» b",
        "topic:«»",
        "topic:«a/#/b» x",
        "x «topics»:a",
        "qos:«3»",
        "retain:«maybe»",
        "size:«12apples» b",
        "from:«yesterday»",
        "from:«2026-02-30»",
        "«\"never closed»",
        "\"a «\\q»\"",
        "«/never closed»",
        "«/a(b/»",
        "/a/«x»",
        "$.a = «running» b",
        "$.a > «»",
        "$.a «>» true",
        "$.«» = 5",
        "$.a[«»x]",
        "$.a ~ «»b",
        "«exists($.a »x",
        "has:«nothing»",
        "user.site:«» x",
        "correlation:«0x123»",
        "\"a\"«\"»b\"",
        "foo«(»bar)",
    ] {
        let text = marked.replace(['«', '»'], "");
        let span = error(&text).span;
        let found =
            format!("{}«{}»{}", &text[..span.start], &text[span.clone()], &text[span.end..]);
        assert_eq!(found, marked);
    }
}

#[test]
fn an_error_says_what_was_expected() {
    let missing = error("$.values.rpm > fast");
    assert_eq!(missing.sentence, "“fast” is no JSON value. Text stands in quotes, as in \"fast\".");
    assert_eq!(missing.expected, "a number, \"text\", true, false or null");
    assert_eq!(missing.pointed("$.values.rpm > fast"), "$.values.rpm > fast\n               ^^^^");
    assert!(error("http://x").sentence.contains("\"http:…\""), "quotes are the way out");
    let regex = error("/a(b/").sentence;
    assert_eq!(regex, "This regular expression is not valid: unclosed group.");
}

#[test]
fn limits_are_told() {
    let long = "a".repeat(4_097);
    assert!(error(&long).sentence.contains("4096"));
    let deep = format!("{}a{}", "(".repeat(33), ")".repeat(33));
    assert!(error(&deep).sentence.contains("32 deep"));
    assert!(error(&"-".repeat(4_000)).sentence.contains("32 deep"));
    assert!(error(&"/a/ ".repeat(17)).sentence.contains("16 regular expressions"));
    assert!(error("/(a{1000}){1000}/").sentence.contains("too large"));
    assert!(error(&format!("${}", ".a".repeat(65))).sentence.contains("64 steps"));
}

#[test]
fn the_written_form_is_tidy() {
    for (text, written) in [
        ("  a   and b ", "a b"),
        ("a or (b and c)", "a or b c"),
        ("(a or b) c", "(a or b) c"),
        ("-a NOT b", "not a not b"),
        ("a (b c)", "a (b c)"),
        ("$.a", "exists($.a)"),
        ("$.a==5", "$.a = 5"),
        ("$[\"a\"][\"b c\"].* = 1", "$.a[\"b c\"][*] = 1"),
        ("size:>1KiB", "size:>=1025"),
        ("qos:=1", "qos:1"),
        ("from:-1h", "from:2026-01-01T11:00:00Z"),
        ("temp-1", "\"temp-1\""),
        ("$SYS", "\"$SYS\""),
        ("12:30", "\"12:30\""),
        ("", ""),
    ] {
        assert_eq!(query(text).to_string(), written, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn what_is_written_reads_back_as_the_same(expression in expression()) {
        let written = expression.to_string();
        let read = parse(&written, &CLOCK);
        prop_assert_eq!(read.as_ref(), Ok(&expression), "{}", written);
    }

    #[test]
    fn no_text_panics_and_errors_point_into_it(
        text in prop_oneof![
            "\\PC{0,30}",
            "((topic:|user\\.|has:|qos:|size:|from:|\\$|\\.a|\\[|\\]|\\(|\\)|\"|/|\\\\|-|not |or |and |~|=|<|[a0 ü])){0,12}",
        ],
    ) {
        if let Err(error) = parse(&text, &CLOCK) {
            prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error);
            prop_assert!(error.sentence.ends_with('.'));
            prop_assert!(error.pointed(&text).contains('^'));
        }
    }
}
