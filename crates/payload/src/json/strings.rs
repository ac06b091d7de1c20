//! String literals for the eye: escapes of visible characters are read, all others stay, and what
//! hides is written out.

use crate::chars;
use crate::document::{Token, TokenKind};

/// A piece of a string literal, as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// As in the source.
    Plain(&'a str),
    /// An escape that stays one.
    Escape(&'a str),
    /// An escape that stands for a visible character.
    Character(char),
    /// An escape for half of a pair: stays one, and is worth a problem.
    LoneSurrogate,
}

/// Appends a string literal: hidden characters and escapes as escapes, `\u00fc` as `ü`.
pub(super) fn push_string(tokens: &mut Vec<Token>, kind: TokenKind, literal: &str) {
    let mut plain = String::new();
    let mut rest = literal;
    while let Some((piece, after)) = next_piece(rest) {
        let source = rest.get(..rest.len() - after.len()).unwrap_or_default();
        rest = after;
        match piece {
            Piece::Plain(text) => plain.push_str(text),
            Piece::Character(character) => plain.push(character),
            Piece::Escape(_) | Piece::LoneSurrogate => {
                chars::push_tokens(tokens, kind, &std::mem::take(&mut plain));
                tokens.push(Token::new(TokenKind::Escape, source));
            }
        }
    }
    chars::push_tokens(tokens, kind, &plain);
}

/// Whether there is an escape for half of a surrogate pair without the other half.
pub(super) fn has_lone_surrogate(literal: &str) -> bool {
    literal.contains("\\u") && pieces(literal).any(|piece| piece == Piece::LoneSurrogate)
}

fn pieces(literal: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = literal;
    std::iter::from_fn(move || {
        let (piece, after) = next_piece(rest)?;
        rest = after;
        Some(piece)
    })
}

/// The first piece of a checked literal, and what follows it.
fn next_piece(literal: &str) -> Option<(Piece<'_>, &str)> {
    let escape = literal.find('\\').unwrap_or(literal.len());
    if literal.is_empty() {
        return None;
    }
    let split = |at: usize| literal.split_at_checked(at).unwrap_or((literal, ""));
    if escape > 0 {
        let (plain, rest) = split(escape);
        return Some((Piece::Plain(plain), rest));
    }
    let Some(first) = unit(literal) else {
        let (escape, rest) = split(2);
        return Some((Piece::Escape(escape), rest));
    };
    let (escape, rest) = split(6);
    let pair = [Some(first), unit(rest)].into_iter().flatten();
    match char::decode_utf16(pair).next()? {
        Err(_) => Some((Piece::LoneSurrogate, rest)),
        Ok(character) if chars::is_hidden(character) || matches!(character, '"' | '\\') => {
            let (escape, rest) =
                if character.len_utf16() == 2 { split(12) } else { (escape, rest) };
            Some((Piece::Escape(escape), rest))
        }
        Ok(character) => Some((Piece::Character(character), split(6 * character.len_utf16()).1)),
    }
}

/// The UTF-16 unit of a `\uXXXX` at the start.
fn unit(literal: &str) -> Option<u16> {
    u16::from_str_radix(literal.strip_prefix("\\u")?.get(..4)?, 16).ok()
}
