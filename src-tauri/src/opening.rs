//! Opening and closing connections.

use tauri::ipc::Channel;
use wiretree_model::ProfileId;
use wiretree_session::{ConnectOptions, Limits, Seeding, Session, SessionSpec, connect_options};

use crate::state::{AppState, Open};
use crate::wire::{AppError, Frame, Opened};
use crate::{demo, keychain, stream};

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
    let options = connect_options(&profile, password);
    session(state, id.0, profile.name, options, frames).await
}

/// Opens a connection to the demo.
///
/// # Errors
/// The demo cannot be started, or the history cannot take it in.
pub(crate) async fn demo(state: &AppState, frames: Channel<Frame>) -> Result<Opened, AppError> {
    let options = state.demo.enter().await?;
    let opened = session(state, demo::KEY.to_owned(), "demo".to_owned(), options, frames).await;
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

/// Closes all connections once everything received is committed.
pub(crate) async fn close_all(state: &AppState) {
    for open in state.remove_all() {
        end(state, open).await;
    }
}

async fn end(state: &AppState, open: Open) {
    // The stream waits for the page, which has nothing to draw any more.
    open.shown.notify_one();
    open.session.close().await;
    if open.key == demo::KEY {
        state.demo.leave().await;
    }
}

async fn session(
    state: &AppState,
    key: String,
    name: String,
    options: ConnectOptions,
    frames: Channel<Frame>,
) -> Result<Opened, AppError> {
    let address = address(&options);
    let protocol = options.protocol.into();
    let spec = SessionSpec {
        key: key.clone(),
        name: name.clone(),
        options,
        seeding: Seeding::FromHistory,
        limits: Limits::default(),
        tree_seed: rand::random(),
    };
    let session = Session::open(spec, state.history()?).await?;
    let (connection, open) = state.insert(key, session);
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
