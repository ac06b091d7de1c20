//! Characters that do not show themselves: they are written as escapes, so that what is on screen
//! is what was sent.

pub(crate) use wiretree_model::{escape, is_hidden};

use crate::document::{Token, TokenKind};

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
