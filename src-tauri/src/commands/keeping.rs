//! What is kept of a history, and what is cleared from it.

use tauri::ipc::Channel;
use tauri::{AppHandle, State};

use crate::keeping;
use crate::state::AppState;
use crate::wire::{AppError, Keeping, RemovalEffect, RemovalEvent, RemovalRequest};

type Answer<T> = Result<T, AppError>;

/// Pauses recording, or goes on with it. The tree stays live meanwhile.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pause_recording(
    state: State<'_, AppState>,
    connection: u32,
    paused: bool,
) -> Answer<()> {
    keeping::pause(&state, connection, paused).await
}

/// What is kept of a connection, and how much there is of it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn keeping(state: State<'_, AppState>, connection: u32) -> Answer<Keeping> {
    keeping::look(&state, connection).await
}

/// What removing would remove; none: it was asked anew, or told to end, before it knew.
#[tauri::command]
#[specta::specta]
pub(crate) async fn removal_effect(
    state: State<'_, AppState>,
    connection: u32,
    request: RemovalRequest,
) -> Answer<Option<RemovalEffect>> {
    keeping::foretell(&state, connection, request).await
}

/// Ends a look at what removing would remove.
#[tauri::command]
#[specta::specta]
pub(crate) fn cancel_removal_effect(state: State<'_, AppState>, connection: u32) -> Answer<()> {
    state.removals.end_look(connection);
    Ok(())
}

/// Begins to remove, and tells how it goes on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn start_removal(
    app: AppHandle,
    connection: u32,
    request: RemovalRequest,
    events: Channel<RemovalEvent>,
) -> Answer<u32> {
    keeping::start(&app, connection, request, events).await
}

/// Asks a removal to end; what is gone stays gone.
#[tauri::command]
#[specta::specta]
pub(crate) fn cancel_removal(state: State<'_, AppState>, job: u32) -> Answer<()> {
    state.removals.cancel(job);
    Ok(())
}
