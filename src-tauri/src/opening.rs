//! Opening and closing connections.

use std::time::Duration;

use tauri::ipc::Channel;
use tokio::time::timeout;
use wiretree_model::ProfileId;
use wiretree_session::{
    ConnectOptions, Limits, Secrets, Seeding, Session, SessionSpec, connect_options,
};

use crate::state::{AppState, Open};
use crate::wire::{AppError, Frame, Opened};
use crate::{demo, keychain, stream};

/// How long exports may take to end. One that hangs in a folder that does not answer is left to
/// the system.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens a saved connection.
///
/// # Errors
/// It is not saved any more, needs a password, or the history cannot take it in.
pub(crate) async fn profile(
    state: &AppState,
    id: String,
    password: Option<String>,
    frames: Channel<Frame>,
) -> Result<Opened, AppError> {
    let id = ProfileId(id);
    let profile = state.with_profiles(|profiles| Ok(profiles.get(&id).cloned()))?;
    let profile = profile.ok_or_else(|| {
        AppError::new("profile-gone", "This connection is not saved any more. Add it again")
    })?;
    let password = keychain::given_or_stored(&profile, password).await?;
    let options = connect_options(&profile, Secrets { password, ..Secrets::default() });
    session(state, spec(id.0, profile.name, options), false, frames).await
}

/// Opens a connection to the demo.
///
/// # Errors
/// The demo cannot be started, or the history cannot take it in.
pub(crate) async fn demo(state: &AppState, frames: Channel<Frame>) -> Result<Opened, AppError> {
    let options = state.demo.enter().await?;
    let spec = spec(demo::KEY.to_owned(), "demo".to_owned(), options);
    let opened = session(state, spec, true, frames).await;
    if opened.is_err() {
        state.demo.leave().await;
    }
    opened
}

/// Closes a connection once everything received is committed.
pub(crate) async fn close(state: &AppState, connection: u32) {
    if let Some(open) = state.remove(connection) {
        end(state, open).await;
    }
}

/// Ends everything that a page has begun: exports, connections (once everything received is
/// committed) and what it has handed over.
pub(crate) async fn end_all(state: &AppState) {
    state.staging.clear();
    let _ = timeout(PATIENCE, state.end_exports()).await;
    let all = state.remove_all();
    // All at once: a broker that is slow to say goodbye does not hold up the others.
    let closing: Vec<_> = all
        .iter()
        .map(|open| {
            let session = open.session.clone();
            tauri::async_runtime::spawn(async move { session.close().await })
        })
        .collect();
    for done in closing {
        // An error would be a panic in there; the session is closed again, and waited for, below.
        let _ = done.await;
    }
    for open in all {
        end(state, open).await;
    }
}

async fn end(state: &AppState, open: Open) {
    // The stream waits for the page, which has nothing to draw any more.
    open.shown.notify_one();
    open.session.close().await;
    if open.is_demo {
        state.demo.leave().await;
    }
}

fn spec(key: String, name: String, options: ConnectOptions) -> SessionSpec {
    let seeding = Seeding::FromHistory;
    SessionSpec {
        key,
        name,
        options,
        seeding,
        limits: Limits::default(),
        tree_seed: rand::random(),
    }
}

async fn session(
    state: &AppState,
    spec: SessionSpec,
    is_demo: bool,
    frames: Channel<Frame>,
) -> Result<Opened, AppError> {
    let (name, address) = (spec.name.clone(), address(&spec.options));
    let protocol = spec.options.protocol.into();
    let session = Session::open(spec, state.history()?).await?;
    let (connection, open) = state.insert(is_demo, session);
    stream::start(open, frames);
    Ok(Opened { connection, name, address, protocol })
}

/// The broker as people write it; never with credentials.
fn address(options: &ConnectOptions) -> String {
    let host = options.host.trim_start_matches('[').trim_end_matches(']');
    if host.contains(':') {
        format!("mqtt://[{host}]:{}", options.port)
    } else {
        format!("mqtt://{host}:{}", options.port)
    }
}

#[cfg(test)]
mod tests;
