//! JSON: one array, streamed, an object a line; the objects are those of NDJSON.

use std::io::Write;

use crate::error::from_json;
use crate::{Record, TransferError, object};

/// An array that is being written.
pub(crate) struct Array<W> {
    out: W,
    /// What stands before the next object: the first has no comma.
    before: &'static str,
}

impl<W: Write> Array<W> {
    pub(crate) fn new(mut out: W) -> Result<Self, TransferError> {
        out.write_all(b"[").map_err(TransferError::Write)?;
        Ok(Self { out, before: "\n" })
    }

    pub(crate) fn write(&mut self, record: &Record) -> Result<(), TransferError> {
        self.out.write_all(self.before.as_bytes()).map_err(TransferError::Write)?;
        self.before = ",\n";
        serde_json::to_writer(&mut self.out, &object::to_object(record)).map_err(from_json)
    }

    pub(crate) fn finish(mut self) -> Result<W, TransferError> {
        self.out.write_all(b"\n]\n").map_err(TransferError::Write)?;
        Ok(self.out)
    }
}
