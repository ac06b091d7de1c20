//! The handle of an open session: what the doors hold, and what they may ask for.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use wiretree_model::{Publish, Subscription, Topic, TopicFilter};
use wiretree_mqtt::{
    Connection, MqttError, PublishOutcome, PublishTicket, SubscribeOutcome, UnsubscribeOutcome,
};
use wiretree_store::{ConnectionId, History, Reader};

use crate::actor::{self, Command, Doors};
use crate::blocking::blocking;
use crate::claim::Claim;
use crate::{Frame, Gesture, Selection, SessionError, SessionSpec, SubscriptionState, Summary};

/// An open connection with its tree, its counters and its place in the history. Cloning shares it.
///
/// Dropping every clone closes the session as [`Session::close`] does, but nobody waits for it.
#[derive(Clone)]
pub struct Session {
    commands: mpsc::Sender<Command>,
    ended: watch::Receiver<Option<Summary>>,
    connection: Connection,
    log: ConnectionId,
    reader: Reader,
}

impl Session {
    /// Begins to connect and to record.
    ///
    /// # Errors
    /// A session with the same key records into this history already, or the history cannot take
    /// the connection in.
    pub async fn open(spec: SessionSpec, history: Arc<History>) -> Result<Self, SessionError> {
        let claim = Claim::take(history.path(), &spec.key, &spec.name)?;
        let reader = history.reader();
        let (key, name) = (spec.key.clone(), spec.name.clone());
        let log = blocking(move || Ok(history.connection(&key, &name)?)).await?;
        let id = log.id();
        let (connection, events) = wiretree_mqtt::open(spec.options.clone());
        let parts = actor::Parts {
            spec,
            claim,
            log,
            reader: reader.clone(),
            events,
            connection: connection.clone(),
        };
        let Doors { commands, ended } = actor::start(parts);
        Ok(Self { commands, ended, connection, log: id, reader })
    }

    /// Which messages of the history are its own.
    pub fn log(&self) -> ConnectionId {
        self.log
    }

    /// Reads the history; never waits for the session.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Waits until something visible has changed since the last picture that was taken, and gives
    /// a picture of it. At most one for each display tick; none when the session has ended. Several
    /// callers at the same time get the same one.
    pub async fn next_frame(&self) -> Option<Frame> {
        self.ask(Command::NextFrame).await.ok()
    }

    /// Changes what the window looks at, and gives the selection that results.
    ///
    /// # Errors
    /// The session has ended.
    pub async fn look(&self, gesture: Gesture) -> Result<Option<Selection>, SessionError> {
        self.ask(|reply| Command::Look(gesture, reply)).await
    }

    /// What has been received, stored and dropped so far.
    ///
    /// # Errors
    /// The session has ended.
    pub async fn summary(&self) -> Result<Summary, SessionError> {
        self.ask(Command::Summary).await
    }

    /// Publishes a message; the ticket tells what becomes of it.
    pub async fn publish(&self, publish: Publish) -> PublishTicket {
        let retained = publish.retain.then(|| (publish.topic.clone(), !publish.payload.is_empty()));
        let ticket = self.connection.publish(publish).await;
        if let Some((topic, is_kept)) = retained {
            self.mark_when_done(Gesture::MarkRetained(topic, is_kept), ticket.clone());
        }
        ticket
    }

    /// Removes the retained message of a topic: an empty retained message does
    /// (MQTT 5 §3.3.1.3). QoS 1, so that the broker says whether it did.
    pub async fn clear_retained(&self, topic: Topic) -> PublishTicket {
        let qos = wiretree_model::QoS::AtLeastOnce;
        self.publish(Publish { topic, qos, retain: true, ..Publish::default() }).await
    }

    /// Subscribers get what was published without RETAIN, unless they speak MQTT 5 and ask for it;
    /// so the mark in the tree follows the acknowledgement.
    fn mark_when_done(&self, mark: Gesture, ticket: PublishTicket) {
        // Not a handle: an acknowledgement that never comes must not keep the session open.
        let commands = self.commands.downgrade();
        tokio::spawn(async move {
            let outcome = ticket.finished().await;
            if let (PublishOutcome::Acknowledged { .. }, Some(commands)) =
                (outcome, commands.upgrade())
            {
                let (reply, _) = oneshot::channel();
                // The session may be ending, and nobody waits for the selection.
                let _ = commands.send(Command::Look(mark, reply)).await;
            }
        });
    }

    /// Subscribes, or gives a filter other options, and lists the filters with what the broker
    /// answers: a denied one is listed as denied.
    ///
    /// # Errors
    /// The broker did not answer. What had reached it may hold, and is asked for again at the next
    /// connect; what had not is not listed.
    pub async fn subscribe(
        &self,
        subscriptions: Vec<Subscription>,
    ) -> Result<Vec<SubscriptionState>, SessionError> {
        let wanted = subscriptions.clone();
        let before = self.ask(|reply| Command::Want(wanted, reply)).await?;
        let filters = subscriptions.iter().map(|wanted| wanted.filter.clone()).collect();
        match self.connection.subscribe(subscriptions).await {
            Ok(outcomes) => {
                self.tell(Command::Subscribed(outcomes.clone())).await;
                let state = |outcome: SubscribeOutcome| SubscriptionState {
                    subscription: outcome.subscription.clone(),
                    outcome: Some(outcome),
                };
                Ok(outcomes.into_iter().map(state).collect())
            }
            Err(cause) => {
                let is_unasked = matches!(cause, MqttError::NotConnected | MqttError::Closed);
                if is_unasked || !before.is_connected {
                    self.tell(Command::Restore(filters, before.listed)).await;
                }
                Err(cause.into())
            }
        }
    }

    /// Ends subscriptions. Those that the broker let go, or never had, are listed no more.
    ///
    /// # Errors
    /// The broker did not answer.
    pub async fn unsubscribe(
        &self,
        filters: Vec<TopicFilter>,
    ) -> Result<Vec<UnsubscribeOutcome>, SessionError> {
        let outcomes = self.connection.unsubscribe(filters).await?;
        let ended = outcomes.iter().filter(|outcome| !outcome.reason.is_failure());
        let ended = ended.map(|outcome| outcome.filter.clone()).collect();
        self.tell(Command::Unsubscribed(ended)).await;
        Ok(outcomes)
    }

    /// Ends a wait for the next attempt to connect, or a refusal.
    pub fn retry_now(&self) {
        self.connection.retry_now();
    }

    /// Disconnects, and waits until all that was received is committed. What cannot be committed
    /// is counted as dropped in the summary that comes back, which every caller gets, however late.
    pub async fn close(&self) -> Summary {
        // An error says that it has ended already.
        let _ = self.commands.send(Command::Close).await;
        let mut ended = self.ended.clone();
        let summary = ended.wait_for(Option::is_some).await;
        summary.map(|summary| summary.clone()).ok().flatten().unwrap_or_default()
    }

    /// Tells the actor something; when it has ended, it need not know.
    async fn tell(&self, command: Command) {
        let _ = self.commands.send(command).await;
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, SessionError> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| SessionError::Ended)?;
        answer.await.map_err(|_| SessionError::Ended)
    }
}
