//! Where a replay sends to: an open session, or a connection of its own.

use std::pin::Pin;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use wiretree_model::Publish;
use wiretree_mqtt::{Connection, Event, Events, MqttError, PublishOutcome, State};

use crate::{Session, SessionError};

/// Between two looks at a session that is not connected.
const LOOK: Duration = Duration::from_millis(200);

/// What becomes of a message: how it ended.
pub type Delivery = Pin<Box<dyn Future<Output = PublishOutcome> + Send>>;
/// Ready when messages can be sent; an error says that they never will be again.
pub type Available = Pin<Box<dyn Future<Output = Result<(), SessionError>> + Send>>;

/// Takes the messages of a replay.
pub trait Target: Send + Sync + 'static {
    /// Hands a message over. To give up before it comes back is not to have sent it.
    fn publish(&self, publish: Publish) -> impl Future<Output = Delivery> + Send;

    /// Waits for a connection, however long that takes. Not at once: it was lost a moment ago.
    fn available(&self) -> Available;
}

impl Target for Session {
    async fn publish(&self, publish: Publish) -> Delivery {
        let ticket = Session::publish(self, publish).await;
        Box::pin(ticket.finished())
    }

    fn available(&self) -> Available {
        let session = self.clone();
        Box::pin(async move {
            loop {
                sleep(LOOK).await;
                match session.summary().await?.state {
                    State::Connected { .. } => return Ok(()),
                    State::Closed => return Err(SessionError::Ended),
                    // Somebody at the window may connect it again.
                    _ => {}
                }
            }
        })
    }
}

/// A connection that is there for a replay only, with nobody to help when the broker refuses it.
#[derive(Clone, Debug)]
pub struct ReplayLine {
    connection: Connection,
    state: watch::Receiver<Option<State>>,
}

impl ReplayLine {
    /// Takes over a connection and what it tells; `events` are read until their end.
    pub fn new(connection: Connection, mut events: Events) -> Self {
        let (sender, state) = watch::channel(None);
        tokio::spawn(async move {
            while let Some(event) = events.next().await {
                if let Event::State(state) = event {
                    sender.send_replace(Some(state));
                }
            }
        });
        Self { connection, state }
    }

    /// Waits for the end of the first attempt to connect.
    ///
    /// # Errors
    /// Why it failed.
    pub async fn connected(&self) -> Result<(), SessionError> {
        self.until(|state| match state {
            State::WaitingToRetry { cause, .. } | State::Refused { cause } => Some(Err(cause)),
            State::Connected { .. } => Some(Ok(())),
            _ => None,
        })
        .await
    }

    /// What is new about the connection.
    pub fn state(&self) -> watch::Receiver<Option<State>> {
        self.state.clone()
    }

    /// Disconnects, and waits for the end.
    pub async fn close(&self) {
        self.connection.close().await;
        let mut state = self.state.clone();
        // An error says that there is nothing more to come, which is the end too.
        let _ = state.wait_for(|state| matches!(state, Some(State::Closed))).await;
    }

    async fn until(
        &self,
        mut pick: impl FnMut(State) -> Option<Result<(), MqttError>>,
    ) -> Result<(), SessionError> {
        let mut state = self.state.clone();
        let mut picked = None;
        let found = state.wait_for(|state| {
            picked = state.clone().and_then(&mut pick);
            picked.is_some()
        });
        let is_gone = found.await.is_err();
        match picked {
            Some(result) => Ok(result?),
            None if is_gone => Err(SessionError::Ended),
            None => Ok(()),
        }
    }
}

impl Target for ReplayLine {
    async fn publish(&self, publish: Publish) -> Delivery {
        let ticket = self.connection.publish(publish).await;
        Box::pin(ticket.finished())
    }

    fn available(&self) -> Available {
        let line = self.clone();
        Box::pin(async move {
            sleep(LOOK).await;
            line.until(|state| match state {
                State::Connected { .. } => Some(Ok(())),
                State::Refused { cause } => Some(Err(cause)),
                State::Closed => Some(Err(MqttError::Closed)),
                _ => None,
            })
            .await
        })
    }
}
