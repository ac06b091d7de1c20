//! The topic tree: apply a batch of messages, answer for a window of visible rows.
//!
//! [`Tree`] holds what every window shares: topics, counts, the beginning of the last payload.
//! [`View`] holds one window's way of looking at it: what is open, the filter, the selection.
//!
//! Pure: no clock, no IO, no threads; no topic and no payload makes it panic. Memory is bounded by
//! [`Limits`]: topics beyond them are counted, not drawn. Payloads are not interpreted here.

mod arena;
mod bits;
mod facts;
mod index;
mod journal;
mod names;
mod order;
mod preview;
mod tree;
mod undrawn;
mod view;

pub use facts::{About, Limits, NodeId, Update};
pub use preview::{LONGEST_PREVIEW, Preview};
pub use tree::Tree;
pub use undrawn::Undrawn;
pub use view::{Filter, Outlook, Row, Step, View, Window};
