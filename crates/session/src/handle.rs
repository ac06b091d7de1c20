//! The handle of an open session: what the doors hold, and what they may ask for.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use wiretree_model::{Publish, Topic};
use wiretree_mqtt::{Connection, PublishOutcome, PublishTicket};
use wiretree_store::{ConnectionId, History, Reader};

use crate::actor::{self, Command};
use crate::blocking::blocking;
use crate::{Frame, Gesture, Selection, SessionError, SessionSpec, Summary};

/// An open connection with its tree, its counters and its place in the history. Cloning shares it.
///
/// Dropping every clone closes the session as [`Session::close`] does, but nobody waits for it.
#[derive(Clone)]
pub struct Session {
    commands: mpsc::Sender<Command>,
    connection: Connection,
    log: ConnectionId,
    reader: Reader,
}

impl Session {
    /// Begins to connect and to record.
    ///
    /// # Errors
    /// The history cannot take the connection in.
    pub async fn open(spec: SessionSpec, history: Arc<History>) -> Result<Self, SessionError> {
        let reader = history.reader();
        let (key, name) = (spec.key.clone(), spec.name.clone());
        let log = blocking(move || Ok(history.connection(&key, &name)?)).await?;
        let (connection, events) = wiretree_mqtt::open(spec.options.clone());
        let session = Self {
            log: log.id(),
            reader: reader.clone(),
            connection: connection.clone(),
            commands: actor::start(actor::Parts { spec, log, reader, events, connection }),
        };
        Ok(session)
    }

    /// Which messages of the history are its own.
    pub fn log(&self) -> ConnectionId {
        self.log
    }

    /// Reads the history; never waits for the session.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Waits until something visible has changed, and gives a picture of it. At most one for each
    /// display tick; none when the session has ended. One caller at a time: a second call takes
    /// the place of the first.
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
        self.connection.publish(publish).await
    }

    /// Removes the retained message of a topic: an empty retained message does
    /// (MQTT 5 §3.3.1.3). QoS 1, so that the broker says whether it did.
    pub async fn clear_retained(&self, topic: Topic) -> PublishTicket {
        let qos = wiretree_model::QoS::AtLeastOnce;
        let publish = Publish { topic: topic.clone(), qos, retain: true, ..Publish::default() };
        let ticket = self.publish(publish).await;
        self.unmark_when_done(topic, ticket.clone());
        ticket
    }

    /// Subscribers hear of a cleared topic by an empty message without RETAIN, which may as well
    /// be an ordinary one; so the mark in the tree follows the acknowledgement.
    fn unmark_when_done(&self, topic: Topic, ticket: PublishTicket) {
        let session = self.clone();
        tokio::spawn(async move {
            if let PublishOutcome::Acknowledged { .. } = ticket.finished().await {
                // The session may have ended meanwhile.
                let _ = session.look(Gesture::RetainedCleared(topic)).await;
            }
        });
    }

    /// Ends a wait for the next attempt to connect, or a refusal.
    pub fn retry_now(&self) {
        self.connection.retry_now();
    }

    /// Disconnects, and waits until all that was received is committed. What cannot be committed
    /// is counted as dropped in the summary that comes back.
    pub async fn close(&self) -> Summary {
        self.ask(Command::Close).await.unwrap_or_default()
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
