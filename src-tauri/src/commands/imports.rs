//! Imports of messages and of connections.

use tauri::ipc::Channel;
use tauri::{AppHandle, State};

use crate::importing;
use crate::state::AppState;
use crate::wire::{AppError, ImportEvent, ImportPreview, ImportRequest, ImportedProfiles};

type Answer<T> = Result<T, AppError>;

/// Lets the user choose a file in the system's dialog; its handle names it from then on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn choose_import(app: AppHandle) -> Answer<Option<u32>> {
    Ok(importing::choose(&app).await)
}

/// What is in the chosen file; times without a zone are so many minutes east of UTC.
#[tauri::command]
#[specta::specta]
pub(crate) async fn preview_import(
    state: State<'_, AppState>,
    handle: u32,
    utc_offset: i16,
) -> Answer<ImportPreview> {
    importing::preview(&state, handle, utc_offset).await
}

/// Saves connections of the chosen file, by their places in the preview.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_connections(
    state: State<'_, AppState>,
    handle: u32,
    chosen: Vec<u32>,
) -> Answer<ImportedProfiles> {
    importing::save(&state, handle, &chosen).await
}

/// Starts to import the messages of the chosen file, and tells how it goes on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn start_import(
    app: AppHandle,
    request: ImportRequest,
    events: Channel<ImportEvent>,
) -> Answer<u32> {
    importing::start(app, request, events).await
}

/// Ends an import; what is in the history by then stays there.
#[tauri::command]
#[specta::specta]
pub(crate) fn cancel_import(state: State<'_, AppState>, job: u32) -> Answer<()> {
    state.imports.cancel(job);
    Ok(())
}
