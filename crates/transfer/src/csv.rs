//! CSV for spreadsheets: RFC 4180, a line of column names, a line a message.
//!
//! Left out: the connection and the sequence number. A topic that is not UTF-8 shows U+FFFD. For a
//! copy that loses nothing there is NDJSON.

use std::borrow::Cow;
use std::io::{self, Write};

use csv::Terminator;
use wiretree_model::Direction;

use crate::error::from_csv;
use crate::object::{Encoding, payload_text, properties_text};
use crate::{Formulas, Record, TransferError, moment};

const COLUMNS: [&str; 11] = [
    "ts",
    "dir",
    "topic",
    "qos",
    "retain",
    "dup",
    "mid",
    "size",
    "encoding",
    "payload",
    "properties",
];

/// A table that is being written.
pub(crate) struct Table<W: Write> {
    out: csv::Writer<W>,
    formulas: Formulas,
}

impl<W: Write> Table<W> {
    pub(crate) fn new(out: W, formulas: Formulas) -> Result<Self, TransferError> {
        let mut out = csv::WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
        out.write_record(COLUMNS).map_err(from_csv)?;
        Ok(Self { out, formulas })
    }

    pub(crate) fn write(&mut self, record: &Record) -> Result<(), TransferError> {
        let message = &record.message;
        let publish = &message.publish;
        let at = message.received_at;
        let flag = |set: bool| Cow::from(if set { "true" } else { "false" });
        let (encoding, payload) = payload_text(&publish.payload);
        let cells: [Cow<'_, str>; COLUMNS.len()] = [
            moment::to_text(at).unwrap_or_else(|| at.0.to_string()).into(),
            match message.direction {
                Direction::Received => "in".into(),
                Direction::Sent => "out".into(),
            },
            publish.topic.to_text(),
            publish.qos.bits().to_string().into(),
            flag(publish.retain),
            flag(publish.dup),
            publish.packet_id.map(|id| id.to_string()).unwrap_or_default().into(),
            publish.payload.len().to_string().into(),
            match encoding {
                Encoding::Utf8 => "utf8".into(),
                Encoding::Base64 | Encoding::File => "base64".into(),
            },
            payload,
            properties_text(&publish.properties).into(),
        ];
        let cells = cells.map(|cell| match self.formulas {
            Formulas::Disarmed => disarm(cell),
            Formulas::Verbatim => cell,
        });
        self.out.write_record(cells.iter().map(|cell| cell.as_bytes())).map_err(from_csv)
    }

    pub(crate) fn finish(self) -> Result<W, TransferError> {
        self.out
            .into_inner()
            .map_err(|error| TransferError::Write(io::Error::other(error.to_string())))
    }
}

/// Puts an apostrophe before what a spreadsheet would compute (OWASP ASVS 1.2.10).
fn disarm(cell: Cow<'_, str>) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) {
        format!("'{cell}").into()
    } else {
        cell
    }
}
