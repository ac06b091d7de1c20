//! The packets of a connection: rows, one in detail, and the handshake it belongs to.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_session::{self as session, PacketKind};

use super::{AppError, Direction, hex, microseconds, to_u32};

/// Which packets to show.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PacketFilter {
    /// The packet types by name, as in `CONNECT`; empty: all.
    pub types: Vec<String>,
    /// Only one way.
    pub direction: Option<Direction>,
    /// Only this packet identifier.
    pub packet_id: Option<u16>,
    /// Part of a topic, or an MQTT filter with + or #; empty: any.
    pub topic: String,
    /// Leave PINGREQ and PINGRESP out.
    pub hide_pings: bool,
}

/// A packet, or something that happened below MQTT, on one line.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PacketRow {
    /// Counts the entries of the connection; names it in further calls.
    pub number: u64,
    /// When it was read or written.
    pub at: i64,
    /// Which way it went; none: something that happened below MQTT.
    pub direction: Option<Direction>,
    /// The packet type by name, as in `PUBLISH`; `event` for what happened below MQTT.
    pub packet_type: String,
    /// The packet identifier.
    pub packet_id: Option<u16>,
    /// What it says, on one line.
    pub summary: String,
    /// Its size in bytes.
    pub size: u32,
    /// Microseconds since the packet that it answers.
    pub round_trip: Option<u64>,
    /// How many deviations from the specification it has.
    pub problems: u32,
}

/// The rows that the window shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PacketWindow {
    /// The rows.
    pub rows: Vec<PacketRow>,
    /// The index of the first one among those that match.
    pub first: u32,
    /// How many match.
    pub total: u32,
    /// How many are kept.
    pub kept: u64,
    /// How many have been recorded.
    pub recorded: u64,
    /// How many had to go because the ring is full.
    pub discarded: u64,
    /// Whether packets are being recorded.
    pub recording: bool,
}

/// One field of a packet. Offsets in bytes from the beginning of the packet.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PacketField {
    /// What the specification calls it.
    pub name: String,
    /// What it says, for people.
    pub value: String,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
    /// 0 in the packet, 1 inside of another field.
    pub depth: u8,
    /// Where the specification says so.
    pub clause: String,
}

/// A deviation from the specification. Offsets in bytes from the beginning of the packet.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PacketProblem {
    /// What is wrong.
    pub message: String,
    /// Where the specification says so.
    pub clause: String,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// A packet with every field and its bytes. Credentials are masked.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PacketDetail {
    /// Its row.
    pub row: PacketRow,
    /// Its fields in order.
    pub fields: Vec<PacketField>,
    /// The first 64 KiB as hex digits.
    pub bytes: String,
    /// Its size in bytes.
    pub size: u32,
    /// Its deviations from the specification.
    pub problems: Vec<PacketProblem>,
}

/// One packet of a handshake.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HandshakeStep {
    /// Names the packet.
    pub number: u64,
    /// What to write beside the arrow.
    pub label: String,
    /// Which way it went.
    pub direction: Direction,
    /// When.
    pub at: i64,
    /// Microseconds since the step before.
    pub since_previous: Option<u64>,
}

/// The conversation that a packet belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Handshake {
    /// What it is, as in `PUBLISH Q2 #41`.
    pub title: String,
    /// Its packets in order.
    pub steps: Vec<HandshakeStep>,
    /// Whether it has come to its end.
    pub complete: bool,
    /// What is missing, or what is odd.
    pub note: Option<String>,
}

/// The format of an export of packets.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PacketFormat {
    Ndjson,
    Pcapng,
}

/// Which packets to export, and where to.
#[derive(Clone, Debug, PartialEq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PacketExportRequest {
    /// In which format.
    pub format: PacketFormat,
    /// Which packets.
    pub filter: PacketFilter,
    /// A folder that the folder dialog gave; none: the downloads folder.
    pub folder: Option<String>,
}

impl PacketFilter {
    /// What the session is to look for.
    ///
    /// # Errors
    /// There is no such packet type.
    pub(crate) fn to_session(&self) -> Result<session::PacketFilter, AppError> {
        let kind = |name: &String| {
            PacketKind::from_name(name).ok_or_else(|| {
                let message = format!("There is no packet type {name:?}. Choose one from the list");
                AppError::new("packet-type-invalid", message)
            })
        };
        Ok(session::PacketFilter {
            kinds: self.types.iter().map(kind).collect::<Result<_, _>>()?,
            direction: self.direction.map(Into::into),
            packet_id: self.packet_id,
            topic: self.topic.clone(),
            hide_pings: self.hide_pings,
        })
    }
}

impl PacketFormat {
    /// The name proposed for an export; an existing file is never overwritten.
    pub(crate) fn file_name(self) -> &'static str {
        match self {
            Self::Ndjson => "packets.ndjson",
            Self::Pcapng => "packets.pcapng",
        }
    }

    /// How to write; a capture file has the address of the broker in it where `host` is one.
    pub(crate) fn to_session(self, host: &str) -> session::PacketFormat {
        match self {
            Self::Ndjson => session::PacketFormat::Ndjson,
            Self::Pcapng => session::PacketFormat::pcapng(host),
        }
    }
}

impl PacketRow {
    fn from_session(row: &session::PacketRow) -> Self {
        Self {
            number: row.number,
            at: row.at.0,
            direction: row.direction.map(Into::into),
            packet_type: row.kind.name().to_owned(),
            packet_id: row.packet_id,
            summary: row.summary.clone(),
            size: to_u32(row.size),
            round_trip: row.round_trip.map(microseconds),
            problems: to_u32(row.problems),
        }
    }
}

impl PacketWindow {
    /// Rows for the page.
    pub(crate) fn from_session(window: &session::PacketWindow) -> Self {
        Self {
            rows: window.rows.iter().map(PacketRow::from_session).collect(),
            first: to_u32(window.first),
            total: to_u32(window.total),
            kept: window.kept,
            recorded: window.recorded,
            discarded: window.discarded,
            recording: window.is_recording,
        }
    }
}

impl PacketDetail {
    /// A packet for the page.
    pub(crate) fn from_session(detail: &session::PacketDetail) -> Self {
        let fields = detail.fields.iter().map(|field| PacketField {
            name: field.name.to_owned(),
            value: field.value.clone(),
            start: to_u32(field.range.start),
            end: to_u32(field.range.end),
            depth: field.depth,
            clause: field.clause.to_owned(),
        });
        let problems = detail.problems.iter().map(|problem| PacketProblem {
            message: problem.message.clone(),
            clause: problem.clause.to_owned(),
            start: to_u32(problem.range.start),
            end: to_u32(problem.range.end),
        });
        Self {
            row: PacketRow::from_session(&detail.row),
            fields: fields.collect(),
            bytes: hex(&detail.bytes, ""),
            size: to_u32(detail.row.size),
            problems: problems.collect(),
        }
    }
}

impl Handshake {
    /// A conversation for the page.
    pub(crate) fn from_session(handshake: &session::Handshake) -> Self {
        let steps = handshake.steps.iter().map(|step| HandshakeStep {
            number: step.number,
            label: step.label.clone(),
            direction: step.direction.into(),
            at: step.at.0,
            since_previous: step.since_previous.map(microseconds),
        });
        Self {
            title: handshake.title.clone(),
            steps: steps.collect(),
            complete: handshake.is_complete,
            note: handshake.note.clone(),
        }
    }
}
