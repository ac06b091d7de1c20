//! Text as lines: UTF-8, with everything that does not show itself written out.
//!
//! Lines break at `\n`; a `\r` before it is shown, since two texts can differ in nothing else.
//! Lines too long for a row go on in the next, marked so.

use crate::Format;
use crate::chars;
use crate::document::{Document, Limits, Line, Problem, Token, TokenKind};

/// Characters a line may have before it goes on in the next.
const LONGEST_LINE: usize = 4096;

/// What a line begins with that continues the one above.
const CONTINUED: &str = "↪ ";

pub(crate) fn render(bytes: &[u8], limits: Limits) -> Document {
    let mut pages = Pages { lines: Vec::new(), room: limits.output };
    let mut done = 0;
    for line in bytes.split(|byte| *byte == b'\n') {
        if !pages.add(line) {
            break;
        }
        done += line.len() + 1;
    }
    // A payload that ends in a line break has no further line behind it.
    if bytes.ends_with(b"\n") && done > bytes.len() {
        pages.lines.pop();
    }
    let mut problems = problems(bytes);
    if done < bytes.len() {
        let message = format!("only the first {done} of {} bytes are shown", bytes.len());
        problems.push(Problem::new("too-large", done, message));
    }
    let format = if bytes.is_empty() { Format::Empty } else { Format::Text };
    let lines = if bytes.is_empty() { Vec::new() } else { pages.lines };
    Document { format, lines, problems }
}

struct Pages {
    lines: Vec<Line>,
    room: usize,
}

impl Pages {
    /// Adds one line of the text; says whether there was room for it.
    fn add(&mut self, line: &[u8]) -> bool {
        let mut tokens = Vec::new();
        let mut length = 0;
        for chunk in line.utf8_chunks() {
            let mut rest = chunk.valid();
            while !rest.is_empty() {
                let end = rest.char_indices().nth(LONGEST_LINE - length);
                let end = end.map_or(rest.len(), |(end, _)| end);
                let (now, later) = rest.split_at_checked(end).unwrap_or((rest, ""));
                chars::push_tokens(&mut tokens, TokenKind::Text, now);
                length += now.chars().count();
                rest = later;
                if length >= LONGEST_LINE && !rest.is_empty() {
                    if !self.push(std::mem::take(&mut tokens)) {
                        return false;
                    }
                    tokens.push(Token::new(TokenKind::Note, CONTINUED));
                    length = 0;
                }
            }
            for byte in chunk.invalid() {
                if length >= LONGEST_LINE {
                    if !self.push(std::mem::take(&mut tokens)) {
                        return false;
                    }
                    tokens.push(Token::new(TokenKind::Note, CONTINUED));
                    length = 0;
                }
                tokens.push(Token::new(TokenKind::Escape, format!("\\x{byte:02X}")));
                length += 1;
            }
        }
        self.push(tokens)
    }

    fn push(&mut self, tokens: Vec<Token>) -> bool {
        let line = Line::of(tokens);
        let Some(room) = self.room.checked_sub(line.weight()) else { return false };
        self.room = room;
        self.lines.push(line);
        true
    }
}

/// What is worth knowing about the bytes of a text.
pub(crate) fn problems(bytes: &[u8]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if bytes.starts_with(b"\xef\xbb\xbf") {
        let message = "begins with a byte order mark (EF BB BF)".to_owned();
        problems.push(Problem::new("utf8-bom", 0, message));
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        let at = error.valid_up_to();
        let message = format!("is not UTF-8 from byte {at} on; such bytes are shown as \\xNN");
        problems.push(Problem::new("invalid-utf8", at, message));
    }
    let zeros = bytes.iter().rev().take_while(|byte| **byte == 0).count();
    if zeros > 0 && zeros < bytes.len() {
        let message = format!("ends with {zeros} NUL byte{}", if zeros == 1 { "" } else { "s" });
        problems.push(Problem::new("trailing-nul", bytes.len() - zeros, message));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8]) -> Vec<String> {
        render(bytes, Limits::default()).lines.iter().map(Line::text).collect()
    }

    fn codes(bytes: &[u8]) -> Vec<&'static str> {
        render(bytes, Limits::default()).problems.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn lines_break_where_the_text_does() {
        assert_eq!(texts(b"a\nb\r\n\nc"), ["a", "b\\r", "", "c"]);
        assert_eq!(texts(b"a\n"), ["a"]);
        assert_eq!(texts(b"\n"), [""]);
        assert_eq!(texts(b""), [""; 0]);
    }

    #[test]
    fn bytes_that_are_not_text_are_written_out() {
        assert_eq!(texts(b"Gr\xf6\xdfe"), ["Gr\\xF6\\xDFe"]);
        assert_eq!(codes(b"Gr\xf6\xdfe"), ["invalid-utf8"]);
        assert_eq!(texts("a\u{202e}b".as_bytes()), ["a\\u{202E}b"]);
        assert_eq!(codes(b"\xef\xbb\xbfa\0\0"), ["utf8-bom", "trailing-nul"]);
    }

    #[test]
    fn long_lines_go_on_and_lose_nothing() {
        for text in ["ä".repeat(10_000), "\u{202e}".repeat(4097), "x".repeat(4096)] {
            let lines = texts(text.as_bytes());
            assert_eq!(lines.len(), text.chars().count().div_ceil(LONGEST_LINE));
            let joined: String =
                lines.iter().map(|line| line.strip_prefix(CONTINUED).unwrap_or(line)).collect();
            assert_eq!(joined.replace("\\u{202E}", "\u{202e}"), text);
        }
        assert_eq!(texts(&[0xff; 5000]).len(), 2);
    }

    #[test]
    fn the_limit_cuts_and_says_so() {
        let limits = Limits { output: 2_000, ..Limits::default() };
        let document = render(&b"line\n".repeat(1000), limits);
        assert!(document.lines.len() < 20);
        assert_eq!(document.problems.first().map(|problem| problem.code), Some("too-large"));
    }
}
