//! The handle of a connection: what can be done with it from outside.
//!
//! Promise: nothing here blocks on the broker longer than its answer takes, and nothing hangs when
//! the connection has ended.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
use wiretree_model::{Publish, Subscription, TopicFilter};

use crate::budget::Budget;
use crate::commands::{Command, Stop};
use crate::driver::{self, Controls};
use crate::publish::Progress;
use crate::{
    ConnectOptions, Events, Farewell, MqttError, PublishTicket, SubscribeOutcome, Trace,
    UnsubscribeOutcome, events,
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
    stop: watch::Sender<Option<Stop>>,
    recorded: watch::Sender<u64>,
    outbox: Budget,
    trace: Trace,
    address: String,
    patience: Duration,
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
    let (stop, stopping) = watch::channel(None);
    let (recorded, recording) = watch::channel(0);
    let trace = Trace::default();
    if let Some(bytes) = options.trace {
        trace.set_limit(bytes);
        trace.set_recording(true);
    }
    let controls = Controls {
        commands: command_queue,
        close: closing,
        retry: retrying,
        stop: stopping,
        recorded: recording,
        trace: trace.clone(),
    };
    let outbox = Budget::new(OUTBOX_BYTES);
    let (address, patience) = (options.address(), options.connect_timeout);
    let inner = Inner { commands, close, retry, stop, recorded, outbox, trace, address, patience };
    tokio::spawn(driver::run(options, controls, outlet));
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
        let command = Command::Publish { publish, progress };
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

    /// Ends the waiting, the refused or the paused state with an attempt now; otherwise does nothing.
    pub fn retry_now(&self) {
        self.inner.retry.send_replace(());
    }

    /// Asks for the end: what was given before is still sent, acknowledgements are awaited for a
    /// few seconds, DISCONNECT follows. Read [`Events`] until `None` to see the end of it.
    pub async fn close(&self) {
        self.inner.close.send_replace(true);
    }

    /// Ends the connection with this DISCONNECT, after what was given before it. Then the state is
    /// paused, until [`Connection::retry_now`] or [`Connection::close`].
    pub fn disconnect(&self, farewell: Farewell) {
        self.inner.stop.send_replace(Some(Stop::Disconnect(farewell)));
    }

    /// Closes the socket without DISCONNECT, so that the broker publishes the will. Then the state
    /// is paused, as after [`Connection::disconnect`].
    pub fn drop_connection(&self) {
        self.inner.stop.send_replace(Some(Stop::Drop));
    }

    /// Sends PINGREQ now, and gives the time until its PINGRESP.
    ///
    /// # Errors
    /// When there is no connection, or no answer within the connect timeout.
    pub async fn ping(&self) -> Result<Duration, MqttError> {
        let (reply, answer) = oneshot::channel();
        let asked = self.ask(Command::Ping { reply }, answer);
        let late = || MqttError::KeepAlive { address: self.inner.address.clone() };
        timeout(self.inner.patience, asked).await.unwrap_or_else(|_| Err(late()))
    }

    /// Authenticates anew on the connection that is up (MQTT 5 §4.12.1).
    ///
    /// # Errors
    /// When there is no connection, when it uses no enhanced authentication, when no answer comes
    /// within the connect timeout, or when the broker does not accept it; then it ends the
    /// connection as well.
    pub async fn reauthenticate(&self) -> Result<(), MqttError> {
        let (reply, answer) = oneshot::channel();
        let asked = self.ask(Command::Reauthenticate { reply }, answer);
        let late = || MqttError::Authentication("no answer came from the broker".to_owned());
        timeout(self.inner.patience, asked).await.unwrap_or_else(|_| Err(late()))
    }

    /// The first `messages` that [`Events`] has handed out since the opening are safe, QoS 0
    /// included in the count: those of QoS 1 and 2 among them may be acknowledged. Only needed with
    /// [`wiretree_model::Acknowledge::AfterCommit`].
    pub fn recorded(&self, messages: u64) {
        self.inner.recorded.send_if_modified(|safe| {
            let more = messages > *safe;
            *safe = messages.max(*safe);
            more
        });
    }

    /// The packets of the connection. Recording them is switched off at first.
    pub fn trace(&self) -> Trace {
        self.inner.trace.clone()
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
