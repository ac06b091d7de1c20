//! Opening and closing connections.

use std::time::Duration;

use tauri::ipc::Channel;
use tokio::time::timeout;
use wiretree_model::{Profile, ProfileId, RecordingRules, Transport};
use wiretree_session::{
    ConnectOptions, Limits, Seeding, Session, SessionSpec, blocking, connect_options, rules_of,
};

use crate::state::{AppState, Kind, Open, Place};
use crate::wire::{AppError, Frame, GivenSecrets, Opened};
use crate::{demo, keychain, packets, stream};

/// How long exports may take to end. One that hangs in a folder that does not answer is left to
/// the system.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens a saved connection.
///
/// # Errors
/// It is not saved any more, needs a secret, or the history cannot take it in.
pub(crate) async fn profile(
    state: &AppState,
    id: String,
    given: GivenSecrets,
    frames: Channel<Frame>,
) -> Result<Opened, AppError> {
    let id = ProfileId(id);
    let profile = state.with_profiles(|profiles| Ok(profiles.get(&id).cloned()))?;
    let profile = profile.ok_or_else(|| {
        AppError::new("profile-gone", "This connection is not saved any more. Add it again")
    })?;
    let secrets = keychain::given_or_stored(&profile, given).await?;
    let spec = spec(id.0, profile.name.clone(), connect_options(&profile, secrets)?);
    session(state, spec, Some(&profile), frames).await
}

/// Opens a connection to the demo.
///
/// # Errors
/// The demo cannot be started, or the history cannot take it in.
pub(crate) async fn demo(state: &AppState, frames: Channel<Frame>) -> Result<Opened, AppError> {
    let options = state.demo.enter().await?;
    let spec = spec(demo::KEY.to_owned(), "demo".to_owned(), options);
    let opened = session(state, spec, None, frames).await;
    if opened.is_err() {
        state.demo.leave().await;
    }
    opened
}

/// Closes a connection once everything received is committed, or lets go of a moment.
pub(crate) async fn close(state: &AppState, connection: u32) {
    state.replays.stop_those_of(connection);
    state.sights.close(connection);
    state.removals.end_look(connection);
    if let Some(open) = state.remove(connection) {
        end(state, open).await;
    }
}

/// Ends everything that a page has begun: the doctor, exports, connections (once everything received
/// is committed) and what it has handed over.
pub(crate) async fn end_all(state: &AppState) {
    state.staging.clear();
    state.replays.stop_all();
    state.sights.clear();
    state.doctors.cancel_all();
    state.imports.cancel_all();
    state.removals.cancel_all();
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
    let options = ConnectOptions { trace: Some(packets::RING), ..options };
    SessionSpec {
        key,
        name,
        options,
        rules: RecordingRules::default(),
        numbers_after: 0,
        seeding,
        limits: Limits::default(),
        tree_seed: rand::random(),
    }
}

/// Opens a session of a profile; without one, of the demo.
async fn session(
    state: &AppState,
    mut spec: SessionSpec,
    profile: Option<&Profile>,
    frames: Channel<Frame>,
) -> Result<Opened, AppError> {
    let (name, address) = (spec.name.clone(), address(&spec.options));
    let (host, protocol) = (spec.options.host.clone(), spec.options.protocol.into());
    let kind = match profile {
        None => Kind::Demo,
        Some(Profile { production: true, .. }) => Kind::Production,
        Some(_) => Kind::Usual,
    };
    let history = state.history().await?;
    let (reader, key) = (history.reader(), spec.key.clone());
    spec.rules = blocking(move || rules_of(&reader, &key)).await?;
    let session = Session::open(spec, history).await?;
    let place = Place { name: &name, host: &host, address: &address };
    let (connection, open) = state.insert(kind, &place, session);
    stream::start(open, frames);
    Ok(Opened {
        connection,
        name,
        address,
        protocol,
        production: kind == Kind::Production,
        colour: profile.and_then(|profile| profile.colour).map(Into::into),
        purpose: profile.map(|profile| profile.purpose).unwrap_or_default().into(),
        payload_warning: profile.and_then(|profile| profile.payload_warning),
    })
}

/// The broker of a profile as people write it.
pub(crate) fn address_of(profile: &Profile) -> String {
    // Without its secrets an access token is missing, and nothing else.
    let options = connect_options(profile, wiretree_session::Secrets::default());
    options.map(|options| address(&options)).unwrap_or_default()
}

/// The broker as people write it; never with credentials. The query of a WebSocket's path may hold
/// some, so it is left out.
fn address(options: &ConnectOptions) -> String {
    let host = options.host.trim_start_matches('[').trim_end_matches(']');
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let port = options.port;
    match (&options.transport, options.tls.is_some()) {
        (Transport::Unix { path }, _) => format!("unix:{path}"),
        (Transport::Tcp, false) => format!("mqtt://{host}:{port}"),
        (Transport::Tcp, true) => format!("mqtts://{host}:{port}"),
        (Transport::WebSocket(web_socket), is_secure) => {
            let scheme = if is_secure { "wss" } else { "ws" };
            let path = web_socket.path.split('?').next().unwrap_or_default();
            format!("{scheme}://{host}:{port}{path}")
        }
    }
}

#[cfg(test)]
mod tests;
