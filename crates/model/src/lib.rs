//! The vocabulary of Wiretree: what a message, a topic, a topic filter and a connection profile *are*.
//!
//! Pure: no clock, no IO, no threads, and nothing here can panic, whatever bytes a broker sends.
//! Every other crate may use this one; this one knows none of them.

mod connect;
mod filter;
mod hidden;
mod limits;
pub mod lint;
mod message;
mod profile;
mod property;
mod recording;
mod secret;
mod subscription;
mod text;
mod topic;
mod transport;

pub use connect::{Authentication, Birth, ConnectProperties, Will};
pub use filter::{Explanation, FilterError, TopicFilter, explain};
pub use hidden::{escape, escaped, is_hidden};
pub use limits::PublishLimit;
pub use message::{Direction, Message, ProtocolVersion, Publish, QoS, Timestamp};
pub use profile::{
    Acknowledge, Colour, DEFAULT_PACKET_LIMIT, FieldError, PasswordSource, Profile, ProfileError,
    ProfileId, Purpose,
};
pub use property::{Properties, Property, PropertyError};
pub use recording::{Keep, Recording, RecordingRule, RecordingRules};
pub use secret::Secret;
pub use subscription::{RetainHandling, Subscription};
pub use text::MqttString;
pub use topic::{Topic, TopicError};
pub use transport::{
    ClientCertificate, ClientCertificateFiles, Proxy, ProxyKind, Tls, TlsVersion, Transport, Trust,
    WebSocket,
};
