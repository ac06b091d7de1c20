//! Lines of bounded length. What is longer is passed over to its end without being kept, so that a
//! file with one bad line can be read on, and one without line ends does not fill the memory.

use std::io::{self, BufRead, Read};

/// The longest line that is read, in bytes. The largest payload that MQTT can carry, 256 MiB, fits
/// as base64.
const LONGEST: u64 = 512 * 1024 * 1024;

/// Lines of a source, one at a time.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    number: u64,
    longest: u64,
}

/// What stands in the buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line with something on it.
    Whole,
    /// Nothing: it was too long, and the next one can be read.
    TooLong,
    /// Nothing: there are no more.
    End,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(source: R) -> Self {
        Self::bounded(source, LONGEST)
    }

    pub(crate) fn bounded(source: R, longest: u64) -> Self {
        Self { source, buffer: Vec::new(), number: 0, longest }
    }

    /// Reads the next line that is not blank.
    pub(crate) fn advance(&mut self) -> io::Result<Line> {
        loop {
            self.buffer.clear();
            self.number += 1;
            let mut bounded = (&mut self.source).take(self.longest);
            let count = bounded.read_until(b'\n', &mut self.buffer)?;
            if count == 0 {
                return Ok(Line::End);
            }
            if count as u64 == self.longest && !self.buffer.ends_with(b"\n") {
                // Whoever sent this should not keep the memory taken.
                self.buffer = Vec::new();
                self.pass_over()?;
                return Ok(Line::TooLong);
            }
            if !self.buffer.trim_ascii().is_empty() {
                return Ok(Line::Whole);
            }
        }
    }

    /// The line as it stands in the source, a mark of UTF-8 before the first left out.
    pub(crate) fn bytes(&self) -> &[u8] {
        let mark = if self.number == 1 { "\u{feff}".as_bytes() } else { b"" };
        self.buffer.strip_prefix(mark).unwrap_or(&self.buffer)
    }

    /// Its number, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Why a line was not read.
    pub(crate) fn too_long(&self) -> String {
        format!("it is longer than {} bytes", self.longest)
    }

    fn pass_over(&mut self) -> io::Result<()> {
        loop {
            let piece = self.source.fill_buf()?;
            let (used, ended) = match piece.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (piece.len(), piece.is_empty()),
            };
            self.source.consume(used);
            if ended {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_is_read() {
        let text = b"one\n\nfar too long for this\r\n\n four\nalso too long";
        let mut lines = Lines::bounded(text.as_slice(), 8);
        let mut found = Vec::new();
        loop {
            let line = lines.advance().unwrap();
            found.push((lines.number(), String::from_utf8(lines.bytes().to_vec()).unwrap()));
            match line {
                Line::Whole => {}
                Line::TooLong => assert_eq!(lines.bytes(), b""),
                Line::End => break,
            }
        }
        let numbers: Vec<_> = found.iter().map(|(number, text)| (*number, text.as_str())).collect();
        assert_eq!(numbers, [(1, "one\n"), (3, ""), (5, " four\n"), (6, ""), (7, "")]);
    }

    #[test]
    fn the_mark_before_the_first_line_is_no_part_of_it() {
        let mut lines = Lines::new("\u{feff}{}\n\u{feff}x\n".as_bytes());
        lines.advance().unwrap();
        assert_eq!(lines.bytes(), b"{}\n");
        lines.advance().unwrap();
        assert_eq!(lines.bytes(), "\u{feff}x\n".as_bytes(), "elsewhere it is text");
    }
}
