//! Parquet: columns with types, for DuckDB, Spark and ClickHouse. Lossless.
//!
//! Rows wait until there are as many as a row group holds, bounded in number and in bytes; then they
//! are written column by column, compressed with zstd. So a file is complete only when it is
//! finished: its index stands at its end. The columns are those of `schema.rs`.
//!
//! Absent: reading the messages again; `extent.rs` tells how many there are, and of which time.

mod columns;
mod extent;
mod known;
mod schema;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::sync::Arc;

use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;

use crate::{Record, TransferError};
use columns::Rows;
pub use extent::TableExtent;

/// The most rows of a row group: what DuckDB takes for one, so that a thread has one to itself.
pub(crate) const MOST_ROWS: usize = 122_880;
/// What the rows that wait may weigh, in bytes, without the last of them.
pub(crate) const MOST_BYTES: usize = 32 * 1024 * 1024;

/// A table that is being written.
pub(crate) struct Table<W: Write + Send> {
    file: SerializedFileWriter<W>,
    waiting: Rows,
}

impl<W: Write + Send> Table<W> {
    pub(crate) fn new(out: W) -> Result<Self, TransferError> {
        let schema = Arc::new(schema::schema().map_err(failed)?);
        let properties = Arc::new(schema::properties().map_err(failed)?);
        let file = SerializedFileWriter::new(out, schema, properties).map_err(failed)?;
        Ok(Self { file, waiting: Rows::default() })
    }

    pub(crate) fn write(&mut self, record: &Record) -> Result<(), TransferError> {
        self.waiting.push(record);
        if self.waiting.count() >= MOST_ROWS || self.waiting.weight() >= MOST_BYTES {
            self.write_waiting()?;
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<W, TransferError> {
        self.write_waiting()?;
        self.file.into_inner().map_err(failed)
    }

    /// Rows and bytes that wait to be written.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> (usize, usize) {
        (self.waiting.count(), self.waiting.weight())
    }

    fn write_waiting(&mut self) -> Result<(), TransferError> {
        let rows = std::mem::take(&mut self.waiting);
        if rows.count() == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group().map_err(failed)?;
        rows.write(&mut group).map_err(failed)?;
        group.close().map_err(failed)?;
        Ok(())
    }
}

/// The error of the destination, out of the crate's own; nothing else can fail while writing.
fn failed(error: ParquetError) -> TransferError {
    let cause = match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other.to_string()),
    };
    TransferError::Write(cause)
}
