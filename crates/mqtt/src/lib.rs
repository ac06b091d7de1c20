//! Edge: the broker. The only crate that knows rumqttc.
//!
//! [`open`] starts one task for one connection. It gives back a [`Connection`] to act on it and the
//! [`Events`] that come out of it: states, batches of messages in arrival order, the outcome of
//! each subscription. The task connects, subscribes, and after a loss waits and connects again,
//! until it is closed.
//!
//! Promises: no message that was read is dropped, not even when the reader is slow (then the broker
//! has to wait); every publish ends in an outcome; no password is ever part of an error or of
//! `Debug` output.
//!
//! `transport` opens a stream, `conversation` speaks up to CONNACK, `driver` is the task, `tap` passes
//! every byte from then on, `receiver` and `outbox` are the two halves of the session, `engine` is
//! rumqttc, `trace` keeps the last packets.
//!
//! Deliberately absent: reading payloads, storing anything, knowing what a window shows.

mod backoff;
mod batch;
mod budget;
mod commands;
mod connection;
mod conversation;
mod doctor;
mod driver;
mod engine;
mod error;
mod events;
mod farewell;
mod handshake;
mod options;
mod outbox;
mod outcome;
mod probe;
mod publish;
mod reason;
mod receiver;
mod scram;
mod state;
mod tap;
mod trace;
mod transport;

pub use connection::{Connection, open};
pub use doctor::{Check, Finding, FindingId, FindingStatus, examine};
pub use error::MqttError;
pub use events::{Event, Events, Notice};
pub use farewell::Farewell;
pub use options::ConnectOptions;
pub use outcome::{SubscribeOutcome, UnsubscribeOutcome};
pub use probe::{ProbeReport, Timings, probe};
pub use publish::{PublishOutcome, PublishTicket};
pub use reason::Reason;
pub use state::{ServerLimits, State, Step};
pub use trace::{Trace, TraceEntry, TraceExtent, Traced};
pub use transport::facts::{Certificate, TlsFacts, TransportFacts};
