//! Differences as a person reads them.

use proptest::prelude::*;

use super::*;
use crate::{Limits, detect, render};

fn document(bytes: &[u8]) -> Document {
    render(bytes, detect(bytes, None).format, Limits::default())
}

/// The unified list as `diff -u` would print it.
fn printed(new: &[u8], old: &[u8]) -> Vec<String> {
    let (new, old) = (document(new), document(old));
    let text = |line: &DiffLine| {
        let mark = match line.kind {
            DiffKind::Same => ' ',
            DiffKind::Added => '+',
            DiffKind::Removed => '-',
        };
        format!("{mark}{}", line.line(&new, &old).map(Line::text).unwrap_or_default())
    };
    unified(&new, &old).iter().map(text).collect()
}

fn notes(new: &[u8], old: &[u8]) -> Vec<String> {
    diff(&document(new), &document(old)).changes.into_iter().filter_map(|c| c.note).collect()
}

#[test]
fn values_of_json_are_compared_by_path() {
    let old = br#"{"ts": 1, "values": {"rpm": 11790, "load": 0.61, "tool": "T"}, "gone": [1, 2]}"#;
    let new = br#"{"values": {"load": 0.62, "rpm": 11840, "tool": "T", "new": {}}, "ts": 1}"#;
    assert_eq!(notes(new, old), ["0.61 → 0.62", "11790 → 11840"]);
    assert_eq!(
        printed(new, old),
        [
            " {",
            " \"values\": {",
            "-\"load\": 0.61,",
            "+\"load\": 0.62,",
            "-\"rpm\": 11790,",
            "+\"rpm\": 11840,",
            " \"tool\": \"T\",",
            "+\"new\": {}",
            " },",
            "-\"gone\": [",
            "-1,",
            "-2",
            "-]",
            " \"ts\": 1",
            " }",
        ]
    );
}

#[test]
fn digits_are_compared_and_told_as_they_are() {
    assert_eq!(notes(b"18446744073709551616", b"18446744073709551615").len(), 1);
    assert_eq!(notes(b"[1.0]", b"[1]"), ["1 → 1.0"]);
    assert_eq!(notes(b"[0.1]", b"[0.1]"), [""; 0]);
}

#[test]
fn arrays_go_by_index_and_duplicates_by_turn() {
    assert_eq!(notes(b"[1,9,3]", b"[1,2,3]"), ["2 → 9"]);
    assert_eq!(printed(b"[1]", b"[1,2]"), [" [", " 1", "-2", " ]"]);
    assert_eq!(notes(br#"{"a":1,"a":5}"#, br#"{"a":1,"a":2}"#), ["2 → 5"]);
}

#[test]
fn containers_and_scalars_can_take_each_others_place() {
    assert_eq!(notes(br#"{"a":[1]}"#, br#"{"a":7}"#), ["7 → […]"]);
    assert_eq!(notes(br#"{"a":{}}"#, br#"{"a":[]}"#), ["[…] → {…}"]);
    assert_eq!(
        printed(br#"{"a":7}"#, br#"{"a":[1]}"#),
        [" {", "-\"a\": [", "+\"a\": 7", "-1", "-]", " }"]
    );
    assert_eq!(
        printed(br#"{"a":{"b":1}}"#, br#"{"a":{}}"#),
        [" {", " \"a\": {", "+\"b\": 1", "+}", " }"]
    );
}

#[test]
fn a_change_beyond_what_is_shown_is_a_change() {
    let long = |end: &str| format!("[\"{}{end}\"]", "x".repeat(10_000));
    let (one, other) = (document(long("1").as_bytes()), document(long("2").as_bytes()));
    assert_eq!(diff(&one, &other).count(), 1);
    assert_eq!(diff(&one, &one).count(), 0);
}

#[test]
fn text_is_compared_by_lines() {
    assert_eq!(printed(b"a\nb\nc", b"a\nc\nd"), [" a", "+b", " c", "-d"]);
    assert_eq!(notes(b"OFF", b"ON"), ["ON → OFF"]);
    assert_eq!(printed(b"OFF", b""), ["+OFF"]);
    assert_eq!(printed(b"", b"ON"), ["-ON"]);
    assert_eq!(printed(b"text", b"[1]"), ["-[", "+text", "-1", "-]"]);
}

#[test]
fn bytes_are_compared_by_place() {
    let old: Vec<u8> = (0xe0..0xff).collect();
    let mut new = old.clone();
    new[20] = 0;
    assert_eq!(notes(&new, &old), ["F4 → 00"]);
    new[21] = 0;
    new.extend([1; 10]);
    assert_eq!(notes(&new, &old), ["3 bytes"]);
    assert_eq!(diff(&document(&new), &document(&old)).changes, hex_changes(&new, &old, 0, 99));
    assert_eq!(hex_changes(&new, &old, 1, 1), hex_changes(&new, &old, 0, 99)[1..2]);
    assert_eq!(hex_changes(&new, &old, 7, 5), []);
    assert_eq!(diff(&document(&[0xff; 3]), &document(&[0xff; 40])).removed.len(), 2);
}

/// Small JSON values whose paths meet often.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![Just("1".to_owned()), Just("2".into()), Just("\"x\"".into())];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let member =
            ("[abc]", inner.clone()).prop_map(|(name, value)| format!("\"{name}\":{value}"));
        prop_oneof![
            prop::collection::vec(member, 0..4).prop_map(|list| format!("{{{}}}", list.join(","))),
            prop::collection::vec(inner, 0..4).prop_map(|list| format!("[{}]", list.join(","))),
        ]
    })
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => json().prop_map(String::into_bytes),
        1 => "([ab]\n?){0,12}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..60),
    ]
}

proptest! {
    /// Taking the added lines out of the list leaves the old document, in some order; taking the
    /// removed ones out leaves the new one, in its order.
    #[test]
    fn a_unified_list_holds_both_documents(new in payload(), old in payload()) {
        let (new, old) = (document(&new), document(&old));
        let lines = unified(&new, &old);
        let in_new: Vec<usize> = lines.iter().filter_map(|line| line.new).collect();
        let mut in_old: Vec<usize> = lines.iter().filter_map(|line| line.old).collect();
        in_old.sort_unstable();
        prop_assert_eq!(in_new, (0..new.lines.len()).collect::<Vec<_>>());
        prop_assert_eq!(in_old, (0..old.lines.len()).collect::<Vec<_>>());
        let is_same = |line: &DiffLine| line.kind == DiffKind::Same;
        if new.format == old.format && lines.iter().all(is_same) {
            let without_commas = |document: &Document| {
                let text = |line| value(line).map(|token| token.text.as_str()).collect();
                let mut lines: Vec<String> = document.lines.iter().map(text).collect();
                lines.sort();
                lines
            };
            prop_assert_eq!(without_commas(&new), without_commas(&old));
        }
    }

    #[test]
    fn a_payload_does_not_differ_from_itself(payload in payload()) {
        let document = document(&payload);
        prop_assert_eq!(diff(&document, &document).count(), 0);
    }
}
