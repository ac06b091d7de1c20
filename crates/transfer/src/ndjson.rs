//! NDJSON: a JSON object a line, written and read. Nothing is lost on the way.

use std::io::{BufRead, Read, Write};

use crate::error::from_json;
use crate::{Record, TransferError, object};

/// The longest line that is read, in bytes. The largest payload that MQTT can carry, 256 MiB,
/// fits as base64; a file without line ends does not fill the memory.
const LONGEST_LINE: u64 = 512 * 1024 * 1024;

pub(crate) fn write(out: &mut impl Write, record: &Record) -> Result<(), TransferError> {
    serde_json::to_writer(&mut *out, &object::to_object(record)).map_err(from_json)?;
    out.write_all(b"\n").map_err(TransferError::Write)
}

/// Reads messages one by one. Empty lines are passed over; fields it does not know are ignored.
/// After a bad line it goes on with the next, so that the caller may choose to.
#[derive(Debug)]
pub struct Reader<R> {
    source: R,
    buffer: Vec<u8>,
    line: u64,
    ended: bool,
}

impl<R: BufRead> Reader<R> {
    /// Reads from `source`.
    pub fn new(source: R) -> Self {
        Self { source, buffer: Vec::new(), line: 0, ended: false }
    }

    /// Whether there is another line in the buffer.
    fn read_line(&mut self) -> Result<bool, TransferError> {
        self.buffer.clear();
        self.line += 1;
        let mut bounded = (&mut self.source).take(LONGEST_LINE);
        let count = bounded.read_until(b'\n', &mut self.buffer).map_err(TransferError::Read)?;
        if count as u64 == LONGEST_LINE && !self.buffer.ends_with(b"\n") {
            let reason = format!("it is longer than {LONGEST_LINE} bytes");
            return Err(TransferError::Line { line: self.line, reason });
        }
        Ok(count > 0)
    }

    fn next_record(&mut self) -> Result<Option<Record>, TransferError> {
        loop {
            match self.read_line() {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) => {
                    // Behind a line without an end, nothing can be told apart.
                    self.ended = true;
                    return Err(error);
                }
            }
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        let record = object::from_json(&self.buffer);
        record.map(Some).map_err(|reason| TransferError::Line { line: self.line, reason })
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
