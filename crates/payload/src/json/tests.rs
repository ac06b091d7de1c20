//! The grammar against another parser, and the layout against what a person expects.

use proptest::prelude::*;

use super::*;
use crate::{Document, Format, Limits, Line, TokenKind};

fn document(text: &str) -> Document {
    render(text.as_bytes(), Limits::default()).expect("JSON")
}

fn texts(text: &str) -> Vec<String> {
    let indented = |line: &Line| format!("{}{}", "  ".repeat(line.indent.into()), line.text());
    document(text).lines.iter().map(indented).collect()
}

fn codes(text: &str) -> Vec<&'static str> {
    document(text).problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn a_value_a_line() {
    assert_eq!(
        texts(r#"{"b":[1,{"c":null}],"a":{},"e":[],"t":true,"s":"x"}"#),
        [
            "{",
            "  \"b\": [",
            "    1,",
            "    {",
            "      \"c\": null",
            "    }",
            "  ],",
            "  \"a\": {},",
            "  \"e\": [],",
            "  \"t\": true,",
            "  \"s\": \"x\"",
            "}",
        ]
    );
    assert_eq!(texts(" 23.50 "), ["23.50"]);
    assert_eq!(texts("[]"), ["[]"]);
}

#[test]
fn digits_stay_as_they_are() {
    for number in ["18446744073709551615", "1e400", "-0", "0.1000000000000000055511151231257827"] {
        assert_eq!(texts(number), [number]);
    }
}

#[test]
fn paths_lead_to_values() {
    let document = document(r#"{"values":{"rpm":1,"a b":[2]},"":3,"ü":4,"x\"":5}"#);
    let paths: Vec<&str> = document.lines.iter().filter_map(|line| line.path.as_deref()).collect();
    assert_eq!(
        paths,
        [
            "$",
            "$.values",
            "$.values.rpm",
            "$.values[\"a b\"]",
            "$.values[\"a b\"][0]",
            "$[\"\"]",
            "$.ü",
            "$[\"x\\\"\"]",
        ]
    );
}

#[test]
fn strings_show_what_they_hold() {
    assert_eq!(texts(r#""Gr\u00fc\u00DFe \ud83d\ude00""#), ["\"Grüße 😀\""]);
    assert_eq!(texts(r#""a\n\"\\\u202e\u0022""#), [r#""a\n\"\\\u202e\u0022""#]);
    assert_eq!(texts("\"\u{202e}\""), ["\"\\u{202E}\""]);
    assert_eq!(texts(r#""\ud800x\udc00\ud83d""#), [r#""\ud800x\udc00\ud83d""#]);
    let line = &document(r#"{"\u0061\t":"\t"}"#).lines[1];
    let kinds: Vec<TokenKind> = line.tokens.iter().map(|token| token.kind).collect();
    use TokenKind::{Escape, Key, Punctuation, String};
    assert_eq!(kinds, [Key, Escape, Key, Punctuation, String, Escape, String]);
}

#[test]
fn what_is_odd_is_said() {
    assert_eq!(codes(r#"{"a":1,"b":2,"a":3}"#), ["duplicate-keys"]);
    let problems = document(r#"{"o":[{"x":{"y":1},"a":1,"a":2}]}"#).problems;
    let message = problems.first().map(|problem| problem.message.as_str());
    assert_eq!(message, Some("\"a\" occurs more than once in $.o[0]"));
    assert_eq!(codes(r#"{"a":{"a":1}}"#), [""; 0]);
    assert_eq!(codes(r#"["\ud800"]"#), ["lone-surrogate"]);
    assert_eq!(codes(r#"["\ud83d\ude00", "\\ud800"]"#), [""; 0]);
    assert_eq!(codes("\u{feff}{}\0"), ["utf8-bom", "trailing-nul"]);
    assert!(codes(&format!("[{}1]", "{\"a\":1,\"a\":1},".repeat(500))).len() <= 20);
}

#[test]
fn what_is_not_json_says_where() {
    for (text, offset) in [
        ("{\"t\":NaN,\"h\":Infinity}", 5),
        ("\u{feff}[,]", 4),
        ("{\"a\" 1}", 5),
        ("[1 2]", 3),
        ("[1,]", 3),
        ("[1", 2),
        ("\"a\nb\"", 2),
        ("\"\\x\"", 2),
        ("\"\\u12g4\"", 5),
        ("1.", 2),
        ("-", 1),
        ("01", 1),
        ("tru", 3),
        ("", 0),
    ] {
        let problem = render(text.as_bytes(), Limits::default()).expect_err("not JSON");
        assert_eq!((problem.code, problem.offset), ("json-like", Some(offset)), "{text}");
    }
}

#[test]
fn depth_number_and_size_are_bounded() {
    let limits = Limits { depth: 3, nodes: 5, output: 2_000 };
    let problem =
        |text: &str| render(text.as_bytes(), limits).map_err(|problem| problem.code).err();
    assert_eq!(problem("[[[1]]]"), None);
    assert_eq!(problem("[[[[1]]]]"), Some("too-deep"));
    assert_eq!(problem("[1,2,3,4]"), None);
    assert_eq!(problem("[1,2,3,4,5]"), Some("too-large"));
    assert_eq!(problem(&format!("\"{}\"", "x".repeat(4000))), Some("too-large"));
    let deep = "[".repeat(1_000_000);
    assert_eq!(problem(&deep), Some("too-deep"));
    assert!(check(&deep).is_err(), "by loop, not by recursion");
}

#[test]
fn long_strings_are_cut_for_the_eye() {
    let line = &document(&format!("\"{}\"", "ä".repeat(5000))).lines[0];
    assert!(line.text().ends_with(" … 1811 more bytes"), "{}", line.text().len());
    assert_eq!(document("1").format, Format::Json);
}

/// The text of a document read back: indentation and notes aside, it is JSON again.
fn compact(document: &Document) -> String {
    document.lines.iter().map(Line::text).collect()
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
        "\"([ -!#-\\[\\]-~äß😀]|\\\\[nt\"\\\\/bfr]|\\\\u00[0-9a-f]{2}){0,8}\"",
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let member = ("\"[a-z ]{0,3}\"", "[ \n]?", inner.clone())
            .prop_map(|(name, blank, value)| format!("{name}{blank}:{blank}{value}"));
        prop_oneof![
            prop::collection::vec(member, 0..5).prop_map(|list| format!("{{{}}}", list.join(" ,"))),
            prop::collection::vec(inner, 0..5).prop_map(|list| format!("[{}]", list.join(", "))),
        ]
    })
}

proptest! {
    #[test]
    fn the_layout_holds_the_same_value(text in json()) {
        let shown = compact(&document(&text));
        // Numbers beyond a float are the layout's strength, not the other parser's.
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).ok(), Some(value));
        }
    }

    #[test]
    fn both_parsers_agree_on_what_is_json(mut text in json(), at in any::<usize>(), put in "[\\[\\]{},:\"0-9a-z\\\\ -]?") {
        let mut characters: Vec<char> = text.chars().collect();
        let at = at % characters.len().max(1);
        characters.splice(at..(at + 1).min(characters.len()), put.chars());
        text = characters.into_iter().collect();
        let judged = serde_json::from_str::<serde::de::IgnoredAny>(&text);
        let out_of_range = judged.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
        prop_assert!(out_of_range || judged.is_ok() == check(&text).is_ok(), "{}", text);
    }

    #[test]
    fn no_text_panics_and_offsets_are_inside(text in any::<String>()) {
        if let Err(error) = check(&text) {
            prop_assert!(error.offset <= text.len());
        }
    }
}
