//! Going through the history for an export: every message that a query asks for, oldest first.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use wiretree_store::{ConnectionId, Found, Progressed, Query, Reader};
use wiretree_transfer::{Format, Record, Writer};

use crate::SessionError;

/// How many messages an export will have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The number.
    pub messages: u64,
    /// Whether it was counted to the end; otherwise it is made up of a part.
    pub is_exact: bool,
}

/// What came of going through the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// Messages written.
    pub written: u64,
    /// Messages that could not be read, since the history is damaged there. Nobody knows which of
    /// them were asked for.
    pub unreadable: u64,
}

/// Writes the messages that `query` asks for, oldest first; what is damaged in the history is
/// passed over and counted. `word` hears
/// now and then how many have been written and how far the history has been looked through, and
/// may end it. For MQTTX, which keeps each connection for itself, one connection comes after the
/// other.
///
/// # Errors
/// The history cannot be read, or the destination takes no more.
pub fn write<W: Write + Send>(
    reader: &Reader,
    query: &Query,
    format: Format,
    destination: W,
    mut word: impl FnMut(u64, Progressed) -> ControlFlow<()>,
) -> Result<Walked, SessionError> {
    let mut writer = Writer::new(format, destination)?;
    let walked = each_record(reader, query, format, &mut word, |record| Ok(writer.write(record)?))?;
    writer.finish()?;
    Ok(walked)
}

/// Hands the messages on in the order that a format wants, until `word` or an error ends it.
pub(super) fn each_record(
    reader: &Reader,
    query: &Query,
    format: Format,
    word: &mut dyn FnMut(u64, Progressed) -> ControlFlow<()>,
    mut take: impl FnMut(&Record) -> Result<(), SessionError>,
) -> Result<Walked, SessionError> {
    let known = reader.connections()?;
    let names: HashMap<_, _> = known.iter().map(|known| (known.id, known.name.clone())).collect();
    let passes: Vec<Option<ConnectionId>> = match (format, query.connection) {
        (Format::Mqttx, None) => known.iter().map(|known| Some(known.id)).collect(),
        (_, connection) => vec![connection],
    };
    let count = passes.len() as u64;
    let mut walked = Walked::default();
    // Each pass comes by the same ones.
    let mut damaged = HashSet::new();
    for (pass, connection) in (0..).zip(passes) {
        let query = Query { connection, ..query.clone() };
        let mut failure = None;
        let mut is_ended = false;
        reader.each(&query, |found| {
            let ended = match found {
                Found::Progress(progress) => word(walked.written, of_all(pass, count, progress)),
                Found::Damaged(found) => {
                    if damaged.insert(found.first) {
                        walked.unreadable += found.messages;
                    }
                    ControlFlow::Continue(())
                }
                Found::Message(stored) => {
                    let connection = names.get(&stored.connection).cloned().unwrap_or_default();
                    failure = take(&Record { connection, message: stored.message }).err();
                    walked.written += u64::from(failure.is_none());
                    if failure.is_none() {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    }
                }
            };
            is_ended = ended.is_break();
            ended
        })?;
        if let Some(error) = failure {
            return Err(error);
        }
        if is_ended {
            break;
        }
    }
    Ok(walked)
}

/// How far all passes have come, of which this is one.
fn of_all(pass: u64, passes: u64, Progressed { scanned, total }: Progressed) -> Progressed {
    Progressed { scanned: pass * total + scanned, total: passes * total }
}

/// About how many messages `query` asks for: counted for as long as `budget` allows, and then
/// reckoned from the part of the history that was looked at.
///
/// # Errors
/// The history cannot be read.
pub fn estimate(
    reader: &Reader,
    query: &Query,
    budget: Duration,
) -> Result<Estimate, SessionError> {
    let began = Instant::now();
    let mut messages = 0_u64;
    let mut seen = Progressed::default();
    reader.each(query, |found| {
        match found {
            Found::Message(_) => messages += 1,
            Found::Progress(progress) => seen = progress,
            // The export will say it.
            Found::Damaged(_) => {}
        }
        let is_over = matches!(found, Found::Progress(_)) && began.elapsed() >= budget;
        if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let is_exact = seen.scanned >= seen.total;
    if !is_exact && seen.scanned > 0 {
        let share = seen.total as f64 / seen.scanned as f64;
        messages = (messages as f64 * share).round() as u64;
    }
    Ok(Estimate { messages, is_exact })
}
