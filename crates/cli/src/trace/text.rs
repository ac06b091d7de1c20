//! Packets for people: a line each, and on request every field and all bytes below it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;
use wiretree_model::{Direction, Timestamp, escaped};
use wiretree_session::payload::{hex_line_count, hex_lines};
use wiretree_session::{PacketDetail, PacketFilter, PacketRow, Packets, Trace};

use super::{Destination, Printer};
use crate::error::CliError;

/// How many rows are asked for at a time.
const PAGE: usize = 500;
/// The time of day; the date is that of the reader.
const TIME: StaticFormatDescription =
    format_description!("[hour]:[minute]:[second].[subsecond digits:6]");

/// Prints what the filter lets through.
pub(super) struct Text {
    packets: Packets,
    filter: PacketFilter,
    verbose: bool,
    out: Destination,
}

impl Text {
    pub(super) fn new(trace: Trace, filter: PacketFilter, verbose: bool, out: Destination) -> Self {
        Self { packets: Packets::new(trace), filter, verbose, out }
    }

    /// The rows from this number on. Pages backwards: the ring may give up the oldest meanwhile, so
    /// that only the end stands still.
    fn rows(&self, next: u64) -> BTreeMap<u64, PacketRow> {
        let mut rows = BTreeMap::new();
        let mut window = self.packets.window(&self.filter, None, PAGE);
        loop {
            let reaches_back = window.rows.first().is_none_or(|row| row.number < next);
            rows.extend(window.rows.into_iter().map(|row| (row.number, row)));
            if reaches_back || window.first == 0 {
                return rows.split_off(&next);
            }
            let first = window.first.saturating_sub(PAGE);
            window = self.packets.window(&self.filter, Some(first), window.first - first);
        }
    }
}

impl Printer for Text {
    fn look(&mut self, trace: &Trace, mut next: u64, most: u64) -> Result<(u64, u64), CliError> {
        let end = trace.extent().next;
        let mut text = String::new();
        let mut printed = 0;
        for (number, row) in self.rows(next) {
            if printed == most {
                break;
            }
            line(&mut text, &row);
            if let Some(detail) = self.verbose.then(|| self.packets.detail(number)).flatten() {
                details(&mut text, &detail);
            }
            printed += 1;
            next = number + 1;
        }
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        written.map_err(CliError::Output)?;
        Ok((printed, next.max(end)))
    }

    fn finish(&mut self) -> Result<(), CliError> {
        Ok(())
    }
}

// Writing into memory does not fail.
fn line(text: &mut String, row: &PacketRow) {
    let arrow = match row.direction {
        Some(Direction::Sent) => "-->",
        Some(Direction::Received) => "<--",
        None => "   ",
    };
    let id = row.packet_id.map_or(String::new(), |id| format!("#{id}"));
    let _ = write!(text, "{} {arrow} {:<12}{id:<7}", time_of_day(row.at), row.kind.name());
    text.push_str(&escaped(row.summary.as_bytes()));
    if row.direction.is_some() {
        let _ = write!(text, "  [{} B]", row.size);
    }
    if let Some(round_trip) = row.round_trip {
        let _ = write!(text, "  +{:.1} ms", round_trip.as_secs_f64() * 1e3);
    }
    if row.problems > 0 {
        let _ = write!(text, "  ! deviates from the specification");
    }
    text.push('\n');
}

fn details(text: &mut String, detail: &PacketDetail) {
    for field in &detail.fields {
        let indent = "  ".repeat(usize::from(field.depth));
        let value = escaped(field.value.as_bytes());
        let range = format!("{}..{}", field.range.start, field.range.end);
        let _ =
            writeln!(text, "  {range:>11}  {indent}{}: {value}  ({})", field.name, field.clause);
    }
    for problem in &detail.problems {
        let message = escaped(problem.message.as_bytes());
        let range = format!("{}..{}", problem.range.start, problem.range.end);
        let _ = writeln!(text, "  {range:>11}  ! {message}  ({})", problem.clause);
    }
    for line in hex_lines(&detail.bytes, 0, hex_line_count(detail.bytes.len())) {
        let _ = writeln!(text, "    {}", line.text());
    }
    let rest = detail.row.size.saturating_sub(detail.bytes.len());
    if rest > 0 {
        let _ = writeln!(text, "    … and {rest} bytes more");
    }
}

fn time_of_day(moment: Timestamp) -> String {
    let utc = OffsetDateTime::from_unix_timestamp_nanos(i128::from(moment.0) * 1_000).ok();
    utc.and_then(|utc| utc.format(TIME).ok()).unwrap_or_default()
}
