//! The vocabulary of Wiretree: what a message, a topic, a topic filter and a connection profile *are*.
//!
//! Pure: no clock, no IO, no threads, and nothing here can panic, whatever bytes a broker sends.
//! Every other crate may use this one; this one knows none of them.

mod filter;
mod message;
mod profile;
mod property;
mod secret;
mod text;
mod topic;

pub use filter::{FilterError, TopicFilter};
pub use message::{Direction, Message, ProtocolVersion, Publish, QoS, Timestamp};
pub use profile::{PasswordSource, Profile, ProfileError, ProfileId, Subscription};
pub use property::{Properties, Property, PropertyError};
pub use secret::Secret;
pub use text::MqttString;
pub use topic::{Topic, TopicError};
