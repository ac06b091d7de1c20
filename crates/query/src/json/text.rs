//! What stands between the quotes of a JSON string, with its escapes read.

use std::borrow::Cow;

/// The bytes that a string literal means. An escape that means nothing stays as it is; half of a
/// surrogate pair becomes U+FFFD.
pub(super) fn unescaped(raw: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', raw).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        bytes.extend_from_slice(plain);
        let (character, length) = read(escape);
        match character {
            Some(character) => {
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            None => bytes.extend_from_slice(escape.get(..length).unwrap_or_default()),
        }
        rest = escape.get(length..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest);
    Cow::Owned(bytes)
}

/// The character of the escape that `text` begins with, and its length in bytes.
fn read(text: &[u8]) -> (Option<char>, usize) {
    let simple = |character| (Some(character), 2);
    match text.get(1) {
        Some(b'"') => simple('"'),
        Some(b'\\') => simple('\\'),
        Some(b'/') => simple('/'),
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(b'n') => simple('\n'),
        Some(b'r') => simple('\r'),
        Some(b't') => simple('\t'),
        Some(b'u') => unicode(text),
        _ => (None, 1),
    }
}

fn unicode(text: &[u8]) -> (Option<char>, usize) {
    let Some(first) = unit(text) else { return (None, 2) };
    let low = text.get(6..).and_then(unit).filter(|unit| (0xdc00..0xe000).contains(unit));
    match (first, low) {
        (0xd800..0xdc00, Some(low)) => {
            let code = 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00);
            (char::from_u32(code), 12)
        }
        _ => (Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)), 6),
    }
}

/// The number in `\u` and four digits.
fn unit(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |sum, byte| Some(sum * 16 + char::from(*byte).to_digit(16)?))
}
