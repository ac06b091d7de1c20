//! Capture formats: messages out as NDJSON, JSON or CSV, and in again, other programs' files
//! included. Pure: works over [`std::io::Write`] and [`std::io::BufRead`], one message at a time,
//! however many there are.
//!
//! NDJSON and JSON are lossless: what [`Reader`] reads is what [`Writer`] was given. CSV is for
//! spreadsheets and says in `csv.rs` what it leaves out. Packets have formats of their own, in
//! [`packets`]; what other programs wrote is read by [`import`].

mod csv;
mod error;
pub mod import;
mod json;
mod moment;
mod ndjson;
mod object;
pub mod outcomes;
pub mod packets;
mod properties;
#[cfg(test)]
mod tests;
mod writer;

pub use error::TransferError;
pub use ndjson::Reader;
pub use writer::{Format, Formulas, Writer};

use wiretree_model::Message;

/// A captured message, and the name of the connection it was captured on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The name of the connection.
    pub connection: String,
    /// The message as recorded.
    pub message: Message,
}
