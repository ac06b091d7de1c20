//! Packets as NDJSON or pcapng: the session's own writer, fed as they come.

use wiretree_session::{PacketFilter, PacketFormat, PacketWriter, Trace};

use super::{Destination, Printer};
use crate::error::CliError;

/// How many entries are taken from the ring at a time.
const PAGE: usize = 1_024;

/// Writes what the filter lets through.
pub(super) struct Written {
    /// None: finished.
    writer: Option<PacketWriter<Destination>>,
}

impl Written {
    pub(super) fn new(
        filter: PacketFilter,
        format: PacketFormat,
        out: Destination,
    ) -> Result<Self, CliError> {
        Ok(Self { writer: Some(PacketWriter::new(filter, format, out)?) })
    }
}

impl Printer for Written {
    fn look(&mut self, trace: &Trace, mut next: u64, most: u64) -> Result<(u64, u64), CliError> {
        let mut printed = 0;
        let Some(writer) = &mut self.writer else { return Ok((0, next)) };
        // To where it is now: while it goes on, the ring is never empty.
        let end = trace.extent().next;
        while next < end && printed < most {
            let entries = trace.read(next, PAGE);
            if entries.is_empty() {
                break;
            }
            for entry in &entries {
                if printed == most {
                    break;
                }
                printed += u64::from(writer.write(entry)?);
                next = entry.number + 1;
            }
        }
        writer.flush()?;
        Ok((printed, next))
    }

    fn finish(&mut self) -> Result<(), CliError> {
        if let Some(writer) = self.writer.take() {
            writer.finish()?;
        }
        Ok(())
    }
}
