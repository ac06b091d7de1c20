//! The task of one connection: connects, runs, waits, connects again, until it is closed.
//!
//! Promises: one task owns the engine, and nothing else touches it. An attempt is given up only at
//! its deadline or when the connection is closed. Nothing here spins: each turn of a loop waits for
//! something that happened.

mod desk;
mod online;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout};

use crate::backoff::Backoff;
use crate::commands::Command;
use crate::engine::{Accepted, Engine, Signal};
use crate::events::{Gone, Outlet};
use crate::greeting::SharedGreeting;
use crate::state::{later, now};
use crate::{ConnectOptions, MqttError, State, Step};

use desk::Desk;

/// How the task is reached.
pub(crate) struct Controls {
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) close: watch::Receiver<bool>,
    pub(crate) retry: watch::Receiver<()>,
}

/// How an attempt, or the time online, ended.
enum Ending {
    /// By our wish.
    Closed,
    /// Against it.
    Failed(MqttError),
}

struct Driver<E: Engine> {
    options: ConnectOptions,
    greeting: SharedGreeting,
    engine: E,
    desk: Desk<E::Requests>,
    backoff: Backoff,
    /// There was a connection before, and with it a session that may be expected.
    had_session: bool,
}

/// Runs until the connection is closed or nobody reads its events.
pub(crate) async fn run<E: Engine>(
    mut options: ConnectOptions,
    controls: Controls,
    outlet: Outlet,
) {
    let settled = options.settle_client_id(rand::random());
    let greeting = SharedGreeting::default();
    let engine = settled.and_then(|()| E::new(&options, greeting.clone()));
    match engine {
        Ok(engine) => {
            let desk = Desk::new(engine.requests(), &options, controls, outlet);
            let backoff = Backoff::default();
            let mut driver =
                Driver { options, greeting, engine, desk, backoff, had_session: false };
            // `Gone` needs no answer: whoever dropped the events wants no more of them.
            let _ = driver.serve().await;
            driver.desk.end().await;
        }
        Err(cause) => refuse(cause, controls, outlet).await,
    }
}

/// Options that no attempt can be made with: says so, and waits for the end.
async fn refuse(cause: MqttError, mut controls: Controls, outlet: Outlet) {
    if outlet.state(State::Refused { cause: cause.clone() }).await.is_ok() {
        loop {
            tokio::select! {
                () = closed(&mut controls.close) => break,
                Some(command) = controls.commands.recv() => command.refuse(cause.clone()),
            }
        }
        let _ = outlet.state(State::Closed).await;
    }
}

/// Waits until the connection is to be closed, or nobody holds it any more.
async fn closed(close: &mut watch::Receiver<bool>) {
    // An error says that all handles are gone, which is a wish to close as well.
    let _ = close.wait_for(|closed| *closed).await;
}

impl<E: Engine> Driver<E> {
    async fn serve(&mut self) -> Result<(), Gone> {
        loop {
            let attempt = self.backoff.attempt();
            self.desk.outlet.state(State::Connecting { attempt, step: Step::default() }).await?;
            let mut online_since = None;
            let ending = match self.connect().await {
                Ok(accepted) => {
                    online_since = Some(Instant::now());
                    self.online(accepted).await?
                }
                Err(ending) => ending,
            };
            let Ending::Failed(cause) = ending else { return Ok(()) };
            self.settle(&cause);
            let online = online_since.map(|since| since.elapsed()).unwrap_or_default();
            let wait = self.backoff.failed(online, rand::random());
            let state = if cause.is_for_good() {
                State::Refused { cause }
            } else {
                let retry_at = later(now(), wait);
                State::WaitingToRetry { attempt, retry_in: wait, retry_at, cause }
            };
            if !self.wait(state).await? {
                return Ok(());
            }
        }
    }

    /// One attempt, up to the accepting CONNACK.
    async fn connect(&mut self) -> Result<Accepted, Ending> {
        // The transport has its own deadline; from there on CONNACK has as long again.
        let deadline = Instant::now() + self.options.connect_timeout * 2;
        self.greeting.with(|slot| *slot = crate::greeting::Greeting::default());
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let polled = tokio::select! {
                biased;
                () = closed(&mut self.desk.close) => return Err(Ending::Closed),
                polled = timeout(left, self.engine.poll()) => polled,
            };
            match polled {
                Ok(Ok(Signal::Connected(accepted))) => return Ok(accepted),
                Ok(Ok(_)) => {}
                Ok(Err(cause)) => return Err(Ending::Failed(cause)),
                Err(_) => {
                    let seconds = self.options.connect_timeout.as_secs();
                    let address = self.options.address();
                    return Err(Ending::Failed(MqttError::NoAnswer { address, seconds }));
                }
            }
        }
    }

    /// Decides what a loss means for what is on its way.
    ///
    /// With a session to come back to, the engine sends again what was not acknowledged. Without
    /// one, or when it may be long until somebody acts, a new engine takes over: dropping the old
    /// one ends every ticket that hangs on it.
    fn settle(&mut self, cause: &MqttError) {
        if !self.options.clean_start && !cause.is_for_good() {
            return;
        }
        // The options were good for the first engine, so they are for this one.
        if let Ok(engine) = E::new(&self.options, self.greeting.clone()) {
            self.engine = engine;
            self.desk.session_lost(self.engine.requests());
        }
    }

    /// Waits for the next attempt. Says whether there is to be one.
    async fn wait(&mut self, state: State) -> Result<bool, Gone> {
        let retry_in = match &state {
            State::WaitingToRetry { retry_in, .. } => Some(*retry_in),
            _ => None,
        };
        // A wish from before this state was shown is not meant for it.
        self.desk.retry.mark_unchanged();
        self.desk.outlet.state(state).await?;
        let until = retry_in.map(|wait| Instant::now() + wait);
        loop {
            tokio::select! {
                () = closed(&mut self.desk.close) => return Ok(false),
                () = pause_until(until) => return Ok(true),
                Ok(()) = self.desk.retry.changed() => {
                    self.backoff.reset();
                    return Ok(true);
                }
                Some(command) = self.desk.commands.recv() => {
                    command.refuse(MqttError::NotConnected);
                }
                Some(answered) = self.desk.answers.join_next() => {
                    self.desk.answered(answered).await?;
                }
                Some(_) = self.desk.publishes.join_next() => {}
            }
        }
    }
}

/// Sleeps until then, or for ever.
async fn pause_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep(moment.saturating_duration_since(Instant::now())).await,
        None => std::future::pending().await,
    }
}
