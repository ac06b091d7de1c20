//! While connected: polls the engine, hands on what it reads in batches, serves requests.
//!
//! Promise: messages are handed on as soon as nothing more is to be had without waiting, and never
//! more than a batch later than the states and answers that came after them.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

use super::{Desk, Driver, Ending, closed, pause_until};
use crate::batch::Batch;
use crate::engine::{Accepted, Engine, Requests, Signal};
use crate::events::{Event, Gone, Incoming, Notice};
use crate::state::now;
use crate::{MqttError, ServerLimits, State};

/// How long closing waits for acknowledgements.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where closing stands.
enum Closing {
    /// Not asked for.
    Open,
    /// What is on its way may still be acknowledged until then.
    Draining(Instant),
    /// DISCONNECT has been handed to the engine.
    Leaving,
}

impl<E: Engine> Driver<E> {
    /// From CONNACK to the end of this connection.
    pub(super) async fn online(&mut self, accepted: Accepted) -> Result<Ending, Gone> {
        self.announce(accepted).await?;
        let mut batch = Batch::default();
        let mut closing = Closing::Open;
        loop {
            let polled = {
                let poll = pin!(self.engine.poll());
                turn(poll, &mut self.desk, &mut batch, &mut closing).await?
            };
            match polled {
                Ok(Signal::Message(publish)) => {
                    batch.push(Incoming { received_at: now(), publish });
                    if batch.is_full() {
                        hand_on(&mut self.desk, &mut batch).await?;
                        // While messages never cease, this is the only time for requests.
                        self.desk.take_waiting();
                    }
                }
                Ok(Signal::Sent) => self.desk.sent(),
                Ok(Signal::Connected(_) | Signal::Other) => {}
                Err(cause) => {
                    hand_on(&mut self.desk, &mut batch).await?;
                    return Ok(match closing {
                        Closing::Open => Ending::Failed(cause),
                        Closing::Draining(_) | Closing::Leaving => Ending::Closed,
                    });
                }
            }
        }
    }

    async fn announce(&mut self, accepted: Accepted) -> Result<(), Gone> {
        let Accepted { session_present, assigned_client_id, limits } = accepted;
        let notices = self.notices(session_present, &limits);
        self.had_session = true;
        self.desk.connected(session_present, limits.clone());
        let client_id = assigned_client_id.unwrap_or_else(|| self.options.client_id.clone());
        let state = State::Connected { session_present, client_id, limits, since: now() };
        self.desk.outlet.state(state).await?;
        for notice in notices {
            self.desk.outlet.put(Event::Notice(notice)).await?;
        }
        Ok(())
    }

    fn notices(&self, session_present: bool, limits: &ServerLimits) -> Vec<Notice> {
        let mut notices = Vec::new();
        if self.had_session && !self.options.clean_start && !session_present {
            notices.push(Notice::SessionGone);
        }
        let other = limits.server_keep_alive.filter(|other| *other != self.options.keep_alive);
        notices.extend(other.map(Notice::KeepAliveChanged));
        notices
    }
}

/// Waits for the engine's next signal, and does what else there is to do meanwhile. The poll is
/// never cancelled: it stays where it is while something else is done.
async fn turn<R: Requests, P: Future<Output = Result<Signal, MqttError>>>(
    mut poll: Pin<&mut P>,
    desk: &mut Desk<R>,
    batch: &mut Batch,
    closing: &mut Closing,
) -> Result<Result<Signal, MqttError>, Gone> {
    loop {
        let at_hand = poll_fn(|context| match poll.as_mut().poll(context) {
            Poll::Ready(polled) => Poll::Ready(Some(polled)),
            Poll::Pending => Poll::Ready(None),
        });
        if let Some(polled) = at_hand.await {
            return Ok(polled);
        }
        hand_on(desk, batch).await?;
        if desk.should_leave(closing) {
            *closing = Closing::Leaving;
            if let Err(cause) = desk.leave() {
                return Ok(Err(cause));
            }
        }
        let deadline = match closing {
            Closing::Draining(deadline) => Some(*deadline),
            Closing::Open | Closing::Leaving => None,
        };
        tokio::select! {
            polled = &mut poll => return Ok(polled),
            () = closed(&mut desk.close), if matches!(closing, Closing::Open) => {
                desk.take_waiting();
                *closing = Closing::Draining(Instant::now() + PATIENCE);
            }
            Some(command) = desk.commands.recv() => match closing {
                Closing::Open => desk.take(command),
                Closing::Draining(_) | Closing::Leaving => command.refuse(MqttError::Closed),
            },
            Some(answered) = desk.answers.join_next() => desk.answered(answered).await?,
            Some(_) = desk.publishes.join_next() => {}
            () = pause_until(deadline) => {}
        }
    }
}

async fn hand_on<R: Requests>(desk: &mut Desk<R>, batch: &mut Batch) -> Result<(), Gone> {
    match batch.take() {
        Some(messages) => desk.outlet.put(Event::Messages(messages)).await,
        None => Ok(()),
    }
}

impl<R: Requests> Desk<R> {
    /// Takes the requests that are there without waiting.
    fn take_waiting(&mut self) {
        while let Ok(command) = self.commands.try_recv() {
            self.take(command);
        }
    }

    /// Whether it is time for DISCONNECT: everything has ended, or has taken too long.
    fn should_leave(&mut self, closing: &Closing) -> bool {
        while self.publishes.try_join_next().is_some() {}
        match closing {
            Closing::Draining(deadline) => self.publishes.is_empty() || Instant::now() >= *deadline,
            Closing::Open | Closing::Leaving => false,
        }
    }

    fn leave(&self) -> Result<(), MqttError> {
        // Whatever could be acknowledged has had its time; this is only for the write itself.
        self.requests().disconnect(Duration::from_secs(1))
    }
}
