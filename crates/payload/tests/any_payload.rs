//! Whatever the payload: nothing panics, nothing hides, nothing grows beyond its bounds.

use proptest::prelude::*;
use wiretree_payload::{
    Compose, Document, Format, Limits, detect, diff, hex_line_count, hex_lines, is_number, preview,
    render, unified,
};

const FORMATS: [Format; 4] = [Format::Empty, Format::Json, Format::Text, Format::Binary];

/// Random bytes, random text, and things close to JSON.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..80),
        any::<String>().prop_map(String::into_bytes),
        "[\\[{}\\],:\"a0\\\\u \n\u{202e}\u{feff}\0]{0,40}".prop_map(String::into_bytes),
    ]
}

fn is_plain(text: &str) -> bool {
    let is_direction = |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}');
    !text.chars().any(|c| (c.is_control() && c != '\t') || is_direction(c) || c == '\u{feff}')
}

fn check(document: &Document, length: usize) -> Result<(), TestCaseError> {
    for line in &document.lines {
        prop_assert!(is_plain(&line.text()), "{:?}", line);
    }
    for problem in &document.problems {
        prop_assert!(problem.offset.is_none_or(|offset| offset <= length), "{:?}", problem);
        prop_assert!(is_plain(&problem.message), "{:?}", problem);
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_view_of_every_payload(bytes in payload(), other in payload(), max_chars in 0..90_usize) {
        let detected = detect(&bytes, None);
        prop_assert!(is_plain(&detected.reason), "{:?}", detected.reason);
        let best = render(&bytes, detected.format, Limits::default());
        prop_assert_eq!(best.format, detected.format, "what is detected can be shown");
        for format in FORMATS {
            let document = render(&bytes, format, Limits::default());
            check(&document, bytes.len())?;
            prop_assert_eq!(document.lines.is_empty(), bytes.is_empty());
            let old = render(&other, format, Limits::default());
            let lines = unified(&document, &old);
            prop_assert!(lines.iter().all(|line| line.line(&document, &old).is_some()));
            prop_assert_eq!(diff(&document, &document).count(), 0);
        }
        let short = preview(&bytes, max_chars);
        prop_assert!(is_plain(&short) && short.chars().count() <= max_chars, "{:?}", short);
        is_number(&bytes);
        detect(&bytes, Some("application/json"));
    }

    #[test]
    fn small_limits_hold(bytes in payload()) {
        let limits = Limits { depth: 2, nodes: 3, output: 600 };
        for format in FORMATS {
            prop_assert!(render(&bytes, format, limits).lines.len() <= 6);
        }
    }

    #[test]
    fn hex_gives_every_byte_back(bytes in payload()) {
        let lines = hex_lines(&bytes, 0, usize::MAX);
        prop_assert_eq!(lines.len(), hex_line_count(bytes.len()));
        let digits: String = lines.iter().map(|line| line.tokens[1].text.clone()).collect();
        prop_assert_eq!(Compose::Hex.bytes(&digits), Ok(bytes));
    }

    #[test]
    fn whatever_is_typed_is_taken_or_refused(text in any::<String>()) {
        prop_assert_eq!(Compose::Text.bytes(&text), Ok(text.clone().into_bytes()));
        for how in [Compose::Json, Compose::Hex, Compose::Base64] {
            if let Err(error) = how.bytes(&text) {
                prop_assert!(is_plain(&error.to_string()), "{}", error);
            }
        }
    }
}
