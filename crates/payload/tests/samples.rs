//! Payloads as they arrive over MQTT, each with what a correct view of it shows
//! (`data/*.expected.json`).

#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use std::fs;
use std::path::Path;

use serde_json::Value;
use wiretree_payload::{Document, Format, Limits, Line, Token, TokenKind, detect, preview, render};

/// The payload and what is expected of it.
fn sample(expected: &Path) -> (Vec<u8>, Value) {
    let text = fs::read_to_string(expected).expect("the expectation is readable");
    let value: Value = serde_json::from_str(&text).expect("the expectation is JSON");
    let file = value["file"].as_str().expect("the sample has a file");
    (fs::read(expected.with_file_name(file)).expect("the payload is readable"), value)
}

fn named(name: &str) -> (Vec<u8>, Value) {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    sample(&data.join(format!("{name}.expected.json")))
}

fn shown(bytes: &[u8]) -> Document {
    render(bytes, detect(bytes, None).format, Limits::default())
}

fn name(format: Format) -> &'static str {
    match format {
        Format::Empty => "empty",
        Format::Json => "json",
        Format::Text => "text",
        Format::Binary => "binary",
    }
}

#[test]
fn every_sample_is_shown_in_an_accepted_format() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let files = fs::read_dir(data).expect("the samples are there").flatten();
    let expectations = files.map(|file| file.path());
    let expectations =
        expectations.filter(|path| path.to_string_lossy().ends_with(".expected.json"));
    let mut seen = 0;
    for path in expectations {
        let (bytes, expected) = sample(&path);
        assert_eq!(Some(bytes.len() as u64), expected["size"].as_u64(), "{}", path.display());
        let document = shown(&bytes);
        let accepted = expected["accept_formats"].as_array().cloned().unwrap_or_default();
        let format = Value::from(name(document.format));
        let is_accepted = format == expected["format"] || accepted.contains(&format);
        assert!(is_accepted, "{}: shown as {format}", path.display());
        seen += 1;
    }
    assert!(seen >= 18, "only {seen} samples");
}

#[test]
fn digits_on_screen_are_the_digits_in_the_payload() {
    let (bytes, expected) = named("json_bigint");
    let document = shown(&bytes);
    for (key, value) in expected["value"].as_object().expect("an object") {
        let digits = value.get("$int").or(value.get("$num")).and_then(Value::as_str);
        let path = format!("$.{key}");
        let line = document.lines.iter().find(|line| line.path.as_ref() == Some(&path));
        let is_number = |token: &&Token| token.kind == TokenKind::Number;
        let number = line.and_then(|line| line.tokens.iter().find(is_number));
        assert_eq!(number.map(|token| token.text.as_str()), digits, "{key}");
    }
}

#[test]
fn deep_json_is_laid_out_to_its_leaf() {
    let document = shown(&named("json_deep_300").0);
    let deepest = document.lines.iter().map(|line| line.indent).max();
    assert_eq!((document.format, deepest), (Format::Json, Some(300)));
}

#[test]
fn a_megabyte_of_json_is_laid_out_whole() {
    let (bytes, expected) = named("json_1mb_array");
    let document = shown(&bytes);
    assert_eq!(document.problems, []);
    let elements = document.lines.iter().filter(|line| line.indent == 1 && line.path.is_some());
    let summary = &expected["value"]["$summary"];
    assert_eq!(Some(elements.count() as u64), summary["length"].as_u64());
    let path = "$[11185].name".to_owned();
    let last = document.lines.iter().find(|line| line.path.as_ref() == Some(&path));
    assert_eq!(last.map(Line::text).as_deref(), Some("\"name\": \"sensor-720878\","));
}

#[test]
fn what_is_almost_json_says_where_it_stops() {
    let bytes = named("json_nan_invalid").0;
    let detected = detect(&bytes, None);
    assert_eq!(detected.format, Format::Text);
    assert!(detected.reason.contains("at byte 5"), "{}", detected.reason);
    let document = render(&bytes, Format::Json, Limits::default());
    let problem = document.problems.first().expect("a problem");
    assert_eq!((problem.code, problem.offset), ("json-like", Some(5)));
    assert_eq!(document.lines.first().map(Line::text), String::from_utf8(bytes).ok());
}

#[test]
fn latin1_is_bytes_first_and_text_on_request() {
    let bytes = named("text_latin1").0;
    assert_eq!(shown(&bytes).format, Format::Binary);
    assert_eq!(preview(&bytes, 40), "hex: 47 72 F6 DF 65 20 32 33 B0");
    let document = render(&bytes, Format::Text, Limits::default());
    assert_eq!(document.lines.first().map(Line::text).as_deref(), Some("Gr\\xF6\\xDFe 23\\xB0"));
    assert_eq!(document.problems.first().map(|problem| problem.code), Some("invalid-utf8"));
}
