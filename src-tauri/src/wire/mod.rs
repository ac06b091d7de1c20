//! Every shape that crosses to the page, and the only place where serde is derived for it.
//!
//! Converted by hand from the domain's types, so that neither side can change the other by accident.
//! The TypeScript is generated from here (`bindings.rs`). Moments are microseconds since 1970 UTC.

/// Turns an enum into another one with the same variants.
macro_rules! same_variants {
    ($from:ty => $to:ty: $($variant:ident),+) => {
        impl From<$from> for $to {
            fn from(value: $from) -> Self {
                match value { $(<$from>::$variant => Self::$variant,)+ }
            }
        }
    };
    ($one:ty = $other:ty: $($variant:ident),+) => {
        same_variants!($one => $other: $($variant),+);
        same_variants!($other => $one: $($variant),+);
    };
}

mod connect;
mod connection;
mod doctor;
mod export;
mod facts;
mod frame;
mod history;
mod import;
mod keeping;
mod lint;
mod message;
mod message_properties;
mod network;
mod packets;
mod past;
mod profile;
mod publish;
mod query;
mod replay;
mod secrets;
mod subscription;
mod typed;

pub(crate) use connect::*;
pub(crate) use connection::*;
pub(crate) use doctor::*;
pub(crate) use export::*;
pub(crate) use facts::*;
pub(crate) use frame::*;
pub(crate) use history::*;
pub(crate) use import::*;
pub(crate) use keeping::*;
pub(crate) use lint::*;
pub(crate) use message::*;
pub(crate) use message_properties::*;
pub(crate) use network::*;
pub(crate) use packets::*;
pub(crate) use past::*;
pub(crate) use profile::*;
pub(crate) use publish::*;
pub(crate) use query::*;
pub(crate) use replay::*;
pub(crate) use secrets::*;
pub(crate) use subscription::*;
pub(crate) use typed::*;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use specta::Type;

/// A failure on its way to the page: `code` chooses the action offered, `message` is the sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppError {
    /// Stable, in kebab-case.
    pub code: String,
    /// A sentence that names the failing step and what to do.
    pub message: String,
    /// What the step itself said, for those who want to know.
    pub detail: Option<String>,
}

/// What the page needs to draw its first picture.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Startup {
    /// The version of the program.
    pub version: String,
    /// Whether the command line asked for the demo.
    pub open_demo: bool,
    /// Names the file to import from that the command line gave.
    pub import: Option<u32>,
    /// Where history and profiles are kept.
    pub data_folder: String,
    /// The saved connections.
    pub profiles: Vec<Profile>,
    /// Why the profile file could not be read.
    pub profiles_problem: Option<AppError>,
    /// Why the history could not be opened.
    pub history_problem: Option<AppError>,
    /// What had to be done with the history before it could be opened.
    pub history_mended: Option<HistoryMended>,
    /// Whether the system has a keychain for passwords.
    pub keychain_available: bool,
}

/// Rows beyond four billion cannot be scrolled to, and bytes beyond them are in no packet.
fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A time for the page.
pub(crate) fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
