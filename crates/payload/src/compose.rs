//! From what is typed in the publish form to the bytes that are sent.
//!
//! What is refused is refused with a place to point at; what is accepted is sent exactly as typed
//! (text, JSON) or as the bytes it stands for (hex, Base64).

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::ComposeError;
use crate::chars::position;
use crate::json::Scanner;

/// How the text of a payload is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compose {
    /// UTF-8, sent as typed. Nothing typed is an empty payload.
    Text,
    /// JSON (RFC 8259), checked, then sent as typed.
    Json,
    /// Hex digits, two a byte; blanks, commas, colons and `0x` before a byte are skipped.
    Hex,
    /// Base64 (RFC 4648), standard or URL-safe, padded or not, blanks skipped.
    Base64,
}

impl Compose {
    /// The bytes to send.
    ///
    /// # Errors
    /// Says what does not fit and where; [`Compose::Text`] accepts everything.
    pub fn bytes(self, text: &str) -> Result<Vec<u8>, ComposeError> {
        match self {
            Self::Text => Ok(text.into()),
            Self::Json => json(text),
            Self::Hex => hex(text),
            Self::Base64 => base64(text),
        }
    }
}

fn json(text: &str) -> Result<Vec<u8>, ComposeError> {
    for event in Scanner::new(text) {
        if let Err(error) = event {
            let (line, column) = position(text, error.offset);
            return Err(ComposeError::Json { line, column, reason: error.reason });
        }
    }
    Ok(text.into())
}

fn hex(text: &str) -> Result<Vec<u8>, ComposeError> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut half: Option<(u8, usize)> = None;
    let mut rest = text.char_indices().peekable();
    while let Some((at, found)) = rest.next() {
        // The 0 of 0x is no digit, and the x stands before one.
        if half.is_none() && found == '0' && matches!(rest.peek(), Some((_, 'x' | 'X'))) {
            let (at, found) = rest.next().unwrap_or((at, found));
            if rest.peek().is_some_and(|(_, next)| next.is_ascii_hexdigit()) {
                continue;
            }
            let (line, column) = position(text, at);
            return Err(ComposeError::HexDigit { line, column, found });
        }
        match (found.to_digit(16), half.take()) {
            (Some(digit), None) => half = Some((digit as u8, at)),
            (Some(digit), Some((high, _))) => bytes.push(high << 4 | digit as u8),
            (None, None) if is_separator(found) => {}
            (None, Some((_, start))) if is_separator(found) => return Err(hex_half(text, start)),
            (None, _) => {
                let (line, column) = position(text, at);
                return Err(ComposeError::HexDigit { line, column, found });
            }
        }
    }
    half.map_or(Ok(bytes), |(_, start)| Err(hex_half(text, start)))
}

fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, ',' | ':')
}

fn hex_half(text: &str, offset: usize) -> ComposeError {
    let (line, column) = position(text, offset);
    ComposeError::HexHalf { line, column }
}

fn base64(text: &str) -> Result<Vec<u8>, ComposeError> {
    let alphabet = if text.contains(['-', '_']) { URL_SAFE } else { STANDARD };
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let blanks_skipped: String = text.chars().filter(|found| !found.is_whitespace()).collect();
    let refused = |offset: usize| misplaced(text, &blanks_skipped, offset);
    GeneralPurpose::new(&alphabet, config).decode(&blanks_skipped).map_err(|error| match error {
        base64::DecodeError::InvalidByte(offset, _)
        | base64::DecodeError::InvalidLastSymbol(offset, _) => refused(offset),
        _ => ComposeError::Base64End,
    })
}

/// The error for a byte of the text without blanks, placed in the text as it was typed.
fn misplaced(text: &str, blanks_skipped: &str, offset: usize) -> ComposeError {
    let before = blanks_skipped.get(..blanks_skipped.floor_char_boundary(offset));
    let skipped = before.unwrap_or_default().chars().count();
    let found = text.char_indices().filter(|(_, found)| !found.is_whitespace()).nth(skipped);
    let Some((at, found)) = found else { return ComposeError::Base64End };
    let (line, column) = position(text, at);
    ComposeError::Base64Character { line, column, found }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(how: Compose, text: &str) -> (&'static str, Option<(usize, usize)>) {
        let error = how.bytes(text).expect_err("an error");
        (error.code(), error.position())
    }

    #[test]
    fn text_and_json_are_sent_as_typed() {
        for text in ["", " ä\n", "{\"a\" : 1e400 }", "\u{feff}"] {
            assert_eq!(Compose::Text.bytes(text), Ok(text.as_bytes().to_vec()));
        }
        for text in ["{ \"b\": 1.0,\n\"a\": 18446744073709551616 }\n", "1", "\"\\ud800\""] {
            assert_eq!(Compose::Json.bytes(text), Ok(text.as_bytes().to_vec()));
        }
    }

    #[test]
    fn json_is_refused_with_its_place() {
        for (text, line, column) in [
            ("", 1, 1),
            ("{\"a\":\n  nul}", 2, 6),
            ("[\"ä\", ]", 1, 7),
            ("{\"a\":1,}", 1, 8),
            ("{'a':1}", 1, 2),
            ("1 2", 1, 3),
            ("\u{feff}{}", 1, 1),
            ("[1", 1, 3),
        ] {
            assert_eq!(
                error(Compose::Json, text),
                ("payload-not-json", Some((line, column))),
                "{text}"
            );
        }
        let error = Compose::Json.bytes("[1,\n x]").expect_err("an error");
        assert_eq!(
            error.to_string(),
            "this is not JSON at line 2, column 2: expected a value, found 'x'"
        );
    }

    #[test]
    fn hex_is_read_in_many_spellings() {
        for text in
            ["00ff10", "00 FF 10", "0x00, 0xff, 0X10", "00:ff:10", " 0x00FF\n10 ", "0x00ff10"]
        {
            assert_eq!(Compose::Hex.bytes(text), Ok(vec![0, 255, 16]), "{text}");
        }
        assert_eq!(Compose::Hex.bytes(" \n"), Ok(vec![]));
        assert_eq!(error(Compose::Hex, "00 f"), ("payload-hex-half-byte", Some((1, 4))));
        assert_eq!(error(Compose::Hex, "00\nf 0f"), ("payload-hex-half-byte", Some((2, 1))));
        assert_eq!(error(Compose::Hex, "00 fg"), ("payload-not-hex", Some((1, 5))));
        assert_eq!(error(Compose::Hex, "0x0x"), ("payload-not-hex", Some((1, 4))));
    }

    #[test]
    fn base64_is_read_in_both_alphabets() {
        for text in ["+/8=", "-_8=", "-_8", " +/\n8= "] {
            assert_eq!(Compose::Base64.bytes(text), Ok(vec![0xfb, 0xff]), "{text}");
        }
        assert_eq!(Compose::Base64.bytes(""), Ok(vec![]));
        assert_eq!(error(Compose::Base64, "AA\n!A"), ("payload-not-base64", Some((2, 1))));
        assert_eq!(error(Compose::Base64, "AäAA"), ("payload-not-base64", Some((1, 2))));
        assert_eq!(error(Compose::Base64, "AA=A"), ("payload-not-base64", Some((1, 3))));
        assert_eq!(error(Compose::Base64, "AAAAA"), ("payload-base64-cut", None));
    }
}
