//! One writer for every format.

use std::io::Write;

use crate::{Record, TransferError, csv, json, mosquitto, mqttx, ndjson, parquet};

/// How messages are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON object a line. Lossless.
    Ndjson,
    /// One JSON array of the same objects. Lossless.
    Json,
    /// RFC 4180, with a line of column names.
    Csv(Formulas),
    /// Columns with types. Lossless.
    Parquet,
    /// What MQTTX exports and imports; see `mqttx.rs` for what it loses.
    Mqttx,
    /// A JSON object a line, as `mosquitto_sub -F %J` prints it; see `mosquitto.rs` for what it loses.
    Mosquitto,
}

impl Format {
    /// The ending of a file name, without its dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Ndjson | Self::Mosquitto => "ndjson",
            Self::Json | Self::Mqttx => "json",
            Self::Csv(_) => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// What happens to a cell that a spreadsheet would take for a formula.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Formulas {
    /// It gets an apostrophe in front (OWASP: CSV injection). For people.
    #[default]
    Disarmed,
    /// It stays as it is. For programs that read every cell as text.
    Verbatim,
}

/// Writes messages one by one to a destination, which should be buffered.
pub struct Writer<W: Write + Send> {
    inner: Inner<W>,
}

enum Inner<W: Write + Send> {
    Ndjson(W),
    Json(json::Array<W>),
    Csv(Box<csv::Table<W>>),
    Parquet(Box<parquet::Table<W>>),
    Mqttx(mqttx::Backup<W>),
    Mosquitto(mosquitto::Lines<W>),
}

impl<W: Write + Send> Writer<W> {
    /// Begins: writes what stands before the first message.
    ///
    /// # Errors
    /// The destination takes no more.
    pub fn new(format: Format, destination: W) -> Result<Self, TransferError> {
        let inner = match format {
            Format::Ndjson => Inner::Ndjson(destination),
            Format::Json => Inner::Json(json::Array::new(destination)?),
            Format::Csv(formulas) => Inner::Csv(Box::new(csv::Table::new(destination, formulas)?)),
            Format::Parquet => Inner::Parquet(Box::new(parquet::Table::new(destination)?)),
            Format::Mqttx => Inner::Mqttx(mqttx::Backup::new(destination)?),
            Format::Mosquitto => Inner::Mosquitto(mosquitto::Lines::new(destination)),
        };
        Ok(Self { inner })
    }

    /// Writes one message.
    ///
    /// # Errors
    /// The destination takes no more.
    pub fn write(&mut self, record: &Record) -> Result<(), TransferError> {
        match &mut self.inner {
            Inner::Ndjson(out) => ndjson::write(out, record),
            Inner::Json(array) => array.write(record),
            Inner::Csv(table) => table.write(record),
            Inner::Parquet(table) => table.write(record),
            Inner::Mqttx(backup) => backup.write(record),
            Inner::Mosquitto(lines) => lines.write(record),
        }
    }

    /// Ends: writes what stands behind the last message, flushes, and gives the destination back.
    /// Without it, a file of JSON or Parquet is not complete.
    ///
    /// # Errors
    /// The destination takes no more.
    pub fn finish(self) -> Result<W, TransferError> {
        let mut out = match self.inner {
            Inner::Ndjson(out) => out,
            Inner::Json(array) => array.finish()?,
            Inner::Csv(table) => table.finish()?,
            Inner::Parquet(table) => table.finish()?,
            Inner::Mqttx(backup) => backup.finish()?,
            Inner::Mosquitto(lines) => lines.finish(),
        };
        out.flush().map_err(TransferError::Write)?;
        Ok(out)
    }
}
