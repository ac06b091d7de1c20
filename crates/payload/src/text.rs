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
    if bytes.is_empty() {
        return Document::default();
    }
    let mut pages = Pages { room: limits.output, ..Pages::default() };
    // A payload that ends in a line break has no further line behind it.
    let lines = bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n');
    let is_whole = lines.map(|line| pages.add(line)).all(|fitted| fitted.is_some());
    let mut problems = problems(bytes);
    if !is_whole {
        let message = format!("only the first {} of {} bytes are shown", pages.shown, bytes.len());
        problems.push(Problem::new("too-large", pages.shown, message));
    }
    Document { format: Format::Text, lines: pages.lines, problems }
}

/// The lines so far, and the one that is being made. Adding gives `None` when there is no room.
#[derive(Default)]
struct Pages {
    lines: Vec<Line>,
    room: usize,
    /// Bytes of the payload that stand on `lines`.
    shown: usize,
    tokens: Vec<Token>,
    /// Characters in `tokens`, and the bytes of the payload they were.
    length: usize,
    pending: usize,
}

impl Pages {
    /// Adds one line of the text, and the line break behind it.
    fn add(&mut self, line: &[u8]) -> Option<()> {
        for chunk in line.utf8_chunks() {
            self.add_text(chunk.valid())?;
            for byte in chunk.invalid() {
                self.make_place()?;
                self.tokens.push(Token::new(TokenKind::Escape, format!("\\x{byte:02X}")));
                self.length += 1;
                self.pending += 1;
            }
        }
        self.pending += 1;
        self.end_line()
    }

    fn add_text(&mut self, mut text: &str) -> Option<()> {
        while !text.is_empty() {
            self.make_place()?;
            let end = text.char_indices().nth(LONGEST_LINE - self.length);
            let end = end.map_or(text.len(), |(end, _)| end);
            let (now, later) = text.split_at_checked(end).unwrap_or((text, ""));
            chars::push_tokens(&mut self.tokens, TokenKind::Text, now);
            self.length += now.chars().count();
            self.pending += now.len();
            text = later;
        }
        Some(())
    }

    /// Goes on in a new line when this one is full.
    fn make_place(&mut self) -> Option<()> {
        if self.length >= LONGEST_LINE {
            self.end_line()?;
            self.tokens.push(Token::new(TokenKind::Note, CONTINUED));
        }
        Some(())
    }

    fn end_line(&mut self) -> Option<()> {
        let line = Line::of(std::mem::take(&mut self.tokens));
        self.room = self.room.checked_sub(line.weight())?;
        self.lines.push(line);
        self.shown += std::mem::take(&mut self.pending);
        self.length = 0;
        Some(())
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
        let problem = document.problems.first().map(|problem| (problem.code, problem.offset));
        assert_eq!(problem, Some(("too-large", Some(document.lines.len() * 5))));
    }

    #[test]
    fn a_line_that_is_cut_counts_as_far_as_it_is_shown() {
        let limits = Limits { output: 9_000, ..Limits::default() };
        let document = render(&[b'x'; 100_000], limits);
        let problem = document.problems.first().and_then(|problem| problem.offset);
        assert_eq!((document.lines.len(), problem), (2, Some(2 * LONGEST_LINE)));
    }
}
