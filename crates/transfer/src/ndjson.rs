//! NDJSON: a JSON object a line, written and read. Nothing is lost on the way.

use std::io::{BufRead, Write};

use crate::error::from_json;
use crate::import::{Line, Lines};
use crate::{Record, TransferError, object};

pub(crate) fn write(out: &mut impl Write, record: &Record) -> Result<(), TransferError> {
    serde_json::to_writer(&mut *out, &object::to_object(record)).map_err(from_json)?;
    out.write_all(b"\n").map_err(TransferError::Write)
}

/// The line of a message whose payload stands in a file of its own.
pub(crate) fn write_with_file(
    out: &mut impl Write,
    record: &Record,
    file: &str,
) -> Result<(), TransferError> {
    serde_json::to_writer(&mut *out, &object::with_file(record, file)).map_err(from_json)?;
    out.write_all(b"\n").map_err(TransferError::Write)
}

/// Reads messages one by one. Empty lines are passed over; fields it does not know are ignored.
/// After a bad line it goes on with the next, so that the caller may choose to.
#[derive(Debug)]
pub struct Reader<R> {
    lines: Lines<R>,
    ended: bool,
}

impl<R: BufRead> Reader<R> {
    /// Reads from `source`.
    pub fn new(source: R) -> Self {
        Self { lines: Lines::new(source), ended: false }
    }

    fn next_record(&mut self) -> Result<Option<Record>, TransferError> {
        let read = match self.lines.advance() {
            Ok(Line::End) => return Ok(None),
            Ok(Line::Whole) => object::from_json(self.lines.bytes()),
            Ok(Line::TooLong) => Err(self.lines.too_long()),
            Err(error) => {
                self.ended = true;
                return Err(TransferError::Read(error));
            }
        };
        read.map(Some).map_err(|reason| TransferError::Line { line: self.lines.number(), reason })
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Record, TransferError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let record = self.next_record().transpose();
        self.ended |= record.is_none();
        record
    }
}
