//! Captures of packets: what went over the wire, out as NDJSON, or as pcapng for Wireshark. Pure:
//! over [`std::io::Write`], one packet at a time.
//!
//! The bytes are written as they are given. Whoever recorded them has masked the credentials.

mod ndjson;
mod pcapng;
#[cfg(test)]
mod tests;

use core::net::IpAddr;
use std::io::Write;

use wiretree_model::{Direction, Timestamp};

use crate::TransferError;

/// How packets are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON object a line.
    Ndjson,
    /// A capture file, with Ethernet, IP and TCP made up around the packets. What happened below MQTT
    /// stands in comments.
    Pcapng {
        /// The address of the broker, where it is known; the client gets one beside it.
        broker: Option<IpAddr>,
    },
}

impl Format {
    /// The format for Wireshark, with the broker's address if its host is one.
    pub fn pcapng(host: &str) -> Self {
        Self::Pcapng { broker: host.trim_matches(['[', ']']).parse().ok() }
    }
}

/// A packet, or something that happened below MQTT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its number in the trace.
    pub number: u64,
    /// When it was read or written.
    pub at: Timestamp,
    /// Which attempt to connect it belongs to, from 1.
    pub connection: u32,
    /// Which way it went; none: something that happened below MQTT.
    pub direction: Option<Direction>,
    /// The packet type, as in `PUBLISH`, or `event`.
    pub kind: &'a str,
    /// The packet identifier.
    pub packet_id: Option<u16>,
    /// What it says, on one line.
    pub summary: &'a str,
    /// All of it, fixed header included.
    pub bytes: &'a [u8],
    /// Its deviations from the specification.
    pub problems: Vec<Flaw>,
}

/// A deviation from the specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong.
    pub message: String,
    /// Where the specification says so.
    pub clause: String,
    /// The first byte that deviates, and the one behind the last.
    pub range: std::ops::Range<usize>,
}

/// Writes packets one by one to a destination, which should be buffered.
pub struct Writer<W: Write> {
    inner: Inner<W>,
}

enum Inner<W: Write> {
    Ndjson(W),
    Pcapng(Box<pcapng::Capture<W>>),
}

impl<W: Write> Writer<W> {
    /// Begins: writes what stands before the first packet.
    ///
    /// # Errors
    /// The destination takes no more.
    pub fn new(format: Format, destination: W) -> Result<Self, TransferError> {
        let inner = match format {
            Format::Ndjson => Inner::Ndjson(destination),
            Format::Pcapng { broker } => {
                Inner::Pcapng(Box::new(pcapng::Capture::new(destination, broker)?))
            }
        };
        Ok(Self { inner })
    }

    /// Writes one packet.
    ///
    /// # Errors
    /// The destination takes no more.
    pub fn write(&mut self, record: &Record<'_>) -> Result<(), TransferError> {
        match &mut self.inner {
            Inner::Ndjson(out) => ndjson::write(out, record),
            Inner::Pcapng(capture) => capture.write(record),
        }
    }

    /// Hands what was written so far to the destination's own destination, for whoever reads along.
    ///
    /// # Errors
    /// The destination takes no more.
    pub fn flush(&mut self) -> Result<(), TransferError> {
        let flushed = match &mut self.inner {
            Inner::Ndjson(out) => out.flush(),
            Inner::Pcapng(capture) => capture.destination().flush(),
        };
        flushed.map_err(TransferError::Write)
    }

    /// Ends: flushes, and gives the destination back.
    ///
    /// # Errors
    /// The destination takes no more.
    pub fn finish(mut self) -> Result<W, TransferError> {
        self.flush()?;
        Ok(match self.inner {
            Inner::Ndjson(out) => out,
            Inner::Pcapng(capture) => capture.into_destination(),
        })
    }
}
