//! Open connections.

use tauri::State;
use tauri::ipc::Channel;

use crate::state::AppState;
use crate::wire::{
    AppError, Frame, GivenSecrets, Opened, SubscriptionInput, SubscriptionState, UnsubscribeResult,
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
    state.open(connection)?.shown.notify_one();
    Ok(())
}
