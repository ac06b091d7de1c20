//! The handle of an open session: what the doors hold, and what they may ask for. What acts on the
//! broker stands in `acting`, what is recorded in `recording`.

mod acting;
mod recording;

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use wiretree_mqtt::Connection;
use wiretree_store::{ConnectionId, History, Reader};
use wiretree_tree::Outlook;

use crate::actor::{self, Command, Doors};
use crate::blocking::blocking;
use crate::claim::Claim;
use crate::{Frame, Gesture, Packets, Selection, SessionError, SessionSpec, Summary};

/// An open connection with its tree, its counters and its place in the history. Cloning shares it.
///
/// Dropping every clone closes the session as [`Session::close`] does, but nobody waits for it.
#[derive(Clone)]
pub struct Session {
    commands: mpsc::Sender<Command>,
    ended: watch::Receiver<Option<Summary>>,
    connection: Connection,
    packets: Packets,
    log: ConnectionId,
    reader: Reader,
    /// How the history knows it.
    key: String,
    name: String,
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
        let (of, called) = (key.clone(), name.clone());
        let log = blocking(move || Ok(history.connection(&of, &called)?)).await?;
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
        let packets = Packets::new(connection.trace());
        let Doors { commands, ended } = actor::start(parts);
        Ok(Self { commands, ended, connection, packets, log: id, reader, key, name })
    }

    /// Which messages of the history are its own.
    pub fn log(&self) -> ConnectionId {
        self.log
    }

    /// Reads the history; never waits for the session.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Its packets; looking at them never waits for the session. Recording them is switched off at
    /// first, see [`Packets::trace`].
    pub fn packets(&self) -> &Packets {
        &self.packets
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

    /// What the window has open and selected, to look at another moment in the same way.
    ///
    /// # Errors
    /// The session has ended.
    pub async fn outlook(&self) -> Result<Outlook, SessionError> {
        self.ask(Command::Outlook).await
    }

    /// What has been received, stored and dropped so far.
    ///
    /// # Errors
    /// The session has ended.
    pub async fn summary(&self) -> Result<Summary, SessionError> {
        self.ask(Command::Summary).await
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
