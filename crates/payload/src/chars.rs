//! Characters that do not show themselves: they are written as escapes, so that what is on screen
//! is what was sent.

use crate::document::{Token, TokenKind};

/// Whether a character is invisible, or moves or reorders others: controls, direction marks,
/// zero-width characters, line separators, tags.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A name on one line, with every blank it has: hidden characters as escapes, bytes that are not
/// UTF-8 as `\xNN`.
pub fn escaped(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_hidden(character) {
                shown.push_str(&escape(character));
            } else {
                shown.push(character);
            }
        }
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{}", crate::hex::pair(*byte)));
        }
    }
    shown
}

/// How a hidden character is written.
pub(crate) fn escape(character: char) -> String {
    match character {
        '\0' => "\\0".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        other => format!("\\u{{{:04X}}}", u32::from(other)),
    }
}

/// Appends a text as tokens, hidden characters as escapes of their own. Tabs stay: they lay text
/// out.
pub(crate) fn push_tokens(tokens: &mut Vec<Token>, kind: TokenKind, text: &str) {
    let is_escaped = |character: char| character != '\t' && is_hidden(character);
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(is_escaped).unwrap_or(rest.len());
        let (plain, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if !plain.is_empty() {
            tokens.push(Token::new(kind, plain));
        }
        let mut characters = after.chars();
        if let Some(hidden) = characters.next() {
            tokens.push(Token::new(TokenKind::Escape, escape(hidden)));
        }
        rest = characters.as_str();
    }
}

/// Line and column of a byte offset, from 1; columns count characters.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let end = text.floor_char_boundary(offset);
    let before = text.get(..end).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before.get(start..).unwrap_or_default().chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_blanks_and_show_what_hides() {
        assert_eq!(escaped(b"a  b"), "a  b");
        assert_eq!(escaped("\u{202e}x\n".as_bytes()), "\\u{202E}x\\n");
        assert_eq!(escaped(b"a\xffb"), "a\\xFFb");
    }

    #[test]
    fn what_hides_is_written_and_what_shows_is_left() {
        let mut tokens = Vec::new();
        push_tokens(&mut tokens, TokenKind::Text, "a\u{202e}b\tc\0\u{200b}ä😀");
        let shown: Vec<(TokenKind, &str)> =
            tokens.iter().map(|token| (token.kind, token.text.as_str())).collect();
        let (text, escape) = (TokenKind::Text, TokenKind::Escape);
        assert_eq!(
            shown,
            [
                (text, "a"),
                (escape, "\\u{202E}"),
                (text, "b\tc"),
                (escape, "\\0"),
                (escape, "\\u{200B}"),
                (text, "ä😀"),
            ]
        );
    }

    #[test]
    fn positions_count_lines_and_characters() {
        for (offset, expected) in [(0, (1, 1)), (2, (1, 2)), (3, (2, 1)), (4, (2, 2)), (99, (2, 2))]
        {
            assert_eq!(position("ä\nb", offset), expected, "{offset}");
        }
    }
}
