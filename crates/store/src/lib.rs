//! Edge: the disk. The only crate that knows rusqlite.
//!
//! [`History`] keeps every message in one SQLite file: one thread writes whole batches, any number
//! of [`Reader`]s look. [`Profiles`] keeps the saved connections in a JSON file of their own, so
//! that a damaged history takes no connection with it. Absent: passwords, and any meaning of
//! payloads, which are bytes here.

mod bench;
mod block;
mod error;
mod file;
mod foreign;
mod history;
mod index;
mod log;
mod migrations;
mod moments;
mod names;
mod past;
mod pile;
mod policy;
mod profiles;
mod pruning;
mod query;
mod reader;
mod record;
mod salvage;
mod sessions;
mod tables;
#[cfg(test)]
mod tests;
mod upgrade;
mod writer;

#[doc(hidden)]
pub use bench::BlockBench;
pub use error::StoreError;
pub use foreign::{Foreign, ForeignKind, read_foreign};
pub use history::{History, Mended};
pub use log::{Log, Permit, Progress};
pub use moments::{Change, ChangeKind, ChangePage, Density, State, TopicState};
pub use policy::{Policies, Policy};
pub use profiles::Profiles;
pub use pruning::{ClearOrder, Cleared, ConnectionSize, Effect, Pruned, Removal};
pub use query::{
    ConnectionId, Cursor, Damaged, Found, Gap, Page, Progressed, Query, Scope, Size,
    StoredConnection, StoredMessage,
};
pub use reader::{Checked, Reader};
pub use salvage::Salvaged;
pub use sessions::{PublishEnding, SessionStart, StoredOutcome, StoredSession};
