//! Replays of what the history pane shows: what may be sent where, and word of it to the page.
//!
//! Promise: nothing is sent to a production connection that is locked; nor, without its name typed, to
//! one that is unlocked, or to the broker that the messages came from under their own topics.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};
use wiretree_session::blocking;
use wiretree_session::replay::{Replay, ReplayNews, ReplayOrder, outlook};

use crate::checking::is_loopback;
use crate::sights::Sight;
use crate::state::{AppState, Open, lock};
use crate::wire::{
    AppError, OutlookExtent, ReplayAct, ReplayConfirmation, ReplayEvent, ReplayJob, ReplayOutlook,
    ReplayRequest,
};
use crate::{exporting, reading};

/// How long a glance may take; it shows where topics go while rules are typed.
const GLANCE: Duration = Duration::from_millis(200);

/// Replays that run, and looks at what one would do.
#[derive(Default)]
pub(crate) struct Replays {
    /// With the connection whose messages are sent.
    running: Mutex<HashMap<u32, (u32, Replay)>>,
    /// By the connection whose messages are looked at.
    looks: Mutex<HashMap<u32, Arc<AtomicBool>>>,
}

impl Replays {
    /// Pauses one, lets it go on, or ends it. One that has ended already is none.
    pub(crate) fn steer(&self, job: u32, act: ReplayAct) {
        if let Some((_, replay)) = lock(&self.running).get(&job) {
            match act {
                ReplayAct::Pause => replay.pause(),
                ReplayAct::Resume => replay.resume(),
                ReplayAct::Stop => replay.stop(),
            }
        }
    }

    /// Sends nothing more.
    pub(crate) fn stop_all(&self) {
        lock(&self.running).values().for_each(|(_, replay)| replay.stop());
        lock(&self.looks).values().for_each(|look| look.store(true, Ordering::Relaxed));
    }

    /// Sends no more messages of this connection: its tab, where they could be stopped, is closed.
    pub(crate) fn stop_those_of(&self, connection: u32) {
        self.end_look(connection);
        let running = lock(&self.running);
        let its_own = running.values().filter(|(source, _)| *source == connection);
        its_own.for_each(|(_, replay)| replay.stop());
    }

    /// Ends the look at the messages of a connection.
    pub(crate) fn end_look(&self, connection: u32) {
        if let Some(look) = lock(&self.looks).remove(&connection) {
            look.store(true, Ordering::Relaxed);
        }
    }

    fn begin_look(&self, connection: u32) -> Arc<AtomicBool> {
        self.end_look(connection);
        let look = Arc::new(AtomicBool::new(false));
        lock(&self.looks).insert(connection, Arc::clone(&look));
        look
    }
}

/// What a replay would do, without sending anything.
///
/// # Errors
/// A connection is not open, a rule or a number is not valid, or the history cannot be read.
pub(crate) async fn look(
    state: &AppState,
    connection: u32,
    request: ReplayRequest,
    extent: OutlookExtent,
) -> Result<ReplayOutlook, AppError> {
    let source = state.open(connection)?;
    let target_id = request.target;
    let target = state.open(target_id)?;
    let order = order(&source, &request)?;
    let confirmation = confirmation(&source, &target, &order);
    let cancelled = state.replays.begin_look(connection);
    let budget = match extent {
        OutlookExtent::Glance => Some(GLANCE),
        OutlookExtent::Whole => None,
    };
    let reader = source.session.reader().clone();
    let found = blocking(move || outlook(&reader, &order, &cancelled, budget)).await?;
    let is_locked = state.open_to_write(target_id).is_err();
    Ok(ReplayOutlook::from_session(&found, is_locked, confirmation))
}

/// Begins to send.
///
/// # Errors
/// A connection is not open, the target is read-only or not confirmed, a rule or a number is not
/// valid, or the file for the outcomes cannot be made.
pub(crate) fn start(
    app: AppHandle,
    connection: u32,
    request: ReplayRequest,
    events: Channel<ReplayEvent>,
) -> Result<ReplayJob, AppError> {
    let name = request.outcomes.as_deref();
    let outcomes = name.map(|name| exporting::path(&app, None, name)).transpose()?;
    let begun = begin(&app.state::<AppState>(), connection, &request, outcomes.as_deref())?;
    let outcomes = outcomes.map(|path| path.display().to_string());
    Ok(ReplayJob { job: follow(&app, connection, begun, events), outcomes })
}

/// Checks what guards the target, and begins.
fn begin(
    state: &AppState,
    connection: u32,
    request: &ReplayRequest,
    outcomes: Option<&Path>,
) -> Result<(Replay, ReplayNews), AppError> {
    let source = state.open(connection)?;
    let target = state.open_to_write(request.target)?;
    let order = order(&source, request)?;
    check_confirmed(confirmation(&source, &target, &order), request.confirmed.as_deref())?;
    let reader = source.session.reader().clone();
    Ok(Replay::start(reader, order, target.session, outcomes)?)
}

fn order(source: &Open, request: &ReplayRequest) -> Result<ReplayOrder, AppError> {
    request.to_session(reading::query(&Sight::live(source), request.query.clone())?)
}

/// What has to be confirmed by typing the name of the target.
fn confirmation(source: &Open, target: &Open, order: &ReplayOrder) -> Option<ReplayConfirmation> {
    let mut reasons = Vec::new();
    if target.is_production {
        reasons.push(format!("{} is a production connection.", target.name));
    }
    let [from, to] = [source, target].map(|open| broker(&open.host, &open.address));
    if from.eq_ignore_ascii_case(&to) && !order.remap.moves_all(&order.query.scope) {
        reasons.push(format!(
            "{} is the broker that these messages came from, and not all of them are sure to get \
             another topic: what listens there gets them again, and they are recorded again. What is \
             recorded from now on is not replayed, so it does not go round in circles by itself.",
            target.address
        ));
    }
    let name = target.name.to_string();
    (!reasons.is_empty()).then_some(ReplayConfirmation { name, reasons })
}

/// The address of a broker, with one name for this machine.
fn broker(host: &str, address: &str) -> String {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match address.split_once(bare) {
        Some((scheme, rest)) if is_loopback(bare) && !address.starts_with("unix:") => {
            let scheme = scheme.trim_end_matches('[');
            format!("{scheme}localhost{}", rest.trim_start_matches(']'))
        }
        _ => address.to_owned(),
    }
}

fn check_confirmed(
    needed: Option<ReplayConfirmation>,
    typed: Option<&str>,
) -> Result<(), AppError> {
    match needed {
        Some(needed) if typed.map(str::trim) != Some(needed.name.trim()) => Err(AppError::new(
            "replay-unconfirmed",
            format!("Nothing was sent. Type {} to confirm where it goes", needed.name),
        )),
        _ => Ok(()),
    }
}

/// Takes a replay in, and tells the page how it goes on.
fn follow(
    app: &AppHandle,
    source: u32,
    (replay, mut news): (Replay, ReplayNews),
    events: Channel<ReplayEvent>,
) -> u32 {
    let state = app.state::<AppState>();
    let job = state.number();
    lock(&state.replays.running).insert(job, (source, replay));
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut told = 0;
        while let Some(progress) = news.next().await {
            // It goes on although nobody listens.
            let _ = events.send(ReplayEvent::from_session(&progress, &mut told));
        }
        lock(&app.state::<AppState>().replays.running).remove(&job);
    });
    job
}

#[cfg(test)]
mod tests;
