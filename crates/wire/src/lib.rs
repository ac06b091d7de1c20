//! MQTT 3.1, 3.1.1 and 5 packets <-> bytes, both directions. Pure.
//!
//! All fifteen packet types of all versions, for clients and for servers. No bytes make it panic,
//! and what it allocates is a small multiple of the bytes it is given. Clauses are named after the
//! sections of the MQTT 5 specification; 3.1.1 has the same rules under other numbers.
//!
//! Deliberately absent: IO, clocks, and everything that needs more than one packet to judge
//! (aliases, packet identifiers in use, the order of packets). The decoder is strict where a peer is
//! held to the protocol, lenient where a record is kept, and shows every field where somebody looks:
//! one decoder, three ledgers. The encoder refuses only what bytes cannot express, so that tests can
//! make a broker misbehave.

mod body;
mod decode;
mod encode;
mod error;
mod field;
mod fields;
mod frame;
mod inspect;
mod ledger;
mod masked;
mod packet;
mod property;
mod reason;
mod show;
mod summary;

pub use decode::{decode, decode_frame, decode_lenient};
pub use encode::encode;
pub use error::{DecodeError, EncodeError};
pub use field::Field;
pub use frame::{LARGEST_PACKET, frame_length};
pub use inspect::{FieldValue, Inspection, Lenient, Problem, inspect};
pub use masked::masked;
pub use packet::{
    Ack, Auth, ConnAck, Connect, Disconnect, Packet, PacketType, SubAck, Subscribe,
    SubscribeFilter, SubscriptionOptions, UnsubAck, Unsubscribe,
};
pub use reason::ReasonCode;
pub use summary::summary;
pub use wiretree_model::{RetainHandling, Will};
