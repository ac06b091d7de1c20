//! While connected: lets the tap and the engine work, and serves requests.
//!
//! Promises: messages are handed on as soon as nothing more is to be had without waiting; a reader
//! that is slow stops reading from the broker, and nothing else.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, timeout};

use super::attempt::Connected;
use super::{Controls, Desk, Driver, Ending, closed, pause_until, stopped};
use crate::commands::{Command, Stop};
use crate::events::{Event, Gone, Notice, Outlet};
use crate::state::now;
use crate::tap::{Beginning, Fault, Tap};
use crate::{Farewell, MqttError, ServerLimits, State};

/// How long closing waits for acknowledgements of what was published,
const PATIENCE: Duration = Duration::from_secs(5);
/// how long for what was received to be recorded,
const RECORDING: Duration = Duration::from_secs(2);
/// and how long for the engine to notice that its pipe is closed.
const ENGINE_END: Duration = Duration::from_secs(1);
/// Requests taken in one go.
const MOST_COMMANDS: usize = 256;

/// Where leaving stands.
enum Leaving {
    /// Not asked for.
    Not,
    /// What is on its way may still be acknowledged until then.
    Draining(Instant, Parting),
    /// What was received may still be recorded until then.
    Recording(Instant, Parting),
}

impl Leaving {
    /// Whether the connection is to end for a while, whoever ends it first.
    fn pauses(&self) -> bool {
        match self {
            Self::Not => false,
            Self::Draining(_, parting) | Self::Recording(_, parting) => parting.pauses,
        }
    }
}

/// How to leave.
#[derive(Clone, Default)]
struct Parting {
    farewell: Farewell,
    /// For a while only.
    pauses: bool,
}

/// How the time online ended.
enum End {
    /// DISCONNECT is to be sent.
    Leave(Parting),
    /// The socket is to be closed.
    Drop,
    /// The connection ended by itself; `true`: when it was about to be ended for a while.
    Fault(Fault, bool),
}

impl Driver {
    /// From CONNACK to the end of this connection.
    pub(super) async fn online(&mut self, connected: Connected) -> Result<Ending, Gone> {
        let Connected { greeted, stream, rest } = connected;
        // After a clean start there is none, whatever the broker says (MQTT 5 §3.2.2.1.1).
        let session_present = greeted.session_present && !self.desk.options.clean_start;
        if !session_present && self.engine_resumes {
            self.renew_engine(None);
        }
        let beginning = Beginning {
            stream,
            rest,
            resumes: session_present && self.engine_resumes,
            limits: &greeted.limits,
            connection: self.attempts,
        };
        let trace = self.controls.trace.clone();
        let (mut tap, pipe) = Tap::new(&self.desk.options, beginning, trace);
        let notices = self.notices(session_present, &greeted.limits);
        self.engine_resumes = true;
        self.had_session = true;
        let (client_id, limits) = (greeted.client_id, greeted.limits.clone());
        self.outlet.state(State::Connected { session_present, client_id, limits, since: now() });
        for notice in notices {
            self.outlet.event(Event::Notice(notice));
        }
        self.desk.connected(session_present, greeted.limits, &mut self.outlet);
        let Self { controls, desk, outlet, engine, .. } = self;
        let mut running = pin!(engine.run(pipe).fuse());
        let end = run(&mut tap, running.as_mut(), controls, desk, outlet).await;
        let ended = part(tap, end, outlet).await;
        // Its pipe is closed; it puts its state in order for the next connection.
        let _ = timeout(ENGINE_END, running).await;
        ended
    }

    fn notices(&self, session_present: bool, limits: &ServerLimits) -> Vec<Notice> {
        let options = &self.desk.options;
        let mut notices = Vec::new();
        if self.had_session && !options.clean_start && !session_present {
            notices.push(Notice::SessionGone);
        }
        let other = limits.server_keep_alive.filter(|other| *other != options.keep_alive);
        notices.extend(other.map(Notice::KeepAliveChanged));
        notices
    }
}

/// Works until the connection ends, or is to end.
async fn run(
    tap: &mut Tap,
    mut engine: Pin<&mut impl Future<Output = MqttError>>,
    controls: &mut Controls,
    desk: &mut Desk,
    outlet: &mut Outlet,
) -> Result<End, Gone> {
    let mut leaving = Leaving::Not;
    loop {
        if let Some(end) = go_on_leaving(&mut leaving, tap, desk) {
            return Ok(end);
        }
        let deadline = match &leaving {
            Leaving::Not => None,
            Leaving::Draining(until, _) | Leaving::Recording(until, _) => Some(*until),
        };
        let (first, gate) = (outlet.first(), outlet.gate());
        let is_open = matches!(leaving, Leaving::Not);
        let Controls { commands, close, stop, recorded, .. } = &mut *controls;
        tokio::select! {
            polled = turn(tap, desk, outlet, first.is_some()) => {
                if let Err(fault) = polled? {
                    return Ok(End::Fault(fault, leaving.pauses()));
                }
            }
            place = gate.place(first.unwrap_or_default()), if first.is_some() => {
                outlet.put(place?);
            }
            error = &mut engine => return Ok(End::Fault(error.into(), leaving.pauses())),
            Some(command) = commands.recv() => {
                take(command, is_open, tap, desk, outlet);
                for _ in 1..MOST_COMMANDS {
                    let Ok(command) = commands.try_recv() else { break };
                    take(command, is_open, tap, desk, outlet);
                }
            }
            Ok(()) = recorded.changed() => {
                let safe = *recorded.borrow_and_update();
                desk.state.receiver.recorded(safe);
            }
            () = closed(close), if is_open => {
                while let Ok(command) = commands.try_recv() {
                    take(command, true, tap, desk, outlet);
                }
                leaving = begin_leaving(Parting::default(), outlet);
            }
            wish = stopped(stop), if is_open => match wish {
                Stop::Drop => return Ok(End::Drop),
                Stop::Disconnect(farewell) => {
                    leaving = begin_leaving(Parting { farewell, pauses: true }, outlet);
                }
            },
            () = pause_until(deadline) => {}
        }
    }
}

/// Lets the tap work once. When it has to wait, what was read is handed on.
async fn turn(
    tap: &mut Tap,
    desk: &mut Desk,
    outlet: &mut Outlet,
    waits_for_room: bool,
) -> Result<Result<(), Fault>, Gone> {
    poll_fn(|context| match tap.poll(context, &mut desk.state, outlet) {
        Poll::Ready(Err(fault)) => Poll::Ready(Ok(Err(fault))),
        Poll::Ready(Ok(())) => Poll::Ready(outlet.put_at_hand().map(Ok)),
        Poll::Pending => {
            outlet.cut();
            match outlet.put_at_hand() {
                Err(gone) => Poll::Ready(Err(gone)),
                // Now there is something to wait for room with.
                Ok(()) if outlet.first().is_some() && !waits_for_room => Poll::Ready(Ok(Ok(()))),
                Ok(()) => Poll::Pending,
            }
        }
    })
    .await
}

fn take(command: Command, is_open: bool, tap: &mut Tap, desk: &mut Desk, outlet: &mut Outlet) {
    if is_open {
        desk.take(command, tap, outlet);
    } else {
        command.refuse(MqttError::Closed);
    }
}

fn begin_leaving(parting: Parting, outlet: &mut Outlet) -> Leaving {
    outlet.state(State::Disconnecting);
    Leaving::Draining(Instant::now() + PATIENCE, parting)
}

/// Takes the next step of leaving, if it is time for it.
fn go_on_leaving(leaving: &mut Leaving, tap: &mut Tap, desk: &Desk) -> Option<End> {
    let now = Instant::now();
    if let Leaving::Draining(until, parting) = leaving
        && (desk.is_idle() || *until <= now)
    {
        tap.stop_reading();
        *leaving = Leaving::Recording(now + RECORDING, std::mem::take(parting));
    }
    if let Leaving::Recording(until, parting) = leaving
        && (!desk.state.receiver.is_waiting() || *until <= now)
    {
        return Some(End::Leave(std::mem::take(parting)));
    }
    None
}

/// Ends the connection.
async fn part(tap: Tap, end: Result<End, Gone>, outlet: &mut Outlet) -> Result<Ending, Gone> {
    outlet.cut();
    match end? {
        End::Leave(Parting { farewell, pauses }) => {
            tap.leave(&farewell).await;
            Ok(if pauses { Ending::Paused { dropped: false } } else { Ending::Closed })
        }
        End::Drop => Ok(Ending::Paused { dropped: true }),
        End::Fault(Fault { error, goodbye }, pauses) => {
            match goodbye {
                Some(reason) => tap.leave_because(reason).await,
                None => drop(tap),
            }
            Ok(if pauses { Ending::Paused { dropped: false } } else { Ending::Failed(error) })
        }
    }
}
