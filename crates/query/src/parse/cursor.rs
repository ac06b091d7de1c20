//! The place in the text, and the pieces that can be taken from there.

use std::ops::Range;

use crate::QueryError;

/// The text and how far it has been read; always at the boundary of a character.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// A run of characters up to a space or a closing parenthesis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
}

impl<'a> Word<'a> {
    /// The letters before a colon, if that is how it begins.
    pub(crate) fn field_name(self) -> Option<&'a str> {
        let (name, _) = self.text.split_once(':')?;
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        is_name.then_some(name)
    }
}

/// Whether a JSON path begins here, rather than a word such as `$SYS`.
pub(crate) fn is_path_start(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('$') else { return false };
    let next = rest.chars().next();
    next.is_none_or(|c| {
        c.is_whitespace() || matches!(c, '.' | '[' | ')' | '<' | '>' | '=' | '!' | '~')
    })
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn starts_with(&self, start: &str) -> bool {
        self.rest().starts_with(start)
    }

    /// Goes on by bytes that were looked at.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub(crate) fn skip_spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    pub(crate) fn take(&mut self, wanted: char) -> bool {
        let is_there = self.peek() == Some(wanted);
        self.at += if is_there { wanted.len_utf8() } else { 0 };
        is_there
    }

    /// What stands here and satisfies, taken.
    pub(crate) fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = rest.find(|c| !is_part(c)).and_then(|end| rest.get(..end)).unwrap_or(rest);
        self.at += taken.len();
        taken
    }

    /// A value without quotes.
    pub(crate) fn take_value(&mut self) -> &'a str {
        self.take_while(|c| !c.is_whitespace() && c != ')')
    }

    pub(crate) fn peek_word(&self) -> Word<'a> {
        let mut ahead = *self;
        Word { text: ahead.take_value() }
    }

    /// `and`, `or` or `not` in small or in capital letters, with a boundary behind it.
    pub(crate) fn is_keyword(&self, keyword: &str) -> bool {
        let rest = self.rest();
        let Some((start, behind)) = rest.split_at_checked(keyword.len()) else { return false };
        let fits = start == keyword || start == keyword.to_ascii_uppercase();
        fits && behind.chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')'))
    }

    /// Takes a keyword and the spaces before it.
    pub(crate) fn take_keyword(&mut self, keyword: &str) -> bool {
        let mut ahead = *self;
        ahead.skip_spaces();
        if !ahead.is_keyword(keyword) {
            return false;
        }
        ahead.skip(keyword.len());
        *self = ahead;
        true
    }

    /// Whether `user.` goes on to a colon, rather than being part of a word.
    pub(crate) fn is_user_property(&self) -> bool {
        let word = self.peek_word().text;
        word.contains(':') || word.contains('"')
    }

    pub(crate) fn is_at_boundary(&self) -> bool {
        self.peek().is_none_or(|c| c.is_whitespace() || c == ')')
    }

    /// Nothing may be glued to what was read.
    pub(crate) fn expect_boundary(&self) -> Result<(), QueryError> {
        if self.is_at_boundary() {
            return Ok(());
        }
        let span = self.at..self.at + self.peek().map_or(0, char::len_utf8);
        Err(QueryError::new(span, "A space is missing here.", "a space"))
    }

    /// Where a piece of the rest stands.
    pub(crate) fn span_of(&self, piece: &str) -> Range<usize> {
        self.at..self.at + piece.len()
    }

    /// What stands between two slashes; `\/` is none of them.
    pub(crate) fn between_slashes(&mut self) -> Result<&'a str, QueryError> {
        let start = self.at;
        self.skip(1);
        let mut is_escaped = false;
        let rest = self.rest();
        for (offset, character) in rest.char_indices() {
            match character {
                '/' if !is_escaped => {
                    self.skip(offset + 1);
                    return Ok(rest.get(..offset).unwrap_or_default());
                }
                _ => is_escaped = character == '\\' && !is_escaped,
            }
        }
        let sentence = "The second slash of this regular expression is missing. Text that begins \
                        with a slash stands in quotes.";
        Err(QueryError::new(start..self.text.len(), sentence, "/"))
    }

    /// Text in quotes with the escapes of JSON.
    pub(crate) fn quoted(&mut self) -> Result<String, QueryError> {
        let start = self.at;
        self.skip(1);
        let mut text = String::new();
        loop {
            let before = self.at;
            let Some(character) = self.peek() else {
                let sentence = "The closing quote is missing.";
                return Err(QueryError::new(start..self.at, sentence, "\""));
            };
            self.skip(character.len_utf8());
            match character {
                '"' => return Ok(text),
                '\\' => {
                    let escaped = self.escaped().ok_or_else(|| {
                        let span = before..(before + 2).min(self.text.len());
                        let span = span.start..self.ceiling(span.end);
                        let sentence = "There is no such escape; a backslash itself is \\\\.";
                        QueryError::new(span, sentence, "\\\" \\\\ \\/ \\n \\r \\t or \\u00e4")
                    })?;
                    text.push(escaped);
                }
                other => text.push(other),
            }
        }
    }

    /// The next boundary of a character.
    fn ceiling(&self, mut at: usize) -> usize {
        while at < self.text.len() && !self.text.is_char_boundary(at) {
            at += 1;
        }
        at
    }

    /// What stands behind a backslash.
    fn escaped(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.skip(character.len_utf8());
        Some(match character {
            '"' | '\\' | '/' => character,
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode(),
            _ => return None,
        })
    }

    /// Four hex digits; two times four for a character beyond the first plane.
    fn unicode(&mut self) -> Option<char> {
        let first = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        self.starts_with("\\u").then(|| self.skip(2))?;
        let second = self.four_digits()?;
        let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + low)
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let value = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
        self.skip(4);
        Some(value)
    }
}
