//! Packets as NDJSON: a JSON object a line.
//!
//! | field | holds |
//! |---|---|
//! | `number` | its number in the trace, ascending; what a filter left out is left out |
//! | `ts` | when, as in the NDJSON of messages: RFC 3339 UTC with microseconds |
//! | `connection` | which attempt to connect, from 1 |
//! | `dir` | `in` from the broker, `out` to it; absent for what happened below MQTT |
//! | `type` | the packet type, as in `PUBLISH`, or `event` |
//! | `mid` | the packet identifier, where there is one |
//! | `summary` | what it says, on one line; for people, its form may change |
//! | `bytes` | all of the packet as hex digits; absent for an event. Passwords are masked with `*` |
//! | `problems` | deviations from the specification: `message`, `clause`, `start`, `end`; absent where there are none |

use std::fmt::Write as _;
use std::io::Write;

use serde::Serialize;
use wiretree_model::Direction;

use super::{Flaw, Record};
use crate::error::from_json;
use crate::{TransferError, moment};

#[derive(Serialize)]
struct Object<'a> {
    number: u64,
    ts: Moment,
    connection: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    dir: Option<&'static str>,
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mid: Option<u16>,
    summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Moment {
    Text(String),
    Microseconds(i64),
}

#[derive(Serialize)]
struct Problem<'a> {
    message: &'a str,
    clause: &'a str,
    start: usize,
    end: usize,
}

pub(super) fn write(out: &mut impl Write, record: &Record<'_>) -> Result<(), TransferError> {
    let object = Object {
        number: record.number,
        ts: moment::to_text(record.at).map_or(Moment::Microseconds(record.at.0), Moment::Text),
        connection: record.connection,
        dir: record.direction.map(|direction| match direction {
            Direction::Received => "in",
            Direction::Sent => "out",
        }),
        r#type: record.kind,
        mid: record.packet_id,
        summary: record.summary,
        bytes: record.direction.map(|_| hex(record.bytes)),
        problems: record.problems.iter().map(problem).collect(),
    };
    serde_json::to_writer(&mut *out, &object).map_err(from_json)?;
    out.write_all(b"\n").map_err(TransferError::Write)
}

fn problem(flaw: &Flaw) -> Problem<'_> {
    let Flaw { message, clause, range } = flaw;
    Problem { message, clause, start: range.start, end: range.end }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
