//! The task of one connection: connects, runs, waits, connects again, until it is closed.
//!
//! Promises: one task owns everything about the connection. An attempt is given up only at its
//! deadline or by our wish. Nothing here spins: each turn of a loop waits for something that
//! happened.

mod attempt;
mod desk;
mod online;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

use crate::backoff::Backoff;
use crate::commands::{Command, Stop};
use crate::engine::Engine;
use crate::events::{Gone, Outlet};
use crate::state::{later, now};
use crate::trace::Trace;
use crate::{ConnectOptions, MqttError, State};

use desk::Desk;

/// How the task is reached.
pub(crate) struct Controls {
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) close: watch::Receiver<bool>,
    pub(crate) retry: watch::Receiver<()>,
    pub(crate) stop: watch::Receiver<Option<Stop>>,
    pub(crate) recorded: watch::Receiver<u64>,
    pub(crate) trace: Trace,
}

/// How an attempt, or the time online, ended.
enum Ending {
    /// By our wish, for good.
    Closed,
    /// By our wish, until we wish otherwise.
    Paused { dropped: bool },
    /// Against our wish.
    Failed(MqttError),
}

struct Driver {
    controls: Controls,
    outlet: Outlet,
    engine: Engine,
    desk: Desk,
    backoff: Backoff,
    /// Somebody chose the client identifier, so that another client may have the same.
    id_is_chosen: bool,
    /// How often CONNECT was tried.
    attempts: u32,
    /// The engine has been connected: it has a session to come back to.
    engine_resumes: bool,
    /// There was a connection before, and with it a session that may be expected.
    had_session: bool,
}

/// Runs until the connection is closed or nobody reads its events.
pub(crate) async fn run(mut options: ConnectOptions, controls: Controls, outlet: Outlet) {
    let id_is_chosen = !options.client_id.is_empty();
    let settled = options.settle_client_id(rand::random());
    match settled.and_then(|()| Engine::new()) {
        Ok(engine) => {
            let mut driver = Driver {
                desk: Desk::new(options, &engine),
                controls,
                outlet,
                engine,
                backoff: Backoff::default(),
                id_is_chosen,
                attempts: 0,
                engine_resumes: false,
                had_session: false,
            };
            // `Gone` needs no answer: whoever dropped the events wants no more of them.
            let _ = driver.serve().await;
            driver.end().await;
        }
        Err(cause) => refuse(cause, controls, outlet).await,
    }
}

/// Options that no attempt can be made with: says so, and waits for the end.
async fn refuse(cause: MqttError, mut controls: Controls, mut outlet: Outlet) {
    outlet.state(State::Refused { cause: cause.clone() });
    if outlet.put_all().await.is_ok() {
        loop {
            tokio::select! {
                () = closed(&mut controls.close) => break,
                Some(command) = controls.commands.recv() => command.refuse(cause.clone()),
            }
        }
        outlet.state(State::Closed);
        let _ = outlet.put_all().await;
    }
}

/// Waits until the connection is to be closed, or nobody holds it any more.
async fn closed(close: &mut watch::Receiver<bool>) {
    // An error says that all handles are gone, which is a wish to close as well.
    let _ = close.wait_for(|closed| *closed).await;
}

/// Waits until the connection is to be ended for a while. The wish is taken.
async fn stopped(stop: &mut watch::Receiver<Option<Stop>>) -> Stop {
    loop {
        if stop.changed().await.is_err() {
            std::future::pending().await
        }
        if let Some(wish) = stop.borrow_and_update().clone() {
            return wish;
        }
    }
}

impl Driver {
    async fn serve(&mut self) -> Result<(), Gone> {
        loop {
            let attempt = self.backoff.attempt();
            let mut online_since = None;
            let ending = match self.connect(attempt).await {
                Ok(connected) => {
                    online_since = Some(Instant::now());
                    let ending = self.online(connected).await?;
                    if let Ending::Failed(cause) = &ending {
                        self.controls.trace.event(self.attempts, || cause.to_string());
                    }
                    ending
                }
                Err(ending) => ending,
            };
            let lasted = online_since.map(|since| since.elapsed());
            let state = match ending {
                Ending::Closed => return Ok(()),
                Ending::Paused { dropped } => {
                    self.settle(&MqttError::NotConnected, true);
                    self.backoff.reset();
                    State::Paused { dropped }
                }
                Ending::Failed(cause) => self.failed(attempt, cause, lasted),
            };
            if !self.wait(state).await? {
                return Ok(());
            }
        }
    }

    /// The attempt failed, or the connection was lost after it had lasted for a time. Gives the
    /// state to wait in.
    fn failed(
        &mut self,
        attempt: u32,
        mut cause: MqttError,
        lasted: Option<std::time::Duration>,
    ) -> State {
        if cause.turns_away() {
            self.backoff.turned_away();
        }
        let wait = self.backoff.failed(lasted, rand::random());
        let flaps = self.backoff.flaps();
        self.settle(&cause, flaps || cause.is_for_good());
        if let (true, MqttError::ConnectionLost { address, .. }) = (self.contested(), &cause) {
            return State::Refused { cause: self.thrown_out(address) };
        }
        if let (true, MqttError::ConnectionLost { cause, .. }) = (flaps, &mut cause) {
            cause.push_str(
                " shortly after accepting it, again and again: another client may be using the \
                 same client identifier",
            );
        }
        if cause.is_for_good() {
            return State::Refused { cause };
        }
        State::WaitingToRetry { attempt, retry_in: wait, retry_at: later(now(), wait), cause }
    }

    /// Whether another client seems to take over our session as often as we take it back.
    fn contested(&self) -> bool {
        self.id_is_chosen && self.backoff.contested()
    }

    /// What is told of a takeover by a broker that does not name it.
    fn thrown_out(&self, address: &str) -> MqttError {
        MqttError::ConnectionLost {
            address: address.to_owned(),
            cause: format!(
                "the broker closed it shortly after accepting it, again and again. Another client \
                 seems to use the client identifier \"{}\", so this one does not come back by \
                 itself. Give one of them another identifier",
                self.desk.options.client_id
            ),
        }
    }

    /// Decides what a loss means for what is on its way.
    ///
    /// With a session to come back to, the engine sends again what was not acknowledged. Without
    /// one, or when it may be long until somebody acts, everything ends.
    fn settle(&mut self, cause: &MqttError, for_long: bool) {
        self.desk.disconnected(cause, &mut self.outlet);
        if self.desk.options.clean_start || for_long {
            self.renew_engine(Some(cause));
        }
    }

    fn renew_engine(&mut self, cause: Option<&MqttError>) {
        // The options were good for the first engine, so they are for this one.
        if let Ok(engine) = Engine::new() {
            self.engine = engine;
            self.engine_resumes = false;
        }
        self.desk.session_ended(&self.engine, cause);
    }

    /// Waits for the next attempt. Says whether there is to be one.
    async fn wait(&mut self, state: State) -> Result<bool, Gone> {
        let retry_in = match &state {
            State::WaitingToRetry { retry_in, .. } => Some(*retry_in),
            _ => None,
        };
        let until = retry_in.map(|wait| Instant::now() + wait);
        // A wish from before this state was shown is not meant for it.
        self.controls.retry.mark_unchanged();
        self.outlet.state(state);
        self.outlet.put_all().await?;
        loop {
            let Controls { commands, close, retry, stop, .. } = &mut self.controls;
            tokio::select! {
                () = closed(close) => return Ok(false),
                () = pause_until(until) => return Ok(true),
                Ok(()) = retry.changed() => {
                    if until.is_none() {
                        stop.mark_unchanged();
                    }
                    self.backoff.reset();
                    return Ok(true);
                }
                // Where nothing comes by itself, there is nothing to stop.
                wish = stopped(stop) => if until.is_some() {
                    let dropped = matches!(wish, Stop::Drop);
                    self.renew_engine(None);
                    return Box::pin(self.wait(State::Paused { dropped })).await;
                },
                Some(command) = commands.recv() => command.refuse(MqttError::NotConnected),
            }
        }
    }

    /// The end: answers what is left, and says so.
    async fn end(mut self) {
        self.controls.commands.close();
        while let Some(command) = self.controls.commands.recv().await {
            command.refuse(MqttError::Closed);
        }
        self.desk.disconnected(&MqttError::Closed, &mut self.outlet);
        self.desk.session_ended(&self.engine, None);
        self.outlet.state(State::Closed);
        let _ = self.outlet.put_all().await;
    }
}

/// Sleeps until then, or for ever.
async fn pause_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep(moment.saturating_duration_since(Instant::now())).await,
        None => std::future::pending().await,
    }
}
