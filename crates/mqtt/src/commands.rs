//! What can be asked of a connection's task.

use tokio::sync::oneshot;
use wiretree_model::{Publish, Subscription, TopicFilter};

use crate::publish::Progress;
use crate::tap::Ponged;
use crate::{Farewell, MqttError, SubscribeOutcome, UnsubscribeOutcome};

/// The answer to a SUBSCRIBE.
pub(crate) type Subscribed = Result<Vec<SubscribeOutcome>, MqttError>;
/// The answer to an UNSUBSCRIBE.
pub(crate) type Unsubscribed = Result<Vec<UnsubscribeOutcome>, MqttError>;

/// One request to the task. What is to work at once goes another way, so that it never waits in
/// line.
#[derive(Debug)]
pub(crate) enum Command {
    Publish { publish: Publish, progress: Progress },
    Subscribe { subscriptions: Vec<Subscription>, reply: oneshot::Sender<Subscribed> },
    Unsubscribe { filters: Vec<TopicFilter>, reply: oneshot::Sender<Unsubscribed> },
    Ping { reply: oneshot::Sender<Ponged> },
    Reauthenticate { reply: oneshot::Sender<Result<(), MqttError>> },
}

/// A wish to end the connection, and not to try again until [`crate::Connection::retry_now`].
#[derive(Clone, Debug)]
pub(crate) enum Stop {
    /// With DISCONNECT.
    Disconnect(Farewell),
    /// Without a word.
    Drop,
}

impl Command {
    /// Answers it with an error. Nobody may be left to hear it, which is fine.
    pub(crate) fn refuse(self, cause: MqttError) {
        match self {
            Self::Publish { progress, .. } => progress.failed(cause),
            Self::Subscribe { reply, .. } => drop(reply.send(Err(cause))),
            Self::Unsubscribe { reply, .. } => drop(reply.send(Err(cause))),
            Self::Ping { reply } => drop(reply.send(Err(cause))),
            Self::Reauthenticate { reply } => drop(reply.send(Err(cause))),
        }
    }
}
