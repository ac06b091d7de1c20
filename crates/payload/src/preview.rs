//! A payload in one short line, for the rows of the tree and of the history.

use crate::chars::{escape, is_hidden};
use crate::detect::clean_text;
use crate::hex::pair;
use crate::json;

/// The payload in at most `max_chars` characters: blanks and line breaks as one blank, what does
/// not show itself as escapes, what is not text as `hex: 89 50 4E`. Cut where `…` stands. Empty
/// for an empty payload.
pub fn preview(bytes: &[u8], max_chars: usize) -> String {
    // No more of a large payload is looked at than could be shown; 4 bytes make a character.
    let enough = max_chars.saturating_mul(8).saturating_add(64);
    let head = bytes.get(..enough).map_or(bytes, whole_characters);
    match clean_text(head) {
        _ if bytes.is_empty() => String::new(),
        Ok(text) => cut(text_pieces(text), max_chars, head.len() < bytes.len()),
        Err(_) => cut(hex_pieces(bytes), max_chars, false),
    }
}

/// The same for the beginning of a payload that goes on: the last character may be cut off in its
/// middle, and `…` stands at the end.
pub fn preview_of_beginning(beginning: &[u8], max_chars: usize) -> String {
    match clean_text(whole_characters(beginning)) {
        Ok(text) => cut(text_pieces(text), max_chars, true),
        Err(_) => cut(hex_pieces(beginning), max_chars, true),
    }
}

/// Whether the payload is one JSON number, blanks around it aside.
pub fn is_number(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|byte| matches!(byte, b'-' | b' ' | b'0'..=b'9'))
        && std::str::from_utf8(bytes).is_ok_and(|text| json::check(text) == Ok("number"))
}

/// Cuts off the beginning of a character whose end is missing.
fn whole_characters(head: &[u8]) -> &[u8] {
    match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_none() => {
            head.get(..error.valid_up_to()).unwrap_or_default()
        }
        _ => head,
    }
}

fn text_pieces(text: &str) -> impl Iterator<Item = String> {
    let text = text.trim();
    let mut was_blank = false;
    text.chars().filter_map(move |character| {
        let is_blank = character.is_whitespace() && !matches!(character, '\u{2028}' | '\u{2029}');
        let is_repeated = is_blank && std::mem::replace(&mut was_blank, is_blank);
        was_blank = is_blank;
        match character {
            _ if is_repeated => None,
            _ if is_blank => Some(" ".to_owned()),
            hidden if is_hidden(hidden) => Some(escape(hidden)),
            shown => Some(shown.to_string()),
        }
    })
}

fn hex_pieces(bytes: &[u8]) -> impl Iterator<Item = String> {
    let digits = bytes.iter().map(|byte| format!(" {}", pair(*byte)));
    std::iter::once("hex:".to_owned()).chain(digits)
}

/// Joins pieces as far as they fit; the last place is for `…`, where something is missing.
fn cut(pieces: impl Iterator<Item = String>, max_chars: usize, goes_on: bool) -> String {
    let mut shown = String::new();
    let (mut length, mut end) = (0, 0);
    for piece in pieces {
        let longer = length + piece.chars().count();
        if longer > max_chars {
            shown.truncate(end);
            shown.extend((max_chars > 0).then_some('…'));
            return shown;
        }
        shown.push_str(&piece);
        length = longer;
        if length < max_chars {
            end = shown.len();
        }
    }
    if goes_on && length == max_chars {
        shown.truncate(end);
    }
    shown.extend((goes_on && max_chars > 0).then_some('…'));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_whatever_comes() {
        let cases: [(&[u8], usize, &str); 14] = [
            (b"", 10, ""),
            (b"  23.5\n", 10, "23.5"),
            (b"{\n  \"a\": 1\n}", 20, "{ \"a\": 1 }"),
            (b"abcdef", 6, "abcdef"),
            (b"abcdef", 5, "abcd…"),
            (b"abc", 0, ""),
            ("äöü€".as_bytes(), 3, "äö…"),
            ("a\u{202e}b".as_bytes(), 20, "a\\u{202E}b"),
            ("ab\u{202e}".as_bytes(), 6, "ab…"),
            (b"a\0", 9, "a\\0"),
            (b"\x89PNG", 40, "hex: 89 50 4E 47"),
            (b"\x89PNG", 12, "hex: 89 50…"),
            (b"\x89PNG", 10, "hex: 89…"),
            (b"\0", 20, "hex: 00"),
        ];
        for (bytes, max_chars, expected) in cases {
            assert_eq!(preview(bytes, max_chars), expected, "{bytes:?} in {max_chars}");
        }
    }

    #[test]
    fn of_a_large_payload_only_the_head_is_read() {
        let text = "ä".repeat(100_000);
        assert_eq!(preview(text.as_bytes(), 4), "äää…");
        let blanks = format!("{}x", " ".repeat(100_000));
        assert_eq!(preview(blanks.as_bytes(), 4), "…");
    }

    #[test]
    fn numbers_are_told_from_texts() {
        for number in ["1", "-0.5e3", " 12 \n", "18446744073709551616"] {
            assert!(is_number(number.as_bytes()), "{number}");
        }
        for other in ["", "01", "1 2", "NaN", "\"1\"", "[1]", "0x10", "-"] {
            assert!(!is_number(other.as_bytes()), "{other}");
        }
    }
}
