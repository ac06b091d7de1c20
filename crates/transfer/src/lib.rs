//! Capture formats: messages out in every [`Format`], and in again, other programs' files included.
//! Pure: works over [`std::io::Write`] and [`std::io::BufRead`], one message at a time, however many
//! there are.
//!
//! NDJSON, JSON and Parquet are lossless: what [`Reader`] reads is what [`Writer`] was given. CSV is
//! for spreadsheets, MQTTX and mosquitto_sub for other programs; each says in its file what it
//! leaves out. Payloads as files of their own have their names and their index in [`raw`]. Packets
//! have formats of their own, in [`packets`]; what other programs wrote is read by [`import`].

mod csv;
mod error;
mod few;
pub mod import;
mod json;
mod moment;
mod mosquitto;
mod mqttx;
mod ndjson;
mod object;
pub mod outcomes;
pub mod packets;
mod parquet;
mod properties;
pub mod raw;
#[cfg(test)]
mod tests;
mod writer;

pub use error::TransferError;
pub use moment::stamp;
pub use ndjson::Reader;
pub use parquet::TableExtent;
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
