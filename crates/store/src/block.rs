//! Many messages as one: the form in which the history keeps all but its newest.
//!
//! A block is about 64 KiB of messages by columns, in two parts that are compressed apart: the head
//! (numbers, topics, times, flags, sizes) and the body (payloads and properties). So a question
//! about topics or times never unpacks a payload, and a search for text unpacks nothing else.
//! Both parts carry a checksum that also covers the numbers which stand beside them in the row.
//!
//! Promises: what is unpacked is what was packed, bit for bit; bytes that are not a block are an
//! error, and never a panic, whatever they are. Pure: the disk is not known here.

mod columns;
mod damage;
mod head;
mod packer;
mod sealed;
#[cfg(test)]
mod tests;
mod varint;

pub(crate) use damage::Damage;
pub(crate) use head::{Body, Head, Meta};
pub(crate) use packer::{MOST_MESSAGES, Packed, Packer, Row};
pub(crate) use sealed::{Opener, Sealer};
pub(crate) use varint::{Cursor, put, put_signed};

/// The bits of the flags of a message, in the columns and in the tail.
pub(crate) mod flag {
    /// The QoS.
    pub(crate) const QOS: u8 = 0b0000_0011;
    /// RETAIN.
    pub(crate) const RETAIN: u8 = 0b0000_0100;
    /// DUP.
    pub(crate) const DUP: u8 = 0b0000_1000;
    /// It went to the broker.
    pub(crate) const SENT: u8 = 0b0001_0000;
    /// It has a packet identifier.
    pub(crate) const PACKET_ID: u8 = 0b0010_0000;
    /// It has properties.
    pub(crate) const PROPERTIES: u8 = 0b0100_0000;
    /// Its properties and its payload stand alone, since they are large.
    pub(crate) const ALONE: u8 = 0b1000_0000;
}
