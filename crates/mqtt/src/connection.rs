//! The handle of a connection: what can be done with it from outside.
//!
//! Promise: nothing here blocks on the broker longer than its answer takes, and nothing hangs when
//! the connection has ended.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use wiretree_model::{ProtocolVersion, Publish, Subscription, TopicFilter};

use crate::budget::Budget;
use crate::commands::Command;
use crate::driver::{self, Controls};
use crate::engine::{v4, v5};
use crate::publish::Progress;
use crate::{
    ConnectOptions, Events, MqttError, PublishTicket, SubscribeOutcome, UnsubscribeOutcome, events,
};

/// The most that waits to be published and acknowledged, in bytes.
const OUTBOX_BYTES: u32 = 64 * 1024 * 1024;
/// What a message costs beside its topic and payload.
const OVERHEAD: usize = 256;
/// The most requests that wait for the task.
const COMMANDS: usize = 256;

/// A connection to a broker. Clones act on the same one; it ends when the last is dropped.
#[derive(Clone, Debug)]
pub struct Connection {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    commands: mpsc::Sender<Command>,
    close: watch::Sender<bool>,
    retry: watch::Sender<()>,
    outbox: Budget,
}

/// Starts a connection on the current tokio runtime. The first attempt begins at once.
///
/// # Panics
/// When called outside of a tokio runtime.
pub fn open(options: ConnectOptions) -> (Connection, Events) {
    let (outlet, events) = events::queue();
    let (commands, command_queue) = mpsc::channel(COMMANDS);
    let (close, closing) = watch::channel(false);
    let (retry, retrying) = watch::channel(());
    let controls = Controls { commands: command_queue, close: closing, retry: retrying };
    match options.protocol {
        ProtocolVersion::V31 | ProtocolVersion::V311 => {
            tokio::spawn(driver::run::<v4::EngineV4>(options, controls, outlet));
        }
        ProtocolVersion::V5 => {
            tokio::spawn(driver::run::<v5::EngineV5>(options, controls, outlet));
        }
    }
    let outbox = Budget::new(OUTBOX_BYTES);
    let inner = Inner { commands, close, retry, outbox };
    (Connection { inner: Arc::new(inner) }, events)
}

impl Connection {
    /// Publishes a message; its packet identifier and its DUP flag are ignored, with 3.1.1 its
    /// properties too. Waits only while more than 64 MiB are on their way already.
    ///
    /// A message given while an attempt is under way waits for its end. When there is no connection
    /// it fails at once: a command that reaches a plant long after it was given does harm.
    pub async fn publish(&self, publish: Publish) -> PublishTicket {
        let weight = publish.topic.as_bytes().len() + publish.payload.len() + OVERHEAD;
        let room = self.inner.outbox.reserve(weight).await;
        let (progress, ticket) = Progress::new(publish.qos, room);
        let command = Command::Publish { publish, progress: Arc::new(progress) };
        match self.inner.commands.send(command).await {
            Ok(()) => ticket,
            Err(_) => PublishTicket::failed(MqttError::Closed),
        }
    }

    /// Subscribes, and remembers the filters for the times after a reconnect.
    ///
    /// # Errors
    /// When the broker did not answer; a denied filter is an outcome, not an error.
    pub async fn subscribe(
        &self,
        subscriptions: Vec<Subscription>,
    ) -> Result<Vec<SubscribeOutcome>, MqttError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Command::Subscribe { subscriptions, reply }, answer).await
    }

    /// Ends subscriptions, and forgets the filters.
    ///
    /// # Errors
    /// When the broker did not answer.
    pub async fn unsubscribe(
        &self,
        filters: Vec<TopicFilter>,
    ) -> Result<Vec<UnsubscribeOutcome>, MqttError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Command::Unsubscribe { filters, reply }, answer).await
    }

    /// Ends the waiting state or the refused state with an attempt now; otherwise does nothing.
    pub fn retry_now(&self) {
        self.inner.retry.send_replace(());
    }

    /// Asks for the end: what was given before is still sent, acknowledgements are awaited for a
    /// few seconds, DISCONNECT follows. Read [`Events`] until `None` to see the end of it.
    pub async fn close(&self) {
        self.inner.close.send_replace(true);
    }

    async fn ask<T>(
        &self,
        command: Command,
        answer: oneshot::Receiver<Result<T, MqttError>>,
    ) -> Result<T, MqttError> {
        self.inner.commands.send(command).await.map_err(|_| MqttError::Closed)?;
        answer.await.unwrap_or(Err(MqttError::Closed))
    }
}
