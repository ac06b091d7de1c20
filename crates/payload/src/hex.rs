//! Bytes as a hex dump: offset, sixteen bytes, ASCII.
//!
//! Lines are made for a window when it asks; a payload of a megabyte never becomes 65,536 lines
//! at once, except where a whole document is asked for.

use crate::Format;
use crate::document::{Document, Limits, Line, Problem, Token, TokenKind};

/// How many bytes a line shows.
pub const BYTES_PER_LINE: usize = 16;

/// How many lines a payload of this length has.
pub fn hex_line_count(length: usize) -> usize {
    length.div_ceil(BYTES_PER_LINE)
}

/// The lines from `first` on, at most `count`.
pub fn hex_lines(bytes: &[u8], first: usize, count: usize) -> Vec<Line> {
    bytes.chunks(BYTES_PER_LINE).enumerate().skip(first).take(count).map(line).collect()
}

/// The bytes of one line of the dump; none beyond the end.
pub(crate) fn bytes_of_line(bytes: &[u8], line: usize) -> &[u8] {
    bytes.chunks(BYTES_PER_LINE).nth(line).unwrap_or_default()
}

/// The whole dump, as far as the limits go.
pub(crate) fn render(bytes: &[u8], limits: Limits) -> Document {
    let weight = hex_lines(bytes, 0, 1).first().map_or(1, Line::weight);
    let room = limits.output / weight;
    let mut document = Document { format: Format::Binary, ..Document::default() };
    document.lines = hex_lines(bytes, 0, room);
    let shown = room.saturating_mul(BYTES_PER_LINE);
    if shown < bytes.len() {
        let message = format!("only the first {shown} of {} bytes are shown", bytes.len());
        document.problems.push(Problem::new("too-large", shown, message));
    }
    document
}

fn line((number, bytes): (usize, &[u8])) -> Line {
    let mut hex = String::with_capacity(52);
    for (column, byte) in bytes.iter().enumerate() {
        hex.push_str(if column == BYTES_PER_LINE / 2 { "  " } else { " " });
        hex.push_str(&pair(*byte));
    }
    let ascii = |byte: &u8| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => '.',
    };
    Line::of(vec![
        Token::new(TokenKind::Offset, format!("{:08X} ", number * BYTES_PER_LINE)),
        Token::new(TokenKind::Hex, format!("{hex:<49}  ")),
        Token::new(TokenKind::Ascii, bytes.iter().map(ascii).collect::<String>()),
    ])
}

/// Two digits, upper case.
pub(crate) fn pair(byte: u8) -> String {
    format!("{byte:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_offset_bytes_and_text() {
        let bytes: Vec<u8> = (0x40..0x53).chain([0xff]).collect();
        let lines = hex_lines(&bytes, 0, 9);
        let texts: Vec<String> = lines.iter().map(Line::text).collect();
        assert_eq!(
            texts,
            [
                "00000000  40 41 42 43 44 45 46 47  48 49 4A 4B 4C 4D 4E 4F  @ABCDEFGHIJKLMNO",
                "00000010  50 51 52 FF                                       PQR.",
            ]
        );
    }

    #[test]
    fn a_window_is_cut_out_of_the_whole() {
        let bytes = vec![7; 1000];
        assert_eq!(hex_line_count(bytes.len()), 63);
        let all = hex_lines(&bytes, 0, usize::MAX);
        assert_eq!(all.len(), 63);
        assert_eq!(hex_lines(&bytes, 60, 2), all[60..62]);
        assert_eq!(hex_lines(&bytes, 63, 2), []);
    }

    #[test]
    fn a_document_stops_at_its_limit_and_says_so() {
        let limits = Limits { output: 10_000, ..Limits::default() };
        let document = render(&[1; 100_000], limits);
        assert!(document.lines.len() < 100 && !document.lines.is_empty());
        assert_eq!(document.problems.first().map(|problem| problem.code), Some("too-large"));
    }
}
