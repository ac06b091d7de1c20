//! Messages that MQTTX exported as CSV: a row a message, columns found by their names.

use std::io::BufRead;
use std::ops::ControlFlow;

use bytes::Bytes;
use csv::ByteRecord;
use time::UtcOffset;

use super::mqttx_message::{Binary, Listed, Parts};
use super::scalar::{Scalar, Scalars};
use super::stream::{Bounded, Budget};
use super::{Entry, Fidelity, ImportError, Place};
use crate::Record;

/// The largest row, in bytes: MQTTX holds a payload as text in memory more than once.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Reads the rows until told to stop.
pub(super) fn read(
    source: impl BufRead,
    offset: UtcOffset,
    each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
) -> Result<(), ImportError> {
    let budget = Budget::new(LONGEST);
    let mut table =
        csv::ReaderBuilder::new().flexible(true).from_reader(Bounded::new(source, budget.clone()));
    let columns = table.byte_headers().map_err(|error| failed(&budget, &error))?.clone();
    let columns = Columns::new(&columns);
    let mut row = ByteRecord::new();
    loop {
        budget.allow(LONGEST);
        match table.read_byte_record(&mut row) {
            Ok(false) => return Ok(()),
            Ok(true) => {}
            Err(error) => return Err(failed(&budget, &error)),
        }
        let line = row.position().map_or(0, csv::Position::line);
        let entry = match columns.message(&row, offset) {
            Ok(record) => Entry::Message { record, fidelity: Fidelity::AsWritten },
            Err(reason) => Entry::Bad { place: Place::Line(line), reason },
        };
        if each(entry).is_break() {
            return Ok(());
        }
    }
}

/// Only the source can fail: a row of another length is taken, and bytes need not be text.
fn failed(budget: &Budget, error: &csv::Error) -> ImportError {
    budget.overrun().unwrap_or_else(|| ImportError::Read(error.to_string()))
}

/// Where the columns stand.
struct Columns<'a>(Vec<&'a [u8]>);

impl<'a> Columns<'a> {
    fn new(header: &'a ByteRecord) -> Self {
        let mark = "\u{feff}".as_bytes();
        Self(header.iter().map(|name| name.strip_prefix(mark).unwrap_or(name)).collect())
    }

    fn bytes<'r>(&self, row: &'r ByteRecord, name: &str) -> &'r [u8] {
        let at = self.0.iter().position(|known| *known == name.as_bytes());
        at.and_then(|at| row.get(at)).unwrap_or_default()
    }

    fn text<'r>(&self, row: &'r ByteRecord, name: &str) -> Result<&'r str, String> {
        std::str::from_utf8(self.bytes(row, name)).map_err(|_| format!("{name} is not text"))
    }

    fn scalar(&self, row: &ByteRecord, name: &str) -> Result<Scalar, String> {
        self.text(row, name).map(Scalar::cell)
    }

    fn message(&self, row: &ByteRecord, offset: UtcOffset) -> Result<Record, String> {
        let sent = match self.text(row, "direction")? {
            "publish" => true,
            "received" => false,
            _ => return Err("direction is publish or received".to_owned()),
        };
        let parts = Parts {
            connection: self.text(row, "connection_name")?,
            created: self.text(row, "createAt")?,
            sent,
            topic: self.text(row, "topic")?.to_owned(),
            payload: Bytes::copy_from_slice(self.bytes(row, "payload")),
            qos: self.scalar(row, "qos")?,
            retain: self.scalar(row, "retain")?,
            properties: self.properties(row)?,
        };
        parts.into_record(offset)
    }

    fn properties(&self, row: &ByteRecord) -> Result<Listed, String> {
        let pairs = self.text(row, "user_properties")?.trim();
        let user_properties = match pairs {
            "" => None,
            text => Some(
                serde_json::from_str(text)
                    .map_err(|error| format!("user_properties is not JSON ({error})"))?,
            ),
        };
        let identifier = self.scalar(row, "subscription_identifier")?;
        let correlation = self.text(row, "correlation_data")?.to_owned();
        Ok(Listed {
            payload_format_indicator: self.scalar(row, "payload_format_indicator")?,
            message_expiry_interval: self.scalar(row, "message_expiry_interval")?,
            topic_alias: self.scalar(row, "topic_alias")?,
            response_topic: self.scalar(row, "response_topic")?,
            correlation_data: Some(Binary::Text(correlation)),
            user_properties,
            subscription_identifier: Some(Scalars::one(identifier)),
            content_type: self.scalar(row, "content_type")?,
        })
    }
}
