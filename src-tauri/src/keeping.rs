//! What is kept of a history: pauses, policies, clearing; and what these would remove.
//!
//! Promise: nothing is removed that was not asked for by name, and what the broker retains is never
//! touched.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};
use wiretree_model::{Recording, Timestamp};
use wiretree_session::{
    ClearOrder, ConnectionId, Policies, Removal, RemovalJob, RemovalNews, RemovalOrder, blocking,
    effect_of,
};

use crate::ending::Telling;
use crate::querying;
use crate::state::{AppState, Open, lock};
use crate::wire::{
    AppError, KeepPolicy, KeepTarget, Keeping, RemovalEffect, RemovalEvent, RemovalRequest,
};

/// Removals that run, and looks at what one would remove.
#[derive(Default)]
pub(crate) struct Removals {
    running: Mutex<HashMap<u32, RemovalJob>>,
    /// By connection.
    looks: Mutex<HashMap<u32, Arc<AtomicBool>>>,
}

impl Removals {
    /// Asks one to end.
    pub(crate) fn cancel(&self, job: u32) {
        if let Some(removal) = lock(&self.running).get(&job) {
            removal.cancel();
        }
    }

    /// Asks all to end.
    pub(crate) fn cancel_all(&self) {
        lock(&self.running).values().for_each(RemovalJob::cancel);
        lock(&self.looks).values().for_each(|look| look.store(true, Ordering::Relaxed));
    }

    /// Ends the look at what would be removed of a connection.
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

/// Pauses recording, or goes on with it.
///
/// # Errors
/// The connection is not open.
pub(crate) async fn pause(state: &AppState, connection: u32, paused: bool) -> Result<(), AppError> {
    let recording = if paused { Recording::Paused } else { Recording::On };
    state.open(connection)?.session.set_recording(recording).await;
    Ok(())
}

/// What is kept of a connection, and how much there is of it.
///
/// # Errors
/// The connection is not open, or the history cannot be read.
pub(crate) async fn look(state: &AppState, connection: u32) -> Result<Keeping, AppError> {
    let open = state.open(connection)?;
    let (reader, log) = (open.session.reader().clone(), open.session.log());
    let found = blocking(move || {
        let size = reader.sizes()?.into_iter().find(|size| size.connection == log);
        Ok((reader.policies()?, size, reader.size()?))
    });
    let (policies, size, all) = found.await?;
    Ok(Keeping {
        own: policies.own.get(&log).map(KeepPolicy::from_session),
        general: KeepPolicy::from_session(&policies.general),
        messages: size.as_ref().map_or(0, |size| size.messages),
        bytes: size.as_ref().map_or(0, |size| size.bytes),
        file_bytes: all.bytes,
    })
}

/// What removing would remove now; none: another look has taken the place of this one.
///
/// # Errors
/// The connection is not open, a policy is none, or the history cannot be read.
pub(crate) async fn foretell(
    state: &AppState,
    connection: u32,
    request: RemovalRequest,
) -> Result<Option<RemovalEffect>, AppError> {
    let open = state.open(connection)?;
    let order = order(&open, request)?;
    let cancelled = state.removals.begin_look(connection);
    let reader = open.session.reader().clone();
    let look = move || {
        let removal = match order {
            RemovalOrder::Clear(order) => Removal::Clear(order),
            RemovalOrder::SetPolicy(target, policy) => {
                let mut policies: Policies = reader.policies()?;
                policies.set(target, policy);
                Removal::Policies(policies)
            }
        };
        effect_of(&reader, &removal, |_| match cancelled.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
    };
    let effect = blocking(look).await?;
    Ok(effect.is_complete.then(|| RemovalEffect::from_session(&effect)))
}

/// Begins to remove, and tells the page how it goes on. A policy goes for what is recorded from now
/// on too.
///
/// # Errors
/// The connection is not open, a policy is none, or the history cannot be opened.
pub(crate) async fn start(
    app: &AppHandle,
    connection: u32,
    request: RemovalRequest,
    events: Channel<RemovalEvent>,
) -> Result<u32, AppError> {
    let state = app.state::<AppState>();
    let order = order(&state.open(connection)?, request)?;
    let (removal, news) = RemovalJob::start(state.history().await?, order);
    let job = state.number();
    lock(&state.removals.running).insert(job, removal);
    follow(app.clone(), job, news, events);
    Ok(job)
}

fn follow(app: AppHandle, job: u32, mut news: RemovalNews, events: Channel<RemovalEvent>) {
    let mut telling = Telling::new(events);
    tauri::async_runtime::spawn(async move {
        let mut follows_rules = false;
        while let Some(next) = news.next().await {
            // By its first word the policy is written down.
            if !std::mem::replace(&mut follows_rules, true) {
                tell_rules(&app.state::<AppState>()).await;
            }
            telling.tell(RemovalEvent::from_session(next));
        }
        lock(&app.state::<AppState>().removals.running).remove(&job);
    });
}

/// Tells every open connection which topics are recorded from now on.
pub(crate) async fn tell_rules(state: &AppState) {
    let Ok(history) = state.history().await else { return };
    // Whoever cannot read the history says so elsewhere; the rules stay as they were.
    let Ok(policies) = blocking(move || Ok(history.reader().policies()?)).await else { return };
    for open in state.all() {
        let rules = policies.of(open.session.log()).rules.clone();
        open.session.set_rules(rules).await;
    }
}

fn order(open: &Open, request: RemovalRequest) -> Result<RemovalOrder, AppError> {
    let log = open.session.log();
    Ok(match request {
        RemovalRequest::Clear { scope, before } => RemovalOrder::Clear(ClearOrder {
            connection: Some(log),
            scope: querying::scope(scope),
            to: before.map(Timestamp),
        }),
        RemovalRequest::Policy { target, policy } => {
            let policy = policy.map(|policy| policy.to_session()).transpose()?;
            RemovalOrder::SetPolicy(connection_of(target, log), policy)
        }
    })
}

fn connection_of(target: KeepTarget, log: ConnectionId) -> Option<ConnectionId> {
    match target {
        KeepTarget::Connection => Some(log),
        KeepTarget::General => None,
    }
}

#[cfg(test)]
mod tests;
