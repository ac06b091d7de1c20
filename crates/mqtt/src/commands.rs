//! What can be asked of a connection's task.

use std::sync::Arc;

use tokio::sync::oneshot;
use wiretree_model::{Publish, Subscription, TopicFilter};

use crate::publish::Progress;
use crate::{MqttError, SubscribeOutcome, UnsubscribeOutcome};

/// The answer to a SUBSCRIBE.
pub(crate) type Subscribed = Result<Vec<SubscribeOutcome>, MqttError>;
/// The answer to an UNSUBSCRIBE.
pub(crate) type Unsubscribed = Result<Vec<UnsubscribeOutcome>, MqttError>;

/// One request to the task. To close and to retry go another way, so that they never wait in line.
#[derive(Debug)]
pub(crate) enum Command {
    Publish { publish: Publish, progress: Arc<Progress> },
    Subscribe { subscriptions: Vec<Subscription>, reply: oneshot::Sender<Subscribed> },
    Unsubscribe { filters: Vec<TopicFilter>, reply: oneshot::Sender<Unsubscribed> },
}

impl Command {
    /// Answers it with an error. Nobody may be left to hear it, which is fine.
    pub(crate) fn refuse(self, cause: MqttError) {
        match self {
            Self::Publish { progress, .. } => progress.finish(Err(cause)),
            Self::Subscribe { reply, .. } => drop(reply.send(Err(cause))),
            Self::Unsubscribe { reply, .. } => drop(reply.send(Err(cause))),
        }
    }
}
