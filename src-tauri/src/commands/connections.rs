//! Open connections.

use tauri::State;
use tauri::ipc::Channel;

use crate::state::AppState;
use crate::wire::{
    AppError, FarewellInput, Frame, GivenSecrets, Opened, SubscriptionInput, SubscriptionState,
    UnsubscribeResult, microseconds,
};
use crate::{opening, subscribing};

type Answer<T> = Result<T, AppError>;

/// Opens a saved connection. `password-needed`, `passphrase-needed` or `proxy-password-needed` when
/// there is one to be asked for.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_connection(
    state: State<'_, AppState>,
    profile_id: String,
    given: GivenSecrets,
    frames: Channel<Frame>,
) -> Answer<Opened> {
    opening::profile(&state, profile_id, given, frames).await
}

/// Opens a connection to the demo, and starts the demo if it is not running.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_demo(
    state: State<'_, AppState>,
    frames: Channel<Frame>,
) -> Answer<Opened> {
    opening::demo(&state, frames).await
}

/// Closes a connection once everything received is committed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn close_connection(state: State<'_, AppState>, connection: u32) -> Answer<()> {
    opening::close(&state, connection).await;
    Ok(())
}

/// Tries to connect now instead of later.
#[tauri::command]
#[specta::specta]
pub(crate) fn retry_connection(state: State<'_, AppState>, connection: u32) -> Answer<()> {
    state.open(connection)?.session.retry_now();
    Ok(())
}

/// Sends PINGREQ now, and gives the microseconds until its PINGRESP.
#[tauri::command]
#[specta::specta]
pub(crate) async fn ping(state: State<'_, AppState>, connection: u32) -> Answer<u64> {
    Ok(microseconds(state.open(connection)?.session.ping().await?))
}

/// Ends the connection with DISCONNECT, and stays away until it is tried again.
#[tauri::command]
#[specta::specta]
pub(crate) fn disconnect(
    state: State<'_, AppState>,
    connection: u32,
    farewell: FarewellInput,
) -> Answer<()> {
    state.open(connection)?.session.disconnect(farewell.to_session());
    Ok(())
}

/// Closes the socket without DISCONNECT, so that the broker publishes the will.
#[tauri::command]
#[specta::specta]
pub(crate) fn drop_connection(state: State<'_, AppState>, connection: u32) -> Answer<()> {
    state.open_to_write(connection)?.session.drop_connection();
    Ok(())
}

/// Authenticates anew on the connection that is up (MQTT 5 §4.12.1).
#[tauri::command]
#[specta::specta]
pub(crate) async fn reauthenticate(state: State<'_, AppState>, connection: u32) -> Answer<()> {
    Ok(state.open(connection)?.session.reauthenticate().await?)
}

/// Subscribes, or gives filters other options.
#[tauri::command]
#[specta::specta]
pub(crate) async fn subscribe(
    state: State<'_, AppState>,
    connection: u32,
    subscriptions: Vec<SubscriptionInput>,
) -> Answer<Vec<SubscriptionState>> {
    subscribing::subscribe(&state.open(connection)?.session, &subscriptions).await
}

/// Ends subscriptions.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unsubscribe(
    state: State<'_, AppState>,
    connection: u32,
    filters: Vec<String>,
) -> Answer<Vec<UnsubscribeResult>> {
    subscribing::unsubscribe(&state.open(connection)?.session, &filters).await
}

/// Lets a production connection send until it is closed.
#[tauri::command]
#[specta::specta]
pub(crate) fn unlock_production(state: State<'_, AppState>, connection: u32) -> Answer<()> {
    state.open(connection)?.unlock();
    Ok(())
}

/// The page has drawn the last frame and wants the next.
#[tauri::command]
#[specta::specta]
pub(crate) fn frame_shown(state: State<'_, AppState>, connection: u32) -> Answer<()> {
    state.sight(connection)?.shown.notify_one();
    Ok(())
}
