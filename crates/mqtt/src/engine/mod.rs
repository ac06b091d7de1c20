//! The engine: session state, packet identifiers, acknowledgements. rumqttc stands behind this trait,
//! so that it can be exchanged.
//!
//! The files beside this one only translate, each for one version of MQTT. What the two have in
//! common is here. Foreign types do not leave this folder.

pub(crate) mod v4;
pub(crate) mod v5;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use wiretree_model::{ProtocolVersion, Publish, Subscription, Topic, TopicFilter};

use crate::greeting::{Greeting, SharedGreeting};
use crate::transport::{BoxedStream, Watched};
use crate::{ConnectOptions, MqttError, Reason, ServerLimits, transport};

/// Requests written with one flush.
const REQUEST_BATCH: usize = 64;
/// Packets read in one go. The engine allows 128.
const READ_BATCH: usize = 128;
/// The largest packet of MQTT (MQTT 5 §2.1.4), header included.
const LARGEST_PACKET: usize = 268_435_455 + 5;
/// Attempts have a deadline of our own; the engine's must only never come before it. It also bounds
/// a flush, which takes long when a large message goes through a thin line.
const ENGINE_PATIENCE: Duration = Duration::from_secs(600);

/// What the engine tells.
#[derive(Debug)]
pub(crate) enum Signal {
    /// CONNACK accepted the connection.
    Connected(Accepted),
    /// A message came in.
    Message(Publish),
    /// The first of the QoS 1 and 2 publishes that wait is being written, for the first time.
    Sent,
    /// Nothing to act on.
    Other,
}

/// The facts of an accepting CONNACK.
#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    pub(crate) session_present: bool,
    pub(crate) assigned_client_id: Option<String>,
    pub(crate) limits: ServerLimits,
}

/// An answer that comes later.
pub(crate) type Reply<T> = Pin<Box<dyn Future<Output = Result<T, MqttError>> + Send>>;

/// Drives one connection after another to the same broker.
pub(crate) trait Engine: Sized + Send + 'static {
    /// Where requests go.
    type Requests: Requests;

    /// A new engine, without any session state.
    ///
    /// # Errors
    /// When the engine does not take the options.
    fn new(options: &ConnectOptions, greeting: SharedGreeting) -> Result<Self, MqttError>;

    /// Where requests go.
    fn requests(&self) -> Self::Requests;

    /// The next signal. Connects first when there is no connection; must not be cancelled then,
    /// except to give up the attempt.
    ///
    /// # Errors
    /// The connection or the attempt has ended. [`MqttError::Closed`] after a requested end.
    fn poll(&mut self) -> impl Future<Output = Result<Signal, MqttError>> + Send;
}

/// Takes requests at any time, without waiting.
pub(crate) trait Requests: Send + Sync + 'static {
    /// Publishes. The reply is the reason code of PUBACK or PUBCOMP (or of a refusing PUBREC); with
    /// QoS 0 it comes when the message has been flushed.
    fn publish(&self, publish: Publish) -> Result<Reply<Reason>, MqttError>;

    /// Subscribes. The reply has one reason for each filter.
    fn subscribe(&self, subscriptions: &[Subscription]) -> Result<Reply<Vec<Reason>>, MqttError>;

    /// Unsubscribes. The reply has one reason for each filter.
    fn unsubscribe(&self, filters: &[TopicFilter]) -> Result<Reply<Vec<Reason>>, MqttError>;

    /// Sends DISCONNECT when all is acknowledged, or after this time.
    fn disconnect(&self, patience: Duration) -> Result<(), MqttError>;
}

/// Opens a stream for the engine. Our error travels inside of theirs.
async fn dial(options: ConnectOptions, greeting: SharedGreeting) -> io::Result<BoxedStream> {
    let opened = transport::open(&options, &mut |_| {}).await.map_err(io::Error::other)?;
    greeting.with(|slot| *slot = Greeting::opened());
    Ok(Box::new(Watched::new(opened.stream, greeting)))
}

/// An IO error of the engine: ours, if it has been wrapped by [`dial`], or a lost connection.
fn io_fault(address: &str, error: &io::Error) -> MqttError {
    let own = error.get_ref().and_then(|inner| inner.downcast_ref::<MqttError>());
    own.cloned().unwrap_or_else(|| transport::lost(address, error))
}

/// What the greeting knows better than the engine: that CONNACK was a refusal, or no CONNACK.
fn greeting_fault(
    greeting: &SharedGreeting,
    address: &str,
    version: ProtocolVersion,
) -> Option<MqttError> {
    greeting.with(|slot| {
        let refused = slot.refusal(version).map(MqttError::Refused);
        let foreign = "its first bytes are not a CONNACK";
        refused.or_else(|| slot.is_foreign().then(|| protocol_fault(address, foreign)))
    })
}

/// The end of the stream without a word.
fn hung_up(address: &str) -> MqttError {
    MqttError::ConnectionLost {
        address: address.to_owned(),
        cause: "the broker closed it".to_owned(),
    }
}

/// Bytes or packets that should not have come.
fn protocol_fault(address: &str, cause: impl ToString) -> MqttError {
    MqttError::Protocol { address: address.to_owned(), cause: cause.to_string() }
}

/// A topic that may be published to, as text.
fn topic_text(topic: &Topic) -> Result<String, MqttError> {
    let text = std::str::from_utf8(topic.as_bytes())
        .map_err(|_| MqttError::InvalidTopic("The topic is not valid UTF-8".to_owned()))?;
    Topic::to_publish(text)
        .map_err(|error| MqttError::InvalidTopic(format!("The topic cannot be used: {error}")))?;
    Ok(text.to_owned())
}
