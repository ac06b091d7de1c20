//! Files of this and of other programs, read: messages one at a time, connections as profiles.
//!
//! Promises: what a file is, is told by its content; memory is bounded by the largest entry that is
//! taken, however large the file and whatever is in it; an entry that is wrong is named and the next
//! one is read, as far as it can be told where that begins. Absent: files, which the caller opens,
//! and databases, which `store` turns into text that is read here.

pub mod connections;
mod detect;
mod error;
mod keys;
mod lines;
mod local_time;
mod mosquitto;
mod mqttx_csv;
mod mqttx_document;
mod mqttx_message;
mod pairs;
mod scalar;
mod stream;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::BufRead;
use std::ops::ControlFlow;

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use time::UtcOffset;

pub use detect::{FileKind, HEAD, detect};
pub use error::ImportError;
pub(crate) use lines::{Line, Lines};

use crate::{Record, object};

/// What reading comes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A message. Its sequence number is 0, and the name of its connection empty, where the file does
    /// not have them.
    Message {
        /// The message.
        record: Record,
        /// Whether its payload can be the one that was received.
        fidelity: Fidelity,
    },
    /// Something that is no message. What stands behind it can be read.
    Bad {
        /// Where it stands.
        place: Place,
        /// What is wrong with it, in words.
        reason: String,
    },
}

/// Whether a payload can be the one that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fidelity {
    /// As far as the file says.
    AsWritten,
    /// The file says that it had another length: the program that wrote it has changed it.
    Changed,
}

/// Where something stands in a file, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of text.
    Line(u64),
    /// A message, where lines mean nothing.
    Message(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(formatter, "line {number}"),
            Self::Message(number) => write!(formatter, "message {number}"),
        }
    }
}

/// How far times without a zone are from UTC; none by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset(UtcOffset);

impl Default for Offset {
    fn default() -> Self {
        Self(UtcOffset::UTC)
    }
}

impl Offset {
    /// So many minutes, to the east positive; none: more than a day and a bit.
    pub fn from_minutes(minutes: i16) -> Option<Self> {
        UtcOffset::from_whole_seconds(i32::from(minutes) * 60).ok().map(Self)
    }
}

/// Hands on each message of a file of this kind, until told to stop; those of connections alone have
/// none.
///
/// # Errors
/// The source gives no more, or nothing more can be told apart in it.
pub fn read_messages(
    kind: FileKind,
    offset: Offset,
    source: impl BufRead,
    each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
) -> Result<(), ImportError> {
    let Offset(offset) = offset;
    match kind {
        FileKind::Ndjson => lines(source, each, |line| {
            let record = object::from_json(line)?;
            Ok((record, Fidelity::AsWritten))
        }),
        FileKind::Mosquitto => lines(source, each, |line| mosquitto::read(line, offset)),
        FileKind::Json => array(source, each),
        FileKind::MqttxCsv => mqttx_csv::read(source, offset, each),
        FileKind::MqttxJson => {
            let mut messages = Messages { offset, number: 0, each };
            mqttx_document::walk(source, &mut messages)
        }
        FileKind::MqttExplorer | FileKind::Mq3t | FileKind::Database => Ok(()),
    }
}

/// An object a line.
fn lines(
    source: impl BufRead,
    each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    read: impl Fn(&[u8]) -> Result<(Record, Fidelity), String>,
) -> Result<(), ImportError> {
    let mut lines = Lines::new(source);
    loop {
        let found = match lines.advance().map_err(|error| ImportError::Read(error.to_string()))? {
            Line::End => return Ok(()),
            Line::Whole => read(lines.bytes()),
            Line::TooLong => Err(lines.too_long()),
        };
        if each(entry(Place::Line(lines.number()), found)).is_break() {
            return Ok(());
        }
    }
}

/// One array of our objects.
fn array(
    source: impl BufRead,
    each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
) -> Result<(), ImportError> {
    let mut number = 0;
    stream::elements(source, &mut |element| {
        number += 1;
        let read = object::from_json(element.get().as_bytes());
        let found = read.map(|record| (record, Fidelity::AsWritten));
        each(entry(Place::Message(number), found))
    })
}

fn entry(place: Place, found: Result<(Record, Fidelity), String>) -> Entry {
    match found {
        Ok((record, fidelity)) => Entry::Message { record, fidelity },
        Err(reason) => Entry::Bad { place, reason },
    }
}

/// The messages of a backup of MQTTX.
struct Messages<'a> {
    offset: UtcOffset,
    number: u64,
    each: &'a mut dyn FnMut(Entry) -> ControlFlow<()>,
}

impl mqttx_document::Visit for Messages<'_> {
    fn message(&mut self, connection: &str, message: &RawValue) -> ControlFlow<()> {
        self.number += 1;
        let read = mqttx_message::read(message, connection, self.offset);
        let found = read.map(|record| (record, Fidelity::AsWritten));
        (self.each)(entry(Place::Message(self.number), found))
    }

    fn connection(&mut self, _: Map<String, Value>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
