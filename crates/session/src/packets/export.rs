//! Packets of a trace, written to a file or to any destination.
//!
//! An export has what the trace held when it began, whatever the trace gives up meanwhile.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

use bytes::Bytes;
use wiretree_mqtt::{TraceEntry, Traced};
use wiretree_store::Progressed;
use wiretree_transfer::packets::{Flaw, Format, Record, Writer};
use wiretree_wire::inspect;

use super::filter::{PacketFilter, Sieve};
use super::index::Index;
use super::{Packets, row};
use crate::SessionError;
use crate::export::{Export, ExportNews};

/// How often word is given of the progress, in packets.
const WORD: usize = 1_024;

/// Which packets to export, and where to.
#[derive(Clone, Debug)]
pub struct PacketExportOrder {
    /// Which packets.
    pub filter: PacketFilter,
    /// How they are written.
    pub format: Format,
    /// The file; it must not exist.
    pub path: PathBuf,
}

/// Writes entries of a trace one by one, in the order of their numbers.
pub struct PacketWriter<W: Write> {
    writer: Writer<W>,
    sieve: Sieve,
    /// Knows the newest entries only: what aliases stand for, and what is being answered.
    index: Index,
}

impl<W: Write> PacketWriter<W> {
    /// Begins; writes those that the filter lets through.
    ///
    /// # Errors
    /// The destination takes no more.
    pub fn new(filter: PacketFilter, format: Format, destination: W) -> Result<Self, SessionError> {
        let writer = Writer::new(format, destination)?;
        Ok(Self { writer, sieve: Sieve::new(filter), index: Index::default() })
    }

    /// Writes an entry; says whether the filter let it through.
    ///
    /// # Errors
    /// The destination takes no more.
    pub fn write(&mut self, entry: &TraceEntry) -> Result<bool, SessionError> {
        self.index.take(entry);
        self.index.forget_before(entry.number);
        let Some(fact) = self.index.fact(entry.number).filter(|fact| self.sieve.passes(fact))
        else {
            return Ok(false);
        };
        let row = row(entry, fact);
        let none = Bytes::new();
        let bytes = match &entry.content {
            Traced::Packet { bytes, .. } => bytes,
            Traced::Event(_) => &none,
        };
        self.writer.write(&Record {
            number: row.number,
            at: row.at,
            connection: row.connection,
            direction: row.direction,
            kind: row.kind.name(),
            packet_id: row.packet_id,
            summary: &row.summary,
            bytes,
            problems: if row.problems == 0 { Vec::new() } else { flaws(entry) },
        })?;
        Ok(true)
    }

    /// Hands on what was written so far, for whoever reads along.
    ///
    /// # Errors
    /// The destination takes no more.
    pub fn flush(&mut self) -> Result<(), SessionError> {
        Ok(self.writer.flush()?)
    }

    /// Ends, and gives the destination back.
    ///
    /// # Errors
    /// The destination takes no more.
    pub fn finish(self) -> Result<W, SessionError> {
        Ok(self.writer.finish()?)
    }
}

fn flaws(entry: &TraceEntry) -> Vec<Flaw> {
    let Traced::Packet { version, bytes, .. } = &entry.content else { return Vec::new() };
    let problems = inspect(bytes, *version).problems.into_iter();
    problems
        .map(|problem| Flaw {
            message: problem.message,
            clause: problem.clause.to_owned(),
            range: problem.range,
        })
        .collect()
}

impl Packets {
    /// Starts an export on a thread of its own.
    pub fn export(&self, order: PacketExportOrder) -> (Export, ExportNews) {
        let entries = self.trace.read(0, usize::MAX);
        let PacketExportOrder { filter, format, path } = order;
        Export::run(path, move |destination, word| {
            let mut writer = PacketWriter::new(filter, format, destination)?;
            let (mut written, total) = (0, entries.len() as u64);
            for (scanned, entry) in (0..).zip(&entries) {
                written += u64::from(writer.write(entry)?);
                let is_due = scanned % WORD as u64 == 0;
                if is_due && word(written, Progressed { scanned, total }).is_break() {
                    return Ok(written);
                }
            }
            writer.finish()?;
            // The last word is a look at whether it was cancelled.
            let _: ControlFlow<()> = word(written, Progressed { scanned: total, total });
            Ok(written)
        })
    }
}
